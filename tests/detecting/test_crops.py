"""A crop shows a digit in its middle, in one size, wherever and however large it stands."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnister.detecting.crops import (
    AROUND,
    CROP_NAMES,
    NOTHING,
    PRINTED,
    SIDE,
    CropCutter,
    cut_crops,
)

SEED = np.random.default_rng(0).integers(0, 256, (24, 24), dtype=np.uint8)


def smooth(side):
    """Return a picture without detail finer than a few pixels, at any size the same."""
    return cv2.resize(SEED[:6, :6], (side, side), interpolation=cv2.INTER_CUBIC)


def test_the_names_are_those_of_digits_printed_digits_and_nothing():
    assert len(CROP_NAMES) == 21
    assert CROP_NAMES[3], CROP_NAMES[PRINTED.start + 3] == ("3", "printed 3")
    assert CROP_NAMES[NOTHING] == "nothing"


@given(
    st.tuples(st.integers(-30, 200), st.integers(-30, 200)),
    st.tuples(st.integers(1, 180), st.integers(1, 180)),
)
def test_any_box_gives_a_crop_of_one_size(corner, size):
    grey = np.full((150, 170), 77, np.uint8)
    crops = cut_crops(grey, np.array([[*corner, *size]]))
    assert (crops.shape, crops.dtype) == ((1, SIDE, SIDE), np.uint8)
    assert (crops == 77).all()  # beyond the picture its edge is repeated


def test_no_box_gives_no_crop():
    assert cut_crops(smooth(60), np.zeros((0, 4))).shape == (0, SIDE, SIDE)


@pytest.mark.parametrize("side", [10, 30, 90, 250])
def test_what_is_in_the_middle_of_a_box_is_in_the_middle_of_the_crop(side):
    grey = np.zeros((400, 400), np.uint8)
    left, top = 60, 110
    grey[top : top + side, left : left + side] = 255
    (crop,) = cut_crops(grey, np.array([[left, top, side, side]]))
    rows, columns = np.nonzero(crop > 127)
    assert np.allclose([rows.mean(), columns.mean()], (SIDE - 1) / 2, atol=0.5)
    assert abs(np.ptp(rows) + 1 - SIDE / AROUND) <= 1.5


@given(st.integers(2, 8))
def test_a_picture_twice_as_large_gives_the_same_crop(times):
    small, large = smooth(96), smooth(96 * times)
    box = np.array([30.0, 25.0, 22.0, 34.0])
    differences = cut_crops(small, box[None]).astype(int) - cut_crops(large, times * box[None])
    assert np.abs(differences).mean() < 4


def test_a_change_moves_what_is_seen():
    grey = np.zeros((100, 100), np.uint8)
    grey[45:55, 45:55] = 255
    box, cutter = np.array([40.0, 40.0, 20.0, 20.0]), CropCutter(grey)
    plain = cutter.cut(box)
    assert np.array_equal(plain, cutter.cut(box, np.eye(2, 3)))
    moved = cutter.cut(box, np.array([[1, 0, 0.25], [0, 1, 0]]))
    assert np.array_equal(moved[:, : SIDE * 3 // 4], plain[:, SIDE // 4 :])
