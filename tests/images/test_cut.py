import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnister.images.components import Piece
from mnister.images.cut import cut, cut_paths

MASKS = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 40), st.integers(1, 60)),
    elements=st.sampled_from([0, 255]),
)


def draw(parts: list[Piece], shape: tuple[int, int]) -> np.ndarray:
    """Count how many parts have ink at each pixel."""
    counts = np.zeros(shape, int)
    for part in parts:
        part.cut_from(counts)[:] += part.mask > 0
    return counts


def test_touching_digits_are_cut_where_only_a_thin_stroke_joins_them():
    mask = np.zeros((40, 90), np.uint8)
    mask[:, 5:35] = mask[:, 55:85] = 255
    mask[20:23, 35:55] = 255
    assert any(((path >= 35) & (path < 55)).all() for path in cut_paths(mask, 40, 3))
    parts = cut(Piece(100, 10, mask), 40, 3, 0.75)
    np.testing.assert_array_equal(draw(parts, (60, 200))[10:50, 100:190], mask > 0)
    assert [part.area for part in parts if part.area > 600] == [pytest.approx(1200, abs=60)] * 2


@pytest.mark.parametrize("slant", [-0.5, 0.0, 0.5])
def test_slanted_strokes_that_touch_are_parted_along_their_gap(slant):
    """Upright cuts would go through both."""
    mask = np.zeros((60, 80), np.uint8)
    lefts = [round(15 + slant * (row - 30)) + (15 if slant < 0 else 0) for row in range(60)]
    for row, left in enumerate(lefts):
        mask[row, left : left + 8] = mask[row, left + 20 : left + 28] = 255
    mask[28:32, lefts[30] : lefts[30] + 28] = 255  # where they touch
    parts = cut(Piece(0, 0, mask), 60, 8, 0.4)
    whole = [part for part in parts if part.height == 60]
    assert len(whole) == 2
    assert all(part.area == pytest.approx(8 * 60, abs=50) for part in whole)


@given(MASKS, st.floats(5, 60), st.floats(1, 6))
@settings(max_examples=100, deadline=None)
def test_cutting_loses_and_doubles_nothing(mask, height, stroke):
    parts, page = cut(Piece(7, 3, mask), height, stroke, 0.5), np.zeros((50, 70), bool)
    page[3 : 3 + mask.shape[0], 7 : 7 + mask.shape[1]] = mask > 0
    np.testing.assert_array_equal(draw(parts, page.shape), page)
    assert all(part.mask.any() for part in parts) or not mask.any()


@given(MASKS, st.floats(5, 60), st.floats(1, 6))
@settings(max_examples=100, deadline=None)
def test_no_cut_crosses_another_or_leaves_the_piece(mask, height, stroke):
    paths = cut_paths(mask, height, stroke)
    assert paths.shape[1] == len(mask)
    assert ((paths >= 0) & (paths < mask.shape[1])).all()
    assert (np.diff(paths, axis=0) >= 0).all()
    assert (np.abs(np.diff(paths, axis=1)) <= 1).all()


def test_a_narrow_piece_stays_whole():
    piece = Piece(3, 5, np.full((40, 20), 255, np.uint8), 7)
    assert cut(piece, 40, 3, 0.75) == [piece]


def test_a_blot_has_no_strokes_to_cut():
    blot = Piece(0, 0, cv2.circle(np.zeros((40, 40), np.uint8), (20, 20), 19, 255, -1))
    assert cut(blot, 40, 14, 0.75) == [blot]
    assert len(cut(blot, 40, 12, 0.75)) > 1
