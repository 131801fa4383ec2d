"""Measure how numbers are put into tables, on made tables that are tilted by up to 5 degrees.

    python benchmarks/tables.py                   # share of cells in their row and column

A table is written into its cells by one hand, some of them left empty; only the boxes of the ink
are kept, so that it does not matter whether it is ruled. The digits are taken as read rightly, so
that what is wrong here is the arrangement's fault.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from mnister.arranging.numbers import find_numbers
from mnister.arranging.tables import find_tables
from mnister.hands.page_digits import load_page_digits
from mnister.pages import made
from mnister.pages.draft import Draft
from mnister.pages.writing import random_digits, write_in_box
from mnister.reading.layout import order_in_lines

SIZE = 640  # pixels of a page's side
STEEPEST = 5.0  # degrees


def make_table(seed: int, number: int, filled: float) -> tuple[Draft, list[list[str]]]:
    """Write a table; a function of its arguments.

    Args:
        seed: Of all tables.
        number: Which of them.
        filled: Share of its cells with a number.

    Returns:
        The page, tilted, and what stands in each cell.
    """
    rng = np.random.default_rng([seed, number])
    draft = made.start(rng, SIZE, True, load_page_digits(True))
    draft.most_digits = 400
    fill, longest = rng.uniform(0.55, 0.85), int(rng.integers(1, 5))
    tall = min(draft.height, 40) / fill
    wide = tall * (0.75 * longest + rng.uniform(0.4, 1.5))
    rows = min(int(rng.integers(3, 12)), int(0.85 * SIZE / tall))
    columns = min(int(rng.integers(2, 9)), int(0.85 * SIZE / wide))
    grid = []
    for y in 0.06 * SIZE + tall * np.arange(rows):
        texts = []
        for x in 0.06 * SIZE + wide * np.arange(columns):
            text = random_digits(rng, int(rng.integers(1, longest + 1)))
            texts.append(text if rng.random() < filled else "")
            write_in_box(draft, texts[-1], x, y, wide, tall, fill)
        grid.append(texts)
    angle = np.radians(rng.uniform(-STEEPEST, STEEPEST))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for truth in draft.truths:
        truth.move((turn @ truth.outline).astype(np.float32), truth.reach)
    return draft, grid


def read_tables(draft: Draft) -> list[list[list[str]]]:
    """Arrange the digits of a page as a reader does; return the texts of its tables."""
    boxes = [tuple(map(round, truth.box)) for truth in draft.truths]
    lines = order_in_lines(np.array(boxes, float))
    order = [i for line in lines for i in line]
    of_line = [n for n, line in enumerate(lines) for _ in line]
    names = [str(draft.truths[i].digit) for i in order]
    numbers = find_numbers([boxes[i] for i in order], of_line, names, [1.0] * len(order))
    return [table.rows for table in find_tables(numbers)]


def count_right(grid: Sequence[Sequence[str]], read: list[list[list[str]]]) -> tuple[int, int]:
    """Count the cells that have their text in their row and column, and all that have one.

    Rows and columns that are empty from end to end are not seen, and do not count.
    """
    rows = [row for row in grid if any(row)]
    kept = [column for column in zip(*rows, strict=True) if any(column)]
    wanted = {(n, m): text for m, column in enumerate(kept) for n, text in enumerate(column)}
    found = {(n, m): text for n, row in enumerate(max(read, key=len, default=[]))
             for m, text in enumerate(row)}  # fmt: skip
    cells = [place for place, text in wanted.items() if text]
    return sum(found.get(place) == wanted[place] for place in cells), len(cells)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=50, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for filled in (1.0, 0.8):
        right = cells = whole = tables = 0
        for number in range(arguments.tables):
            draft, grid = make_table(arguments.seed, number, filled)
            if len(grid) < 3 or len(grid[0]) < 2:
                continue
            good, count = count_right(grid, read_tables(draft))
            right, cells = right + good, cells + count
            whole, tables = whole + (good == count), tables + 1
        print(f"{filled:.0%} filled: {right / max(1, cells):.2%} of {cells:,} cells right, "
              f"{whole} of {tables} tables wholly", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
