"""A picture of one digit is read as that, however small, or refused."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.errors import UserError
from mnister.images.files import LEAST_SIDE
from mnister.reading.reader import Reader
from tests.reading.pages import DIGITS, page


def test_single_digits(classifier):
    reader = Reader(classifier, mode="single_digit")
    for value in range(10):
        grey = page([str(value)], height=60, margin=20)
        assert reader.read(grey).lines == (str(value),)


def test_a_single_digit_in_a_picture_of_8_pixels(classifier):
    one = page(["1"], height=6, margin=1)
    assert one.shape == (14, 10)
    assert Reader(classifier, mode="single_digit").read(one[:8, :8]).lines == ("1",)


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
def test_a_single_digit_beside_a_broad_faint_band(classifier, value):
    grey = page([str(value)], height=60, margin=20)
    banded = np.pad(grey, ((0, 0), (0, 40)), mode="edge")
    banded[:, -22:-4] = 0.87 * banded[:, -22:-4]
    assert Reader(classifier, mode="single_digit").read(banded).lines == (str(value),)


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_that_the_lines_of_its_paper_touch(classifier, value):
    grey = page([str(value)], height=60, margin=20).astype(float)
    for lines in (grey[::23], grey[1::23], grey[:, ::27], grey[:, 1::27]):
        lines *= 0.7
    read = Reader(classifier, mode="single_digit").read(grey.astype(np.uint8))
    assert read.lines == (str(value),)


class Sticks:
    """A network that knows only 1s: whatever is slender."""

    def predict(self, images):
        """Return the probabilities of eleven classes: float32 (N, 11)."""
        widths = (images[..., 0] > 127).any(axis=1).sum(axis=1)
        probabilities = np.where(widths < 10, 0.99, 0.2)
        table = np.zeros((len(images), 11), np.float32)
        table[:, 1], table[:, 10] = probabilities, 1 - probabilities
        return table


@pytest.mark.parametrize(("height", "is_read"), [(9, False), (40, True)])
def test_a_dark_grain_among_stains_is_no_single_digit(height, is_read):
    paper = np.full((500, 700), 235, np.uint8)
    for x in range(80, 700, 140):
        cv2.circle(paper, (x, 380), 50, 205, -1)
    paper[100 : 100 + height, 300 : 300 + height // 3] = 90
    reader = Reader(Sticks(), mode="single_digit")
    if is_read:
        assert reader.read(paper).lines == ("1",)
    else:
        with pytest.raises(UserError, match="No digit found"):
            reader.read(paper)
