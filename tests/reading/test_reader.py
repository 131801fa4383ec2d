"""What the page network makes of a page, alone and with the digit network."""

import cv2
import numpy as np
import pytest

from mnister.errors import UserError
from mnister.reading.reader import Reader
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import DIGITS, LINES, misread, page, printed_form


def test_neither_polarity_nor_a_threshold_is_needed(detector, clean):
    read = Reader(None, detector=detector).read(clean)
    assert read.polarity is read.threshold is None


class Counting(NearestClassifier):
    """A network that counts how often it is asked."""

    calls = 0

    def predict(self, images):
        """Return the probabilities of the classes: float32 (N, classes)."""
        self.calls += 1
        return super().predict(images)


def test_the_digit_network_warms_up_once_for_both_ways_of_reading(detector):
    counting = Counting(2000)
    reader = Reader(counting, detector=detector)
    assert counting.calls == 1
    assert reader.first_batch_ms > 0


def test_a_class_for_no_digit_is_no_answer(detector, clean):
    eleven = Reader(NearestClassifier(with_none=True), detector=detector)
    assert eleven.class_names == tuple(DIGITS)
    assert list(eleven.read(clean).lines) == LINES


def test_the_page_network_reads_alone(detector, clean):
    read = Reader(None, detector=detector).read(clean)
    assert list(read.lines) == LINES
    assert read.digits[0].image.shape == (28, 28)


def test_with_neither_network_nothing_is_read(detector):
    for options in ({}, {"detector": detector, "threshold": "otsu"}):
        with pytest.raises(UserError, match="no network to read with"):
            Reader(None, **options)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_page_on_its_side_or_head_is_turned(classifier, detector, reader, rotation):
    lines = ["23457", "34725", "47235"]  # which are no digits on their head
    upright = page(lines)
    lying = np.ascontiguousarray(np.rot90(upright, -rotation // 90))
    read = reader.read(lying)
    assert (read.rotation, list(read.lines)) == (rotation, lines)
    assert (read.width, read.height) == upright.shape[::-1]
    as_asked = Reader(classifier, detector=detector, rotation=rotation).read(lying)
    assert [digit.box for digit in as_asked.digits] == [digit.box for digit in read.digits]


def test_digits_that_touch_come_apart(reader):
    assert list(reader.read(page(["2968"], pitch=0.72)).lines) == ["2968"]


def test_printed_digits_are_read_on_request(classifier, detector, reader):
    form = printed_form()
    read = reader.read(form)
    told = Reader(classifier, detector=detector, read_printed=True).read(form)
    printed = [rejected for rejected in read.rejected if rejected.reason == "printed"]
    assert len(printed) >= 6
    assert len(told.digits) == len(read.digits) + len(printed)


def test_shade_changes_nothing(reader, clean):
    light = (
        np.linspace(0.45, 1, clean.shape[1])[None, :]
        * np.linspace(1, 0.7, clean.shape[0])[:, None]
    )
    assert list(reader.read((clean * light).astype(np.uint8)).lines) == LINES


def test_a_narrow_shadow_across_a_page_changes_nothing(reader, clean):
    light = np.ones(clean.shape)
    height, width = clean.shape
    corners = np.array([[0, 0], [width // 8, 0], [width, height // 2]])
    cv2.fillConvexPoly(light, corners.astype(np.int32), 0.5)
    light = cv2.GaussianBlur(light, (0, 0), 4)
    assert misread(reader.read((clean * light).astype(np.uint8))) <= 1


def test_a_dark_shadow_across_a_wide_page_changes_nothing(reader, clean):
    wide = np.pad(clean, ((60, 60), (300, 300)), mode="edge")
    height, width = wide.shape
    corners = [[0, 0.95], [0.35, 0.5], [1, 0.45], [0.5, 0.8]]
    light = np.ones(wide.shape)
    cv2.fillConvexPoly(light, (np.array(corners) * (width, height)).astype(np.int32), 0.45)
    light = cv2.GaussianBlur(light, (0, 0), 10)
    assert list(reader.read((wide * light).astype(np.uint8)).lines) == LINES


def test_rules_of_another_color_change_nothing(reader, clean):
    rows, columns = np.indices(clean.shape)
    on_grid = (rows % 24 < 3) | (columns % 24 < 3)
    blank = clean[..., None] / clean.max()  # 1 on paper
    light = blank + (1 - blank) * (0.25, 0.4, 0.85)
    light[on_grid] *= (0.9, 0.3, 0.25)
    assert misread(reader.read((225 * light).astype(np.uint8))) <= 1


@pytest.fixture(scope="module", name="single")
def _single(classifier, detector):
    return Reader(classifier, detector=detector, mode="single_digit")


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_that_the_lines_of_its_paper_touch(single, value):
    grey = page([str(value)], height=60, margin=20).astype(float)
    for lines in (grey[::23], grey[1::23], grey[:, ::27], grey[:, 1::27]):
        lines *= 0.7
    read = single.read(grey.astype(np.uint8))
    assert read.lines == (str(value),)
