"""Numbers in rows and columns are a table, whatever its tilt, size and place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.arranging.numbers import Number
from mnister.arranging.tables import find_tables, tilt_of

GRID = [["12", "345", "6"], ["7", "", "89"], ["1", "23", "456"], ["90", "1", "2"]]


def laid(grid, degrees=0.0, height=40, pitch=(160, 70), jitter=0, seed=0, at=(300, 200)):
    """Return the numbers of a grid of texts, centred in its cells, turned about the origin."""
    rng, numbers = np.random.default_rng(seed), []
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    for n, row in enumerate(grid):
        for m, text in enumerate(row):
            if text:
                x, y = m * pitch[0] + at[0], n * pitch[1] + at[1]
                x, y = np.array([x, y]) + rng.uniform(-jitter, jitter, 2) * height
                width = 0.7 * height * len(text)
                x, y = x * cosine - y * sine - width / 2, x * sine + y * cosine - height / 2
                box = (round(x), round(y), round(width), height)
                numbers.append(Number(text, (len(numbers),), box, n, 0.9))
    return numbers


@pytest.mark.parametrize("degrees", [-5, -2, 0, 3, 5])
@pytest.mark.parametrize("jitter", [0, 0.12])
def test_a_table_is_read_cell_by_cell(degrees, jitter):
    numbers = laid(GRID, degrees, jitter=jitter)
    (table,) = find_tables(numbers)
    assert table.rows == GRID
    assert tilt_of(numbers) == pytest.approx(np.tan(np.radians(degrees)), abs=0.02)


def test_an_empty_cell_has_its_place():
    (table,) = find_tables(laid(GRID))
    (empty,) = [cell for cell in table.cells if not cell.text]
    assert (empty.row, empty.column, empty.numbers) == (1, 1, ())
    x, y, width, height = empty.box
    assert x < 460 < x + width
    assert y < 270 < y + height


def test_lines_of_text_are_no_table():
    rng = np.random.default_rng(1)
    numbers = []
    for line in range(8):
        x = 20
        while x < 900:
            width = int(rng.integers(1, 7)) * 28
            numbers.append(Number("1" * (width // 28), (0,), (x, line * 60, width, 40), line, 1.0))
            x += width + 35
    assert find_tables(numbers) == ()


def test_a_column_or_a_few_numbers_are_no_table():
    assert find_tables(laid([["1"], ["2"], ["3"], ["4"], ["5"], ["6"]])) == ()
    assert find_tables(laid([["1", "2", "3"], ["4", "5", "6"]])) == ()
    assert find_tables([]) == ()


def test_two_tables_below_each_other_are_two():
    below = laid(GRID[:3], at=(300, 900))
    numbers = laid(GRID)
    numbers += [Number(n.text, n.digits, n.box, n.line + 4, n.probability) for n in below]
    assert [table.rows for table in find_tables(numbers)] == [GRID, GRID[:3]]


def test_one_wide_number_does_not_join_two_columns():
    grid = [["12", "34"] for _ in range(12)]
    numbers = laid(grid)
    x, y, width, height = numbers[0].box
    numbers[0] = Number("12345", (0,), (x, y, width + 90, height), 0, 0.9)
    (table,) = find_tables(numbers)
    assert table.columns == 2


texts = st.text("0123456789", min_size=1, max_size=3)


@settings(max_examples=40)
@given(st.data(), st.integers(3, 7), st.integers(2, 5), st.floats(-5, 5))
def test_a_full_table_is_read_whatever_stands_in_it(data, rows, columns, degrees):
    row = st.lists(texts, min_size=columns, max_size=columns)
    grid = data.draw(st.lists(row, min_size=rows, max_size=rows))
    (table,) = find_tables(laid(grid, degrees))
    assert table.rows == grid
    cells = [(cell.row, cell.column) for cell in table.cells]
    assert cells == [(n, m) for n in range(rows) for m in range(columns)]


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 900)] * 2, *[st.integers(1, 90)] * 2), max_size=40))
def test_any_numbers_give_tables_in_which_each_stands_at_most_once(boxes):
    numbers = [Number("1", (n,), box, n % 5, 0.5) for n, box in enumerate(boxes)]
    inside = [i for table in find_tables(numbers) for cell in table.cells for i in cell.numbers]
    assert len(inside) == len(set(inside))
