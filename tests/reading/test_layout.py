import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.reading import layout
from mnister.reading.layout import order_in_lines


def grid(rows: int, columns: int, slope: float = 0.0, size: int = 40) -> np.ndarray:
    return np.array(
        [
            (60 * c, 100 * r + slope * 60 * c, size * 0.6, size)
            for r in range(rows)
            for c in range(columns)
        ]
    )


@given(
    st.integers(1, 4),
    st.integers(1, 8),
    st.floats(-0.2, 0.2),
    st.integers(0, 1000),
    st.floats(0.5, 3),
)
@settings(max_examples=60, deadline=None)
def test_rising_and_falling_lines_in_any_order_and_size(rows, columns, slope, seed, scale):
    boxes = grid(rows, columns, slope) * scale
    order = np.random.default_rng(seed).permutation(len(boxes))
    lines = order_in_lines(boxes[order])
    read = [[int(order[i]) for i in line] for line in lines]
    assert read == [list(range(r * columns, (r + 1) * columns)) for r in range(rows)]


def test_bottom_to_top():
    assert order_in_lines(grid(3, 2), "bottom_to_top") == [[4, 5], [2, 3], [0, 1]]


def test_a_column_is_one_digit_a_line():
    boxes = [(0, 50 * i, 25, 40) for i in range(5)]
    assert order_in_lines(np.array(boxes)) == [[0], [1], [2], [3], [4]]


def test_wide_gaps_and_mixed_sizes_stay_in_line():
    boxes = np.array([(0, 0, 30, 60), (50, 20, 15, 30), (900, 5, 30, 50), (1500, 10, 20, 40)])
    assert order_in_lines(boxes) == [[0, 1, 2, 3]]


@pytest.mark.parametrize("boxes", [np.zeros((0, 4)), []])
def test_nothing_gives_no_lines(boxes):
    assert order_in_lines(boxes) == []


@given(st.integers(0, 10_000), st.integers(2, 60), st.floats(0, 1.2))
@settings(max_examples=60, deadline=None)
def test_lines_that_are_too_far_to_be_asked_for_would_not_have_fitted(seed, count, uneven):
    rng = np.random.default_rng(seed)
    heights = 20 * np.exp(rng.normal(0, uneven, count))
    boxes = np.c_[rng.uniform(0, 600, count), rng.uniform(0, 400, count), heights * 0.6, heights]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_FAR", np.inf)
        every = order_in_lines(boxes)
    assert order_in_lines(boxes) == every
