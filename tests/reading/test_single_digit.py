"""A picture of one digit is read as that, however small, or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.errors import UserError
from mnister.images.files import LEAST_SIDE
from tests.reading.pages import DIGITS, page


@pytest.fixture(scope="module", name="reader")
def _reader(mode_readers):
    return mode_readers["single_digit"]


def test_single_digits(reader):
    for value in range(10):
        grey = page([str(value)], height=60, margin=20)
        assert reader.read(grey).lines == (str(value),)


def test_a_single_digit_in_a_picture_of_8_pixels(reader):
    one = page(["1"], height=6, margin=1)
    assert one.shape == (14, 10)
    assert reader.read(one[:8, :8]).lines == ("1",)


@given(st.integers(LEAST_SIDE, 24), st.integers(LEAST_SIDE, 24), st.integers(0, 2**16))
@settings(max_examples=60, deadline=None)
def test_pictures_of_a_few_pixels_are_read_or_refused(mode_readers, height, width, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    read = mode_readers["multi_digit"].read(noise)
    assert (read.width, read.height) == (width, height)
    try:
        said = mode_readers["single_digit"].read(noise).text
    except UserError as error:
        said = str(error)
    assert said in list(DIGITS) or "No digit found" in said


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_beside_a_broad_faint_band(reader, value):
    grey = page([str(value)], height=60, margin=20)
    banded = np.pad(grey, ((0, 0), (0, 40)), mode="edge")
    banded[:, -22:-4] = 0.87 * banded[:, -22:-4]
    assert reader.read(banded).lines == (str(value),)


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_that_the_lines_of_its_paper_touch(reader, value):
    grey = page([str(value)], height=60, margin=20).astype(float)
    for lines in (grey[::23], grey[1::23], grey[:, ::27], grey[:, 1::27]):
        lines *= 0.7
    read = reader.read(grey.astype(np.uint8))
    assert read.lines == (str(value),)
