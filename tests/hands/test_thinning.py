import numpy as np
import pytest

from mnister.data.idx_sets import load_mnist
from mnister.hands.thinning import SIDE, lines_of, thin, to_pixels


@pytest.fixture(name="images", scope="module")
def _images():
    return load_mnist("data/mnist").validation.images[:40]


def thin_plainly(image):
    """Thin as the paper says, pixel by pixel."""
    import cv2

    ink = np.pad(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) > 110, 1)
    around = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
    while True:
        before = ink.copy()
        for groups in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            gone = []
            for y, x in np.argwhere(ink):
                ring = [ink[y + down, x + right] for down, right in around]
                rises = sum(not a and b for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
                is_open = all(not all(ring[i] for i in group) for group in groups)
                if 2 <= sum(ring) <= 6 and rises == 1 and is_open:
                    gone.append((y, x))
            for place in gone:
                ink[place] = False
        if (ink == before).all():
            return ink[1:-1, 1:-1]


def test_thinning_rows_at_once_is_thinning_pixel_by_pixel(images):
    pixels = to_pixels(thin(images[:12]))
    for image, thinned in zip(images, pixels, strict=False):
        np.testing.assert_array_equal(thinned, thin_plainly(image))


def test_a_digit_thins_the_same_in_any_company(images):
    np.testing.assert_array_equal(thin(images)[7], thin(images[7:8])[0])


def test_nothing_thins_to_nothing():
    assert not thin(np.zeros((2, 28, 28), np.uint8)).any()
    assert thin(np.zeros((0, 28, 28), np.uint8)).shape == (0, SIDE)


def draw_pixels(*places):
    pixels = np.zeros((1, 12, 12), np.uint8)
    for y, x in places:
        pixels[0, y, x] = 1
    return pixels


def test_dots_lie_along_the_line_and_between_its_pixels():
    (line,) = lines_of(draw_pixels(*((5, x) for x in range(2, 9))))
    assert line.loops == 0
    assert line.dots.shape == (2, 13)
    np.testing.assert_array_equal(line.dots[1], 20)
    np.testing.assert_array_equal(np.sort(line.dots[0]), np.arange(8, 33, 2))


def test_a_staircase_becomes_smooth():
    stairs = [(y, x) for x in range(1, 10) for y in (x // 2 + 2,)]
    (line,) = lines_of(draw_pixels(*stairs))
    x, y = line.dots / 4
    off = np.abs(y - np.polyval(np.polyfit(x, y, 1), x))
    assert off.max() < 0.4


@pytest.mark.parametrize(
    ("places", "loops"),
    [
        ([(y, x) for y in range(2, 7) for x in range(2, 7) if y in (2, 6) or x in (2, 6)], 1),
        ([(3, 3), (3, 4), (4, 3), (4, 4)], 0),  # a knot of four pixels is no loop
        ([(3, 3)], 0),
    ],
)
def test_loops_are_counted(places, loops):
    assert lines_of(draw_pixels(*places))[0].loops == loops


def test_each_digit_has_its_own_dots(images):
    lines = lines_of(to_pixels(thin(images)))
    assert len(lines) == len(images)
    alone = lines_of(to_pixels(thin(images[9:10])))[0]
    np.testing.assert_array_equal(np.sort(lines[9].dots), np.sort(alone.dots))
    assert lines[9].loops == alone.loops
