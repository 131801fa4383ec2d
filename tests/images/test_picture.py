"""A picture of one digit becomes what a network learns from, in whatever kind of file it lies."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mnister.data.image_folder import load_image_folder
from mnister.images.picture import read_digit
from tests.images.variants import STORED

DIGIT = np.full((90, 70), 255, np.uint8)
cv2.putText(DIGIT, "2", (12, 72), cv2.FONT_HERSHEY_SIMPLEX, 2.4, 0, 7, cv2.LINE_AA)


def transparent(ink):
    """Return the digit in ink of this colour on nothing, RGBA."""
    return np.dstack([np.full((*DIGIT.shape, 3), ink, np.uint8), 255 - DIGIT])


@pytest.fixture
def expected(tmp_path):
    Image.fromarray(DIGIT).save(tmp_path / "expected.png")
    return read_digit(tmp_path / "expected.png")


@pytest.mark.parametrize("orientation", STORED)
def test_a_turned_tiff_is_trained_on_upright(tmp_path, expected, orientation):
    for label in "ab":
        (tmp_path / "mine" / label).mkdir(parents=True)
        for number in range(3):
            path = tmp_path / "mine" / label / f"{number}.tif"
            Image.fromarray(STORED[orientation](DIGIT)).save(path, tiffinfo={274: orientation})
    data = load_image_folder(tmp_path / "mine", read_digit)
    for part in (data.train, data.validation, data.test):
        for image in part.images:
            np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("ink", [(255, 255, 255), (250, 240, 90), (0, 0, 0), (20, 40, 160)])
def test_ink_on_transparency_is_read_whatever_its_colour(tmp_path, expected, ink, suffix):
    path = tmp_path / f"digit.{suffix}"
    options = {"lossless": True, "exact": True} if suffix == "webp" else {}
    Image.fromarray(transparent(ink)).save(path, **options)
    difference = np.abs(read_digit(path).astype(int) - expected)
    assert difference.mean() < 15  # how broad its strokes come out depends on the colour


def test_grey_ink_with_a_grey_level_that_is_transparent_is_read(tmp_path, expected):
    path = tmp_path / "digit.png"
    Image.fromarray(255 - DIGIT).save(path, transparency=0)
    assert np.abs(read_digit(path).astype(int) - expected).mean() < 15
