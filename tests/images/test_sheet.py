import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.sheet import only_sheet


def photo(light=1.0, table=(90, 90, 90)):
    """Return a sheet with a stroke on it on a darker table, and where the sheet is."""
    pixels = np.full((300, 400, 3), table, np.uint8)
    sheet = np.zeros(pixels.shape[:2], bool)
    sheet[60:250, 80:330] = True
    pixels[sheet] = 220
    pixels[100:200, 150:156] = 40
    return (pixels * light).astype(np.uint8), sheet


def assert_alone(pixels, sheet, light):
    """Check that the sheet is as it was and what lies around it as bright as paper."""
    alone = only_sheet(pixels)
    inner = np.zeros_like(sheet)
    inner[75:235, 95:315] = True
    np.testing.assert_array_equal(alone[inner], cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[inner])
    assert (alone[~sheet] >= 0.93 * light.min() * 220).all()


def test_the_table_becomes_paper_and_the_writing_stays():
    light = np.linspace(0.7, 1, 400)[None, :, None]
    assert_alone(*photo(light), light)


@pytest.mark.parametrize("shade", [0.6, 0.8])
def test_a_shadow_across_sheet_and_table_does_not_part_the_sheet(shade):
    light = np.ones((300, 400, 1))
    light[150:] = shade
    assert_alone(*photo(light), light)


def test_in_its_shadow_paper_is_as_dark_as_the_table_but_not_as_colored():
    light = np.ones((300, 400, 1))
    light[:, 200:] = 0.6
    assert_alone(*photo(light, table=(200, 110, 60)), light)


def test_without_a_table_no_sheet_stands_out():
    pixels, sheet = photo()
    pixels[~sheet] = 220
    assert only_sheet(pixels) is None


def test_a_dark_sheet_on_a_bright_table_is_none():
    assert only_sheet(255 - photo()[0]) is None


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
@settings(max_examples=40, deadline=None)
def test_any_picture_goes_through(pixels):
    alone = only_sheet(pixels)
    assert alone is None or (alone.shape, alone.dtype) == (pixels.shape[:2], np.uint8)
