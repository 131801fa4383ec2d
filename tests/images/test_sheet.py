import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.sheet import only_sheet


def photo(light=1.0):
    """Return a sheet with a stroke on it on a darker table, and where the sheet is."""
    grey = np.full((300, 400), 90, np.uint8)
    sheet = np.zeros(grey.shape, bool)
    sheet[60:250, 80:330] = True
    grey[sheet] = 220
    grey[100:200, 150:156] = 40
    return (grey * light).astype(np.uint8), sheet


def test_the_table_becomes_paper_and_the_writing_stays():
    light = np.linspace(0.7, 1, 400)[None, :]
    grey, sheet = photo(light)
    alone = only_sheet(grey)
    inner = np.zeros_like(sheet)
    inner[75:235, 95:315] = True
    np.testing.assert_array_equal(alone[inner], grey[inner])
    assert (alone[~sheet] >= 0.65 * 220).all()


def test_without_a_table_no_sheet_stands_out():
    grey, sheet = photo()
    grey[~sheet] = 220
    assert only_sheet(grey) is None


def test_a_dark_sheet_on_a_bright_table_is_none():
    assert only_sheet(255 - photo()[0]) is None


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@settings(max_examples=40, deadline=None)
def test_any_picture_goes_through(grey):
    alone = only_sheet(grey)
    assert alone is None or (alone.shape, alone.dtype) == (grey.shape, np.uint8)
