"""A page of a PDF that is one scan: its picture to the pixel, as the page shows it.

Drawing would resample it. What a page shows depends on more than its picture (a stencil's colour,
masks, ranges of levels, what is clipped), so that the picture is compared with a small drawing.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from mnister.images.decode import decode, to_rgb
from mnister.images.headers import read_header

_JPEG = ["DCTDecode"]
_UNSEEN_TEXT = 3  # a text's way of being drawn: not at all, as behind a scan that was read
_SMALL = 256  # pixels of the drawing's longer side
_COARSE = 8  # … which are compared by squares of so many
_MOST_APART = 24  # grey levels of a square: another scaling makes 9, another picture 60 or more
_UNDRAWN = (1, 2, 3, 16)  # annotations of other kinds show something: not notes, links, pop-ups


def images_of(page: Any) -> Iterator[Any]:
    """Yield the pictures on a page of pypdfium2, those inside of others, too."""
    import pypdfium2.raw as pdfium

    yield from page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])


def find_scan(page: Any, name: str) -> np.ndarray | None:
    """Return the picture of a page that is one scan.

    Args:
        page: Of pypdfium2.
        name: What an error calls it.

    Returns:
        uint8 (height, width, 3) RGB, upright and cut as the page shows it, in its own pixels; None
        for any other page.

    Raises:
        UserError: The picture is damaged.
    """
    image = _only_picture(page)
    if image is None:
        return None
    a, b, c, d, *_ = image.get_matrix().get()
    columns, rows = image.get_px_size()
    is_level = abs(b) * rows <= abs(d) and abs(c) * columns <= abs(a)  # to a pixel
    is_turned = abs(a) * rows <= abs(c) and abs(d) * columns <= abs(b)
    if not (is_level or is_turned):
        return None
    placed = _as_on_page(_pixels_of(image, name), (a, b, c, d), is_turned)
    bounds, shown = image.get_bounds(), page.get_bbox()
    cut = _cut(placed, bounds, shown)
    if not cut.size:
        return None
    quarter_turns, drawn = -page.get_rotation() // 90, _small_drawing(page)
    for candidate in (cut, ~cut):  # a stencil comes inverted
        if _is_alike(np.rot90(_laid_small(candidate, bounds, shown), quarter_turns), drawn):
            return np.ascontiguousarray(np.rot90(candidate, quarter_turns))
    return None


def _only_picture(page: Any) -> Any | None:
    """Return the picture that is all that a page shows."""
    import pypdfium2.raw as pdfium

    items = list(page.get_objects(max_depth=1))
    images = [item for item in items if item.type == pdfium.FPDF_PAGEOBJ_IMAGE]
    unseen = [
        item
        for item in items
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT
        and pdfium.FPDFTextObj_GetTextRenderMode(item) == _UNSEEN_TEXT
    ]
    is_alone = len(images) == 1 and len(images) + len(unseen) == len(items)
    return images[0] if is_alone and not _has_annotations(page) else None


def _has_annotations(page: Any) -> bool:
    """Tell whether anything is written over a page."""
    import pypdfium2.raw as pdfium

    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation) if annotation else 0
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind not in _UNDRAWN:
            return True
    return False


def _pixels_of(image: Any, name: str) -> np.ndarray:
    """Decode a picture as it was put in: uint8 (h, w, 3) RGB."""
    if image.get_filters() == _JPEG:
        data = bytes(image.get_data())
        header = read_header(data)
        if header is not None and (header.width, header.height) == image.get_px_size():
            return decode(data, replace(header, orientation=1), 1, name)
    pixels = np.array(image.get_bitmap().to_numpy())
    if pixels.ndim == 3 and pixels.shape[2] > 1:
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_BGR2RGB)
    return to_rgb(pixels)


def _as_on_page(
    pixels: np.ndarray, matrix: tuple[float, float, float, float], is_turned: bool
) -> np.ndarray:
    """Mirror and turn a picture as its matrix (a, b, c, d) lays it on the page."""
    a, b, c, d = matrix
    if is_turned:
        pixels = pixels.swapaxes(0, 1)
        return pixels[:: -1 if b > 0 else 1, :: -1 if c > 0 else 1]
    return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def _cut(
    pixels: np.ndarray,
    bounds: tuple[float, float, float, float],
    shown: tuple[float, float, float, float],
) -> np.ndarray:
    """Cut off what of a picture lies beyond what is shown of the page.

    Args:
        pixels: (h, w, 3).
        bounds: Left, bottom, right and top of the picture, points.
        shown: … of the page.
    """
    left, bottom, right, top = bounds
    height, width = pixels.shape[:2]
    columns = _span(width, left, right, shown[0], shown[2])
    rows = _span(height, -top, -bottom, -shown[3], -shown[1])
    return pixels[rows, columns]


def _span(count: int, start: float, end: float, first: float, last: float) -> slice:
    """Return which of `count` pixels from start to end lie from first to last."""
    each = (end - start) / count
    low = max(0, round((first - start) / each))
    return slice(low, max(low, min(count, round((last - start) / each))))


def _small_drawing(page: Any) -> np.ndarray:
    """Draw a page small and grey: uint8 (h, w)."""
    bitmap = page.render(scale=_SMALL / max(page.get_size()), rev_byteorder=True)
    try:
        return cv2.cvtColor(np.array(bitmap.to_numpy()[..., :3]), cv2.COLOR_RGB2GRAY)
    finally:
        bitmap.close()


def _laid_small(
    cut: np.ndarray,
    bounds: tuple[float, float, float, float],
    shown: tuple[float, float, float, float],
) -> np.ndarray:
    """Lay the shown part of a picture on white paper of a small page: uint8 (h, w), not turned."""
    left, bottom, right, top = shown
    scale = _SMALL / max(right - left, top - bottom)
    paper = np.full(
        (max(1, round((top - bottom) * scale)), max(1, round((right - left) * scale))),
        255,
        np.uint8,
    )
    x, end = (round((np.clip(v, left, right) - left) * scale) for v in (bounds[0], bounds[2]))
    y, low = (round((top - np.clip(v, bottom, top)) * scale) for v in (bounds[3], bounds[1]))
    if end > x and low > y:
        small = cv2.resize(cut, (end - x, low - y), interpolation=cv2.INTER_AREA)
        paper[y:low, x:end] = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return paper


def _is_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two small drawings of a page show the same."""
    size = tuple(max(1, side // _COARSE) for side in other.shape[::-1])
    coarse = [
        cv2.resize(np.ascontiguousarray(drawing), size, interpolation=cv2.INTER_AREA).astype(int)
        for drawing in (one, other)
    ]
    return bool(np.abs(coarse[0] - coarse[1]).max() <= _MOST_APART)
