"""One page of a file that has several, or of a document: it is loaded when it is read."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from mnister.documents import frames, pdf
from mnister.errors import UserError
from mnister.images.files import MOST_PIXELS, Picture
from mnister.images.headers import read_header

LONGEST_STEM = 200  # bytes; with what is added to it, at most 255 may be a file's name
_BEGINNING = 1024  # bytes, among which a PDF has to name itself
_COUNTERS = {"pdf": pdf.count_pages, "tiff": frames.count_pages, "gif": frames.count_pages}
_LOADERS = {"pdf": pdf.load_page, "tiff": frames.load_page, "gif": frames.load_page}


@dataclass(frozen=True)
class FilePage(os.PathLike):
    """A page, named as in every output: `scan.pdf#3`; the only page of a file, as the file.

    Attributes:
        path: The file.
        kind: One of `KINDS`.
        number: Of the page, from 1.
        count: Pages of the file.
    """

    path: Path
    kind: str
    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return str(self.path) if self.count == 1 else f"{self.path}#{self.number}"

    def __fspath__(self) -> str:
        return str(self)

    def load(self, most_pixels: int = MOST_PIXELS) -> Picture:
        """Load the page.

        Args:
            most_pixels: Refuse larger pictures, before decoding.

        Raises:
            UserError: The file or this page of it cannot be read, naming the page.
        """
        return _LOADERS[self.kind](self.path, self.number, most_pixels, str(self))


def stem_of(file: str) -> str:
    """Return how files beside a page's are to begin: `scan` of scan.png, `scan_page3` of a page.

    Args:
        file: A `FilePage` or a path, as text.
    """
    page = re.search(r"#(\d+)$", file)
    return Path(file).stem + (f"_page{page[1]}" if page else "")


def free_stem(file: str | None, taken: set[str]) -> str:
    """Return how files beside a page's are to begin that no other page of a run has so.

    Args:
        file: As of `stem_of`; None: the page comes from no file.
        taken: Those of the other pages; this one is added.
    """
    stem = stem_of(file) if file else "picture"
    stem = os.fsdecode(os.fsencode(stem)[:LONGEST_STEM])
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    taken.add(name)
    return name


def pages_of(path: Path) -> Path | FilePage:
    """Look into a file: what may have pages gives its first one, all else is a picture.

    Args:
        path: Any file; one that is missing, broken or locked says so when it is loaded.
    """
    kind = _kind_of(path)
    if kind is None:
        return path
    try:
        count = _COUNTERS[kind](path)
    except UserError:
        return FilePage(path, kind)
    return path if count == 1 and kind != "pdf" else FilePage(path, kind, count=count)


def _kind_of(path: Path) -> str | None:
    """Return which of the kinds that may have pages a file is; None if it is none."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError:
        return None
    if beginning.startswith((b"II*\0", b"MM\0*")):
        return "tiff"
    if beginning.startswith(b"GIF8"):
        return "gif"
    return "pdf" if b"%PDF-" in beginning and read_header(beginning) is None else None
