"""A picture of any size is read in sizes; the digits found lie where they are on it."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnister.detecting import heads, pyramid
from mnister.detecting.pyramid import find_on_picture, heat_map, resize_down, sizes
from mnister.detecting.upright import find_upright


class Blobs:
    """A page network that takes every dark square of 16 to 60 pixels for a 7."""

    def __init__(self):
        self.shapes = []

    def answer(self, images):
        self.shapes.append(images.shape)
        (image,) = images
        assert image.dtype == np.uint8
        assert not set(np.mod(image.shape, heads.MULTIPLE)) - {0}
        answer = np.full((*np.array(image.shape) // heads.STRIDE, heads.CHANNELS), -9, np.float32)
        _, _, stats, centres = cv2.connectedComponentsWithStats((image < 128).astype(np.uint8))
        for (*_, width, height, _), centre in zip(stats[1:], centres[1:], strict=True):
            if 16 <= max(width, height) < 60:
                self.write(answer, (centre + 0.5) / heads.STRIDE - 0.5, width, height)
        return answer[None]

    def write(self, answer, place, width, height):
        column, row = np.rint(place).astype(int)
        answer[row, column, 7] = 4
        answer[row, column, heads.MOVES] = place - (column, row)
        answer[row, column, heads.SIZES] = np.log(np.array([width, height]) / heads.UNIT)


def sheet(boxes, shape=(300, 420)):
    grey = np.full(shape, 255, np.uint8)
    for x, y, width, height in boxes:
        grey[y : y + height, x : x + width] = 0
    return grey


@given(st.integers(8, 5000), st.integers(8, 5000))
def test_sizes_halve_from_what_fits_to_the_least(height, width):
    found = sizes(height, width)
    assert found[0][0] * found[0][1] <= pyramid.MOST_PIXELS * 1.01
    assert max(found[-1]) < 2 * pyramid.LEAST_EDGE + 1 or len(found) == 1
    for (tall, wide), (less_tall, less_wide) in pairwise(found):
        assert (less_tall, less_wide) == pytest.approx((tall / 2, wide / 2), abs=1)
    if min(height, width) > 40:
        assert found[0][0] / found[0][1] == pytest.approx(height / width, rel=0.05)


def test_a_small_picture_is_enlarged_and_a_large_one_shrunk():
    assert sizes(45, 150)[0] == (90, 300)
    assert sizes(400, 500)[0] == (410, 512)
    assert sizes(800, 600)[0] == (800, 600)
    assert max(sizes(3000, 4000)[0]) < 1200
    shapes = [resized.shape for resized in resize_down(np.zeros((45, 150), np.uint8))]
    assert shapes == sizes(45, 150)


@pytest.mark.parametrize("edge", [18, 30, 60, 130])
def test_digits_of_any_size_are_found_where_they_are(edge):
    boxes = [(10, 20, edge, edge), (40 + edge, 25, edge // 2, edge), (60, 60 + edge, edge, edge)]
    found = find_on_picture(Blobs(), sheet(boxes, (400, 420)), 0.5)
    assert len(found) == 3
    assert set(found.classes) == {7}
    by_place = found.boxes[np.lexsort((found.boxes[:, 0], found.boxes[:, 1] > 50))]
    np.testing.assert_allclose(by_place, boxes, atol=0.07 * edge + 1)


@pytest.mark.parametrize("edge", [4, 200])
def test_what_no_size_brings_into_reach_is_not_found(edge):
    shape = (240, 900) if edge == 4 else (220, 230)
    assert len(find_on_picture(Blobs(), sheet([(8, 9, edge, edge)], shape), 0.5)) == (edge == 200)


def test_a_digit_at_the_edge_is_found_and_none_beyond_it():
    boxes = [(2, 2, 30, 30), (388, 268, 30, 30)]
    found = find_on_picture(Blobs(), sheet(boxes), 0.5)
    centres = found.boxes[:, :2] + found.boxes[:, 2:] / 2
    assert len(found) == 2
    assert ((centres > 0) & (centres < (420, 300))).all()


def test_the_heat_is_where_the_digits_are():
    digits, printed = heat_map(Blobs(), sheet([(100, 60, 30, 30)]))
    assert digits.shape == printed.shape == (300, 420)
    assert digits[70:80, 110:120].max() > 150
    assert digits[150:].max() < 5
    assert printed.max() < 5


class Upright(Blobs):
    """Sees digits only where the picture has a grey mark in its upper left corner."""

    def write(self, answer, place, width, height):
        super().write(answer, place, width, height)
        answer[..., 7] -= 0 if self.is_upright else 3.9

    def answer(self, images):
        corner = images[0, pyramid.MARGIN + 1, pyramid.MARGIN + 1]
        self.is_upright = corner < 255
        return super().answer(images)


@pytest.mark.parametrize("quarters", range(4))
def test_a_picture_is_read_the_way_up_that_it_reads_best(quarters):
    grey = sheet([(60, 60, 30, 40), (120, 60, 30, 40), (180, 60, 30, 40)])
    grey[:4, :4] = 200
    lying = np.ascontiguousarray(np.rot90(grey, -quarters))
    network = Upright()
    found, rotation = find_upright(network, lying, 0.5, 0.2)
    assert rotation == 90 * quarters
    assert len(found) == 3
    np.testing.assert_allclose(np.sort(found.boxes[:, 0]), [60, 120, 180], atol=3)
    tries = len(network.shapes) - len(sizes(*grey.shape))
    assert tries == (1 if quarters == 0 else 3 * len(sizes(*grey.shape)))


def test_a_picture_without_digits_is_read_once():
    network = Upright()
    found, rotation = find_upright(network, sheet([]), 0.5, 0.2)
    assert (len(found), rotation) == (0, 0)
    assert len(network.shapes) == len(sizes(300, 420))
