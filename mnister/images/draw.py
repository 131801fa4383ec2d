"""Draw readings: boxes on a page, a sheet of small pictures, a strip of stages. RGB throughout."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mnister.errors import UserError
from mnister.run_files import write_atomically

RIGHT = (0, 140, 60)
WRONG = (215, 30, 30)
UNKNOWN = (20, 90, 220)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LONGEST = 2000  # pixels: an annotated page needs no more


def colour_of(is_right: bool | None) -> tuple[int, int, int]:
    """Return green for right, red for wrong, blue for unknown."""
    return UNKNOWN if is_right is None else RIGHT if is_right else WRONG


def annotate(
    image: np.ndarray,
    boxes: Sequence[tuple[float, float, float, float]],
    names: Sequence[str],
    is_right: Sequence[bool | None],
) -> np.ndarray:
    """Draw boxes and predictions onto a copy of a picture.

    Args:
        image: uint8 (height, width, 3), RGB.
        boxes: x, y, width, height in pixels of `image`.
        names: What was read in each box.
        is_right: Whether that is right, None where it is not known.

    Returns:
        uint8, a copy; small pictures are enlarged so that the boxes can be seen.
    """
    scale = max(1, round(300 / max(image.shape[:2])))
    scale = min(scale, _LONGEST / max(image.shape[:2]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    drawn = cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)
    line = max(1, round(max(drawn.shape[:2]) / 700))
    for box, name, right in zip(boxes, names, is_right, strict=True):
        x, y, width, height = (round(value * scale) for value in box)
        colour = colour_of(right)
        cv2.rectangle(drawn, (x, y), (x + width, y + height), colour, line)
        size = float(np.clip(height / 60, 0.4, 4))
        below = min(y + height + round(24 * size), drawn.shape[0] - 4)  # but never cut off
        origin = (x, y - 3 if y > 22 * size + 3 else below)
        cv2.putText(drawn, name, origin, _FONT, size, colour, max(1, round(2 * size)), cv2.LINE_AA)
    return drawn


def contact_sheet(
    images: Sequence[np.ndarray],
    names: Sequence[str],
    is_right: Sequence[bool | None],
    columns: int = 10,
) -> np.ndarray:
    """Put small pictures into rows, each with its name under it.

    Args:
        images: uint8 (28, 28) each.
        names: One for each.
        is_right: Whether it is right, None where it is not known.
        columns: Pictures in a row.

    Returns:
        uint8 (height, width, 3) RGB; one empty cell when there are no pictures.
    """
    cell_width, cell_height = 64, 84
    rows = max(1, -(-len(images) // columns))
    across = min(columns, max(1, len(images)))
    sheet = np.full((rows * cell_height, across * cell_width, 3), 255, np.uint8)
    for i, (image, name, right) in enumerate(zip(images, names, is_right, strict=True)):
        x, y = i % columns * cell_width, i // columns * cell_height
        large = cv2.resize(image, (56, 56), interpolation=cv2.INTER_NEAREST)
        sheet[y + 4 : y + 60, x + 4 : x + 60] = large[..., None]
        origin = (x + 4, y + 79)
        cv2.putText(sheet, name, origin, _FONT, 0.6, colour_of(right), 2, cv2.LINE_AA)
    return sheet


def strip(stages: Sequence[tuple[str, np.ndarray]], height: int = 480) -> np.ndarray:
    """Put the stages of a pipeline side by side, each with its name above it.

    Args:
        stages: Name and picture, uint8 (h, w) or (h, w, 3) RGB.
        height: Pixels of each picture in the strip.

    Returns:
        uint8 (height + 28, width, 3) RGB.
    """
    panels = []
    for name, picture in stages:
        width = max(60, round(picture.shape[1] * height / picture.shape[0]))
        panel = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        if panel.ndim == 2:
            panel = cv2.cvtColor(panel, cv2.COLOR_GRAY2RGB)
        panel = cv2.copyMakeBorder(panel, 28, 0, 4, 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))
        cv2.putText(panel, name, (6, 20), _FONT, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
        panels.append(panel)
    return np.hstack(panels)


def write_png(path: Path, rgb: np.ndarray) -> None:
    """Write an RGB picture, uint8 (h, w, 3), as PNG, also where the path is not ASCII.

    Raises:
        UserError: It cannot be encoded.
    """
    written, encoded = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not written:
        raise UserError(f"{path} cannot be written")
    write_atomically(encoded.tobytes(), path, is_flushed=False)
