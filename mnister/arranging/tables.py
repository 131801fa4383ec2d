"""Numbers → tables: where they stand in rows and columns, ruled or not, level or a little tilted.

Rows are told by how high numbers stand once the page is levelled, columns by the white that runs
down between them. Lines of text have no such white, and give no table.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnister.arranging.numbers import Box, Number, around

LEAST_ROWS, LEAST_COLUMNS = 3, 2
_ROW = 0.5  # heights: numbers of which one stands so much lower are in two rows
_BLOCK = 2.5  # usual distances of rows: wider ones part two tables
_ASTRAY = 0.2  # of the rows may have a number across the white: 96.2 % of cells right, 0.1: 86.3 %
_NEAR = 1.0  # heights: columns so near each other, and never both filled, are one
_LEAST_FILLED = 0.5  # of the cells
_REACHING = 0.3  # of a column's usual width: a number of another one that covers more is astray
_MOST_UNTIDY = 0.15  # of the numbers of a table: lines of text have many times more
_STEEPEST = 0.2  # slope of a page's lines: more is no tilt


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        row: From 0, the uppermost.
        column: From 0, the leftmost.
        box: x, y, width, height around its numbers; of an empty one, of where it lies.
        text: What stands in it, blanks between several numbers, "?" for one that is not sure;
            nothing where it is empty.
        numbers: Indices of its numbers on the page.
    """

    row: int
    column: int
    box: Box
    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        box: x, y, width, height around its numbers.
        cells: Row by row, those of a row from left to right, empty ones too.
        columns: How many there are.
    """

    box: Box
    cells: tuple[Cell, ...]
    columns: int

    @property
    def rows(self) -> list[list[str]]:
        """The texts, row by row."""
        texts = [cell.text for cell in self.cells]
        return [texts[at : at + self.columns] for at in range(0, len(texts), self.columns)]

    def as_csv(self) -> str:
        """Return the table for a spreadsheet."""
        text = io.StringIO()
        csv.writer(text).writerows(self.rows)
        return text.getvalue()


def places_of(tables: Sequence[Table]) -> dict[int, tuple[int, int]]:
    """Return the row and the column of each number that stands in a table, by its index."""
    cells = [cell for table in tables for cell in table.cells]
    return {number: (cell.row, cell.column) for cell in cells for number in cell.numbers}


def find_tables(numbers: Sequence[Number]) -> tuple[Table, ...]:
    """Find the tables of a page.

    Args:
        numbers: All of the page.

    Returns:
        From top to bottom.
    """
    if len(numbers) < LEAST_ROWS * LEAST_COLUMNS:
        return ()
    boxes = np.array([number.box for number in numbers], float)
    level = _levelled(boxes, tilt_of(numbers))
    height = float(np.median(boxes[:, 3]))
    tables = []
    for rows in _blocks(_rows_of(level, height)):
        columns = _columns_of(level, rows, height)
        if _is_table(rows, columns) and _is_tidy(level, rows, columns):
            tables.append(_table(numbers, boxes, rows, columns))
    return tuple(tables)


def tilt_of(numbers: Sequence[Number]) -> float:
    """Return the slope of a page's lines, rows down for each column: the median of many pairs."""
    slopes = [0.0]
    for line in {number.line for number in numbers}:
        boxes = np.array([number.box for number in numbers if number.line == line], float)
        x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
        if len(x) > 1 and np.ptp(x) > 2 * np.median(boxes[:, 3]):
            slopes.append(float(np.polyfit(x, y, 1)[0]))
    return float(np.clip(np.median(slopes[1:] or slopes), -_STEEPEST, _STEEPEST))


def _levelled(boxes: np.ndarray, slope: float) -> np.ndarray:
    """Turn boxes back by a page's tilt: left and right edge and middle row, float (N, 3)."""
    cosine, sine = np.array([1, slope]) / np.hypot(1, slope)
    x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    across, down = x * cosine + y * sine, y * cosine - x * sine
    return np.stack([across - boxes[:, 2] / 2, across + boxes[:, 2] / 2, down], axis=1)


def _rows_of(level: np.ndarray, height: float) -> list[tuple[float, np.ndarray]]:
    """Group numbers into rows: how far down each is, and its numbers."""
    order = np.argsort(level[:, 2], kind="stable")
    ends = np.flatnonzero(np.diff(level[order, 2]) > _ROW * height) + 1
    return [(float(level[row, 2].mean()), row) for row in np.split(order, ends)]


def _blocks(rows: list[tuple[float, np.ndarray]]) -> list[list[np.ndarray]]:
    """Part rows where much room is left between two."""
    places = np.array([place for place, _ in rows])
    if len(places) < LEAST_ROWS:
        return []
    apart = np.diff(places)
    ends = np.flatnonzero(apart > _BLOCK * np.median(apart)) + 1
    parts = np.split(np.arange(len(rows)), ends)
    return [[rows[i][1] for i in part] for part in parts]


def _columns_of(level: np.ndarray, rows: list[np.ndarray], height: float) -> list[np.ndarray]:
    """Group the numbers of a block into columns, from left to right."""
    members = np.concatenate(rows)
    row_of = {int(i): n for n, row in enumerate(rows) for i in row}
    spans = _covered(level[members, :2], int(_ASTRAY * len(rows)))
    columns: list[list[int]] = [[] for _ in spans]
    for i in map(int, members):
        shared = [min(level[i, 1], end) - max(level[i, 0], start) for start, end in spans]
        columns[int(np.argmax(shared))].append(i)
    columns = [column for column in columns if column]
    merged = columns[:1]
    for column in columns[1:]:
        gap = level[column, 0].min() - level[merged[-1], 1].max()
        together = {row_of[i] for i in merged[-1]} & {row_of[i] for i in column}
        if gap < _NEAR * height and not together:
            merged[-1] += column
        else:
            merged.append(column)
    return [np.array(column) for column in merged]


def _covered(spans: np.ndarray, most: int) -> list[tuple[float, float]]:
    """Return the stretches that more than `most` spans cover; those of lone numbers, too.

    Args:
        spans: float (N, 2), start and end.
        most: How many may lie across the white between two stretches.
    """
    edges = np.concatenate([np.c_[spans[:, 0], np.ones(len(spans))],
                            np.c_[spans[:, 1], -np.ones(len(spans))]])  # fmt: skip
    edges = edges[np.lexsort((-edges[:, 1], edges[:, 0]))]
    count, start, stretches = 0, 0.0, []
    for place, step in edges:
        before, count = count, count + int(step)
        if before == most and count == most + 1:
            start = place
        elif before == most + 1 and count == most:
            stretches.append((float(start), float(place)))
    lone = [s for s in spans if all(s[1] <= a or s[0] >= b for a, b in stretches)]
    return sorted(stretches + (_covered(np.array(lone), 0) if lone else []))


def _is_table(rows: list[np.ndarray], columns: list[np.ndarray]) -> bool:
    """Tell whether rows and columns are filled as those of a table are."""
    if len(rows) < LEAST_ROWS or len(columns) < LEAST_COLUMNS:
        return False
    return sum(map(len, rows)) >= _LEAST_FILLED * len(rows) * len(columns)


def _is_tidy(level: np.ndarray, rows: list[np.ndarray], columns: list[np.ndarray]) -> bool:
    """Tell whether few numbers reach into another column or share a cell, as they do in text."""
    row_of = {int(i): n for n, row in enumerate(rows) for i in row}
    cores = np.array([np.median(level[column, :2], axis=0) for column in columns])
    astray, places = 0, set()
    for m, column in enumerate(columns):
        others = np.delete(cores, m, axis=0)
        for i in map(int, column):
            shared = np.minimum(level[i, 1], others[:, 1]) - np.maximum(level[i, 0], others[:, 0])
            astray += bool((shared > _REACHING * (others[:, 1] - others[:, 0])).any())
            places.add((row_of[i], m))
    doubled = len(row_of) - len(places)
    return astray + doubled <= _MOST_UNTIDY * len(row_of)


def _table(
    numbers: Sequence[Number],
    boxes: np.ndarray,
    rows: list[np.ndarray],
    columns: list[np.ndarray],
) -> Table:
    """Put numbers into cells."""
    column_of = {int(i): n for n, column in enumerate(columns) for i in column}
    cells = []
    for n, row in enumerate(rows):
        for m, column in enumerate(columns):
            inside = sorted(
                (int(i) for i in row if column_of[int(i)] == m), key=lambda i: boxes[i, 0]
            )
            box = (
                around([numbers[i].box for i in inside])
                if inside
                else _crossing(boxes[row], boxes[column])
            )
            text = " ".join(numbers[i].text if numbers[i].is_sure else "?" for i in inside)
            cells.append(Cell(n, m, box, text, tuple(inside)))
    box = around([numbers[int(i)].box for row in rows for i in row])
    return Table(box, tuple(cells), len(columns))


def _crossing(row: np.ndarray, column: np.ndarray) -> Box:
    """Return where a row crosses a column: as wide as this, as high as that."""
    x, width = np.median(column[:, 0]), np.median(column[:, 2])
    middle = row[:, 0] + row[:, 2] / 2
    nearest = row[np.argmin(np.abs(middle - x - width / 2))]
    return round(x), round(nearest[1]), round(width), round(nearest[3])
