"""Digits as rows of a CSV file: a label and 784 grey values each.

With a header, as Kaggle's files have it (`label,pixel0,…`), or without one, the label first.
"""

import contextlib
import gzip
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from mnister.data.datasets import SIDE, listed, log
from mnister.data.pixels import compact
from mnister.data.table import LABEL_NAMES, Table, check_count, make_table
from mnister.errors import UserError

PIXELS = SIDE * SIDE
ROWS = 2000  # read at once
MOST_OF_LINE = 100_000  # characters
INDEX_NAMES = ("", "unnamed: 0", "index")  # a column that pandas writes if it is not told not to
GZIP_MAGIC = b"\x1f\x8b"
HEADER = "label,pixel0,pixel1,…,pixel783 (a header is not needed if the label is first)"


@dataclass(frozen=True)
class _Columns:
    """Where what stands: the label's column, the pixels' in their order; how many there are."""

    delimiter: str
    label: int
    pixels: list[int]
    count: int
    has_header: bool


def read_csv(paths: Sequence[Path]) -> Table:
    """Read the rows of CSV files, one after the other.

    Args:
        paths: Files with a header or without, separated by commas, semicolons or tabs, UTF-8,
            gzip'd or not.

    Raises:
        UserError: A file is empty, damaged, or has other columns, or a field is no number.
    """
    chunks: list[np.ndarray] = []
    labels: list[str] = []
    for path in paths:
        with _open(path) as stream:
            columns = _find_columns(_read_line(stream, path), path)
            if not columns.has_header:
                log.info("   %s: no header, the label is taken to be the first column", path)
                stream.seek(0)
            first = 2 if columns.has_header else 1
            for number, lines in _in_pieces(stream, path, first):
                rows = _parse(lines, number, columns, path, labels)
                check_count(len(labels), str(path))
                chunks.append(compact(rows[:, columns.pixels]))
    origin = ", ".join(map(str, paths))
    if not chunks:
        raise UserError(f"{origin} holds no digits", expected=HEADER, received="no row")
    return make_table(chunks, labels, origin)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """Open a plain or gzip'd file and turn every fault of reading it into a UserError."""
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if is_gzip else raw
            yield io.TextIOWrapper(stream, encoding="utf-8-sig", newline=None)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} cannot be read",
            expected="a CSV file in UTF-8, plain or gzip'd",
            received=str(error),
        ) from error


def _read_line(stream: TextIO, path: Path) -> str:
    line = stream.readline(MOST_OF_LINE)
    if len(line) == MOST_OF_LINE:
        raise UserError(
            f"{path} has a line of more than {MOST_OF_LINE:,} characters",
            expected=f"a label and {PIXELS} grey values a line",
        )
    return line


def _in_pieces(stream: TextIO, path: Path, first: int) -> Iterator[tuple[int, list[str]]]:
    """Yield lines as many as are read at once, with the number of the first."""
    lines = iter(lambda: _read_line(stream, path), "")
    for number in itertools.count(first, ROWS):
        piece = list(itertools.islice(lines, ROWS))
        if not piece:
            return
        yield number, piece


def _find_columns(line: str, path: Path) -> _Columns:
    """Find out from the first line what stands where."""
    if not line.strip():
        raise UserError(f"{path} is empty", expected=HEADER, received="nothing in its first line")
    delimiter = max(",;\t", key=line.count)
    fields = [field.strip().strip("\"'") for field in line.rstrip("\r\n").split(delimiter)]
    if _is_header(fields):
        label = [i for i, name in enumerate(fields) if name.lower() in LABEL_NAMES]
        if not label and len(fields) > PIXELS and _count_up(fields):
            label = [0]  # the header of an array without names: 0,1,2,…,784
        pixels = [i for i in range(len(fields)) if i not in label]
        if len(pixels) > PIXELS:
            pixels = [i for i in pixels if fields[i].lower() not in INDEX_NAMES]
    else:
        label, pixels = [0], list(range(1, len(fields)))
    if len(label) != 1 or len(pixels) != PIXELS:
        raise _wrong_columns(path, fields, label)
    in_order = _in_order([fields[i] for i in pixels]) if _is_header(fields) else range(PIXELS)
    ordered = [pixels[i] for i in in_order]
    return _Columns(delimiter, label[0], ordered, len(fields), _is_header(fields))


def _wrong_columns(path: Path, fields: list[str], label: list[int]) -> UserError:
    if len(fields) == PIXELS and not (label and _is_header(fields)):
        received, instead = (
            "no label",
            "the file that has labels: Kaggle's train.csv, not test.csv",
        )
    else:
        received, instead = f"{len(fields)} columns and no header", None
        if len(fields) == 1:
            received, instead = "one column", "fields between commas, semicolons or tabs"
        if _is_header(fields):
            shown = [name for name in fields if not re.search(r"\d", name)] or fields
            received = f"{len(fields)} columns, among them {listed(shown, 'columns')}"
    return UserError(
        f"{path} has not one label and {PIXELS} grey values a line",
        expected=HEADER + ", the label's column named one of " + ", ".join(LABEL_NAMES),
        received=received,
        instead=instead,
    )


def _is_header(fields: list[str]) -> bool:
    """Tell names from values; a label may be a text, and names may be numbers that count up."""
    texts = sum(not _is_number(field) for field in fields)
    return texts > 1 or _count_up(fields) or (texts == 1 and _count_up(
        [field for field in fields if _is_number(field)]))  # fmt: skip


def _count_up(fields: list[str]) -> bool:
    """Return whether these are 0, 1, 2 … or 1, 2, 3 …, more than grey values go."""
    return len(fields) >= PIXELS and any(
        fields == [str(first + i) for i in range(len(fields))] for first in (0, 1)
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _in_order(names: list[str]) -> Sequence[int]:
    """Return the columns in the order of the numbers in their names: pixel2 before pixel10."""
    numbers = [tuple(map(int, re.findall(r"\d+", name))) for name in names]
    if len(set(numbers)) < len(numbers) or len(set(map(len, numbers))) > 1 or not numbers[0]:
        return range(len(names))
    return sorted(range(len(names)), key=lambda i: numbers[i])


def _parse(
    lines: list[str], number: int, columns: _Columns, path: Path, labels: list[str]
) -> np.ndarray:
    """Return the fields of lines as numbers; the texts of the labels are added to `labels`."""
    try:
        rows, texts = _as_numbers(lines, columns)
    except ValueError:
        raise _wrong_line(lines, number, columns, path) from None
    labels += texts
    return rows


def _as_numbers(lines: list[str], columns: _Columns) -> tuple[np.ndarray, list[str]]:
    texts: list[str] = []

    def keep(text: str) -> float:
        is_quoted = len(text) > 2 and text[0] == text[-1] == "'"  # as OpenML's ARFF has them
        texts.append(text[1:-1] if is_quoted else text)
        return 0.0

    lines = [line for line in lines if line.strip()]
    if not lines:
        return np.empty((0, columns.count), np.float32), []
    rows = np.loadtxt(
        lines,
        dtype=np.float32,
        delimiter=columns.delimiter,
        converters={columns.label: keep},
        quotechar='"',
        comments=None,
        ndmin=2,
    )
    if rows.shape[1] != columns.count:
        raise ValueError
    return rows, texts


def _wrong_line(lines: list[str], number: int, columns: _Columns, path: Path) -> UserError:
    """Say which line has another number of fields, or a field that is no number."""
    for place, line in enumerate(lines, number):
        fields = [f.strip().strip('"') for f in line.rstrip("\r\n").split(columns.delimiter)]
        if line.strip() and len(fields) != columns.count:
            received = f"{len(fields)}"
            return UserError(f"Line {place:,} of {path} has another number of fields",
                             expected=f"{columns.count}", received=received)  # fmt: skip
        wrong = [i for i in columns.pixels if line.strip() and not _is_number(fields[i])]
        if wrong:
            shown = fields[wrong[0]] or "nothing"
            return UserError(f"Line {place:,} of {path} has a grey value that is no number",
                             expected="a number in each field but the label's",
                             received=f"{shown[:40]} in field {wrong[0] + 1}")  # fmt: skip
    return UserError(f"{path} cannot be understood from line {number:,} on", expected=HEADER)
