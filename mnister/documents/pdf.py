"""The pages of a PDF, by PDFium. Of a file no more is in memory than the page that is read.

A page that is nothing but one scan gives the scan as it was put in (scan.py); any other is drawn,
as large as a reader works on, whatever size the page says that its paper has.
"""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mnister.documents import scan
from mnister.errors import UserError
from mnister.images.decode import shrink
from mnister.images.files import WORKING_PIXELS, Picture, check_size, reduction

_PDFIUM = threading.RLock()  # it is not made for several threads
_LOCKED, _UNKNOWN_LOCK = 4, 5  # numbers of PDFium's errors
_LEAST_SIDE = 0.01  # points: a page of less is nothing


def count_pages(path: Path) -> int:
    """Count the pages of a PDF.

    Raises:
        UserError: It is damaged, locked, or has none.
    """
    with _opened(path) as document:
        return len(document)


def load_page(path: Path, number: int, most_pixels: int, name: str) -> Picture:
    """Load a page.

    Args:
        path: A PDF.
        number: From 1.
        most_pixels: Refuse larger pictures, before decoding.
        name: What an error calls it.

    Returns:
        The page; its size is that of its scan, else that at which it was drawn.

    Raises:
        UserError: The file is damaged or locked, or the page is damaged or too large.
    """
    with _opened(path) as document, _page(document, number, name) as page:
        _check_pictures(page, most_pixels, name)
        with _explained(name):
            pixels = scan.find_scan(page, name)
            pixels = _drawn(page, name) if pixels is None else pixels
    height, width = pixels.shape[:2]
    check_size(width, height, most_pixels, name)
    return Picture(shrink(pixels, reduction(width * height)), width, height)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a PDF; no other thread has one meanwhile."""
    import pypdfium2

    with _PDFIUM, path.open("rb") as file:
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            raise _refusal(path, error.err_code) from None
        try:
            if len(document) < 1:
                raise UserError(f"{path} has no page", expected="a PDF with a page")
            yield document
        finally:
            document.close()


def _refusal(path: Path, code: int | None) -> UserError:
    if code in (_LOCKED, _UNKNOWN_LOCK):
        return UserError(
            f"{path} is locked",
            expected="a PDF that opens without a password",
            received="one that is encrypted",
            instead="open it in a PDF viewer and save it, or print it, without a password",
        )
    return UserError(
        f"{path} is damaged",
        expected="an undamaged PDF",
        received="a beginning of PDF, and behind it nothing that can be opened",
        instead="open it in a PDF viewer and print it as PDF",
    )


@contextlib.contextmanager
def _page(document: Any, number: int, name: str) -> Iterator[Any]:
    if number > len(document):
        raise UserError(f"There is no page {name}", expected=f"1 to {len(document)}")
    if document.get_formtype():
        document.init_forms()  # else nothing that is filled in is drawn
    with _explained(name):
        page = document[number - 1]
    try:
        yield page
    finally:
        page.close()


@contextlib.contextmanager
def _explained(name: str) -> Iterator[None]:
    """Say of what PDFium cannot do on which page it was."""
    import pypdfium2

    try:
        yield
    except pypdfium2.PdfiumError:
        raise UserError(
            f"{name} is damaged",
            expected="an undamaged page of a PDF",
            instead="open it in a PDF viewer and print it as PDF",
        ) from None


def _check_pictures(page: Any, most_pixels: int, name: str) -> None:
    """Refuse a page with a picture too large for memory, before any is decoded."""
    with _explained(name):
        sizes = [image.get_px_size() for image in scan.images_of(page)]
    for width, height in sizes:
        if width * height > most_pixels:
            raise UserError(
                f"{name} holds a picture too large to read",
                expected=f"at most {most_pixels:,} pixels",
                received=f"{width} × {height} = {width * height:,} pixels",
                instead="scan it at a lower resolution",
            )


def _drawn(page: Any, name: str) -> np.ndarray:
    """Draw a page as large as a reader works on: uint8 (h, w, 3) RGB.

    Raises:
        UserError: The page is too narrow.
    """
    width, height = page.get_size()
    if min(width, height) < _LEAST_SIDE:
        raise UserError(f"{name} is too small to read", received=f"{width} × {height} points")
    scale = (WORKING_PIXELS / (width * height)) ** 0.5
    # A side is rounded up, which must not make one pixel too many.
    scale *= 1 - 1 / (scale * min(width, height))
    check_size(int(width * scale), int(height * scale), WORKING_PIXELS, name)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        return np.array(bitmap.to_numpy()[..., :3])
    finally:
        bitmap.close()
