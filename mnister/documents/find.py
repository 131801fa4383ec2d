"""Files, folders and patterns → the pages to read, in order, and what was passed over, and why."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnister.documents.page import FilePage, pages_of
from mnister.errors import UserError
from mnister.images.decode import KINDS
from mnister.images.files import SUFFIXES
from mnister.page_numbers import choose_pages, is_pages

DOCUMENTS = (".pdf",)
LABELS = "labels.txt"  # of a folder: what is written on its pictures
MOST_PAGES = 10_000  # of a file
_OF_A_FILE = re.compile(r"(.+)#([\d,\s-]+)")  # scan.pdf#3
_MOST_NAMES = 3


@dataclass
class Found:
    """What there is to read.

    Attributes:
        pages: Pictures and pages of documents; a file that is broken or locked is one page.
        passed_over: What was not taken: a reason, and the files and folders that it holds for.
    """

    pages: list[Path | FilePage] = field(default_factory=list)
    passed_over: dict[str, list[Path]] = field(default_factory=dict)

    def pass_over(self, path: Path, reason: str) -> None:
        """Note that a file or folder is not taken."""
        self.passed_over.setdefault(reason, []).append(path)

    def notes(self) -> Iterator[str]:
        """Say in a line for each reason what was passed over."""
        for reason, paths in self.passed_over.items():
            names = ", ".join(path.name for path in paths[:_MOST_NAMES])
            more = ", …" if len(paths) > _MOST_NAMES else ""
            yield f"Passed over, as {reason}: {names}{more} ({len(paths):,})"


def find_pages(
    images: str | Path | Sequence[str | Path], pages: str = "all", *, recursive: bool = False
) -> Found:
    """Expand files, folders and patterns into pages.

    Args:
        images: A file, a folder (its pictures and documents), a pattern such as "scans/*.jpg", a
            page such as "scan.pdf#3", or several of these.
        pages: Which pages of each file: "all", "7", "1-3,7", "5-". A picture has one page.
        recursive: Search the sub-folders of folders, too.

    Returns:
        Each file once, naturally sorted (own_2 before own_10) within each entry.

    Raises:
        UserError: When nothing is found, naming what was looked for.
    """
    entries = [images] if isinstance(images, str | Path) else list(images)
    found = Found()
    chosen = {}  # of each file, which pages
    for entry in entries:
        for path, own in _expand(Path(entry).expanduser(), found, recursive):
            chosen.setdefault(path, own or pages)
    for path, numbers in chosen.items():
        _take(path, numbers, found)
    if not found.pages:
        raise _nothing(entries, pages, found)
    return found


def page_of(picture: Any) -> Any:
    """Return the page that a name such as "scan.pdf#3" stands for; of a PDF, its first.

    Args:
        picture: What is no name, or the name of a picture's file, is returned as it is.
    """
    if not isinstance(picture, str | Path):
        return picture
    path = Path(picture)
    if not path.exists() and (parts := _parts_of(path)):
        path, number = parts[0], next(iter(choose_pages(parts[1], MOST_PAGES)))
        page = pages_of(path)
        return replace(page, number=number) if isinstance(page, FilePage) else picture
    page = pages_of(path)
    return page if isinstance(page, FilePage) and page.kind == "pdf" else picture


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that counts: page2 before page10."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _expand(path: Path, found: Found, recursive: bool) -> Iterator[tuple[Path, str | None]]:
    """Yield the files that an entry names, each with the pages that it names, if it does."""
    if path.is_dir():
        yield from ((file, None) for file in _files_of(path, found, recursive))
    elif path.exists():
        yield path, None
    elif parts := _parts_of(path):
        yield parts
    else:
        matches = (Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207
        for match in sorted((match for match in matches if match.is_file()), key=natural_key):
            yield match, None


def _parts_of(path: Path) -> tuple[Path, str] | None:
    """Return the file and the pages that a name such as "scan.pdf#3" stands for."""
    match = _OF_A_FILE.fullmatch(str(path))
    is_page = match and is_pages(match[2]) and Path(match[1]).is_file()
    return (Path(match[1]), "".join(match[2].split())) if is_page else None


def _files_of(folder: Path, found: Found, recursive: bool) -> list[Path]:
    """List the pictures and documents of a folder, those whose kind only their name tells, too."""

    def cannot_be_searched(error: OSError) -> None:
        found.pass_over(Path(error.filename), f"it cannot be searched ({error.strerror})")

    files = []
    for place, folders, names in os.walk(folder, onerror=cannot_be_searched):
        if not recursive:
            for name in sorted(folders):
                found.pass_over(Path(place, name), "sub-folders need recursive=true")
            folders.clear()
        # A link that leads nowhere is a picture, too: one that is missing.
        for file in (Path(place, name) for name in names):
            if file.suffix.lower() in (*SUFFIXES, *DOCUMENTS):
                files.append(file)
            elif file.name != LABELS and not file.name.startswith("."):
                found.pass_over(file, "no kind of picture")
    return sorted(files, key=natural_key)


def _take(path: Path, pages: str, found: Found) -> None:
    """Add the chosen pages of a file."""
    first = pages_of(path)
    count = first.count if isinstance(first, FilePage) else 1
    numbers = choose_pages(pages, count)
    if not numbers:
        has = "1 page" if count == 1 else f"{count:,} pages"
        found.pass_over(path, f"page {pages} is not in a file of {has}")
    elif len(numbers) > MOST_PAGES:
        raise UserError(
            f"{path} has too many pages for one run",
            expected=f"at most {MOST_PAGES:,}",
            received=f"{len(numbers):,}",
            instead=f"pages=1-{MOST_PAGES}, then pages={MOST_PAGES + 1}-",
        )
    else:
        is_page = isinstance(first, FilePage)
        found.pages += [replace(first, number=n) if is_page else first for n in numbers]


def _nothing(entries: Sequence[str | Path], pages: str, found: Found) -> UserError:
    """Say that nothing was found, or nothing taken of what was."""
    if any(reason.startswith("page ") for reason in found.passed_over):
        return UserError(
            "No such page",
            expected="pages that the files have",
            received=f"pages={pages}; " + "; ".join(found.notes()),
            instead="pages=all",
        )
    return UserError(
        "No picture found",
        expected=f"a picture file, a PDF, a folder with {KINDS} or PDF files, or a pattern",
        received="; ".join([", ".join(map(str, entries)) or "nothing", *found.notes()]),
        instead='images=photo.jpg, images=folder, or images="folder/*.png"',
    )
