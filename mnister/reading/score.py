"""Compare what was read with what is written: label files, alignment, accuracy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnister.data.datasets import DIGIT_NAMES
from mnister.edits import align, edits
from mnister.errors import UserError
from mnister.reading.page import Page, separator_of


@dataclass(frozen=True)
class Labels:
    """What is written on the pictures.

    Attributes:
        source: The file they come from.
        by_file: Class names by file name, or None when the file has one a line. Those of one
            character each may be one text.
        in_order: All names in the order of the pictures and of reading, or None.
    """

    source: str
    by_file: dict[str, Sequence[str]] | None = None
    in_order: Sequence[str] | None = None


def read_labels(path: str | Path, class_names: Sequence[str] = DIGIT_NAMES) -> Labels:
    """Read a label file.

    Args:
        path: One digit a line, in reading order over all pictures; or `file: digits` lines, where
            blanks between digits do not count. Empty lines and lines beginning with # are skipped.
        class_names: What may be written there: where each is one character, they and digits; else
            they alone, with blanks between.

    Raises:
        UserError: When the file is missing, empty, has a line of neither form, with its number, or
            two lines for one file.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"There is no label file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        received = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(
            f"{path} cannot be read as text", expected="a file in UTF-8", received=received
        ) from None
    rows = [(n, row.strip()) for n, row in enumerate(text.splitlines(), 1)]
    rows = [(n, row) for n, row in rows if row and not row.startswith("#")]
    if not rows:
        raise UserError(f"The label file {path} is empty", expected=_forms(class_names))
    if ":" in rows[0][1]:
        return Labels(str(path), by_file=_by_file(path, rows, class_names))
    written = [_names_in(row, class_names) for _, row in rows]
    for (n, row), names in zip(rows, written, strict=True):
        if len(names) != 1:
            raise _no_label(path, n, row, class_names)
    return Labels(str(path), in_order=tuple(name for (name,) in written))


def fit_labels(labels: Labels, pictures: Sequence[str | Path], *, is_one_each: bool) -> Labels:
    """Check labels against the pictures before these are read.

    Args:
        labels: Of the pictures.
        pictures: Files, in the order of the labels.
        is_one_each: Whether each picture has one digit. Then each gets its label by name, so that
            one that cannot be read does not move the rest.

    Raises:
        UserError: A picture has no line or, of one digit each, not one label.
    """
    if labels.in_order is not None:
        return _one_each(labels, pictures) if is_one_each else labels
    for picture in pictures:
        written = written_on(str(picture), labels)
        if is_one_each and len(written) != 1:
            raise UserError(
                f"{labels.source} gives {picture} more than one digit",
                expected="one digit, as mode=single_digit reads",
                received=" ".join(written),
                instead="mode=multi_digit",
            )
    return labels


def _one_each(labels: Labels, pictures: Sequence[str | Path]) -> Labels:
    """Give the digits of a file of one a line to the pictures they stand for."""
    if len(labels.in_order) != len(pictures):
        raise UserError(
            f"{labels.source} does not fit the pictures",
            expected=f"{len(pictures)} labels, one for each picture",
            received=f"{len(labels.in_order)} labels",
            instead="labels=null, or lines such as own_0.png: 7",
        )
    paths = (Path(picture).as_posix() for picture in pictures)
    names = ((name,) for name in labels.in_order)
    return Labels(labels.source, by_file=dict(zip(paths, names, strict=True)))


def _by_file(path: str | Path, rows: list, class_names: Sequence[str]) -> dict:
    by_file: dict[str, Sequence[str]] = {}
    for n, row in rows:
        file, _, text = row.rpartition(":")
        name, written = file.strip(), _names_in(text, class_names)
        if not name or not written:
            raise _no_label(path, n, row, class_names)
        if by_file.setdefault(name, written) != written:
            raise UserError(
                f"Line {n} of {path} contradicts another",
                expected=f"one line for {name}",
                received=f"{' '.join(by_file[name])} and {' '.join(written)}",
            )
    return by_file


def _names_in(text: str, class_names: Sequence[str]) -> Sequence[str]:
    """Split what is written into class names; nothing if it is anything else."""
    if not separator_of(class_names):
        joined = "".join(text.split())
        return joined if set(joined) <= {*class_names, *DIGIT_NAMES} else ""
    name = "|".join(map(re.escape, sorted(class_names, key=len, reverse=True)))
    found = tuple(re.findall(rf"(?<!\S)(?:{name})(?!\S)", text))
    return found if " ".join(found) == " ".join(text.split()) else ()


def _no_label(path: str | Path, number: int, row: str, class_names: Sequence[str]) -> UserError:
    problem = f"Line {number} of {path} is no label"
    return UserError(problem, expected=_forms(class_names), received=row)


def _forms(class_names: Sequence[str]) -> str:
    if set(class_names) <= set(DIGIT_NAMES):
        return "one digit a line, or lines such as photo.jpg: 05221859"
    example = separator_of(class_names).join(class_names[:3])
    return f"one of {', '.join(class_names)} a line, or lines such as photo.jpg: {example}"


class Scorer:
    """Labels pages one after the other and keeps count.

    With one digit a line, each page takes as many labels as it has digits; with `file: digits`
    lines, digits are aligned with what is written, so that a missed one does not spoil the rest.

    Args:
        labels: Of all the pictures.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._read = 0
        self._wrong = 0
        self._written = 0

    def label(self, page: Page) -> Page:
        """Give each digit of the next page its label.

        Raises:
            UserError: When the label file has no line for this picture.
        """
        if self.labels.in_order is None:
            written = written_on(page.file or "", self.labels)
            labels = align(written, [digit.name for digit in page.digits])
        else:
            labels = list(self.labels.in_order[self._read : self._read + len(page.digits)])
            written = tuple(labels)
            labels += [""] * (len(page.digits) - len(labels))
        self._read += len(page.digits)
        self._written += len(written)
        self._wrong += min(len(written), edits(written, [digit.name for digit in page.digits]))
        return page.with_labels(labels)

    @property
    def accuracy(self) -> float | None:
        """1 − edits / digits written; None before anything is labelled."""
        if self.labels.in_order is not None and self._read != len(self.labels.in_order):
            return None
        return 1 - self._wrong / self._written if self._written else None

    def check(self) -> None:
        """Check that there was one label for each digit.

        Raises:
            UserError: Naming both counts.
        """
        if self.labels.in_order is None or self._read == len(self.labels.in_order):
            return
        raise UserError(
            f"{self.labels.source} does not fit what was read",
            expected=f"{self._read} labels, one for each digit found",
            received=f"{len(self.labels.in_order)} labels",
            instead="look at the annotated pictures; or write lines such as photo.jpg: 05221859",
        )


def written_on(file: str, labels: Labels) -> Sequence[str]:
    """Return the names written on a picture, found by its file's path, then by its name."""
    found = labels.by_file or {}
    path = Path(file).as_posix()
    fitting = [name for name in found if path == name or path.endswith("/" + name)]
    if not fitting:
        raise UserError(
            f"{labels.source} has no line for {file}",
            expected=f"a line beginning {Path(file).name}:",
            received=", ".join(list(found)[:5]) + (" …" if len(found) > 5 else ""),
        )
    return found[max(fitting, key=len)]
