import dataclasses

import cv2
import numpy as np
import pytest

from mnister.data.datasets import Digits
from mnister.data.idx_sets import load_mnist
from mnister.hands.fonts import HANDWRITING
from mnister.hands.forms import FORM_COUNTS
from mnister.hands.hand import PENS, draw_hand, write_digit
from mnister.hands.page_digits import PageDigits, load_page_digits


@pytest.fixture(name="digits", scope="module")
def _digits():
    return load_page_digits(unseen=True)


def hands(count, **changes):
    drawn = [draw_hand(np.random.default_rng(seed)) for seed in range(count)]
    return [dataclasses.replace(hand, **changes) for hand in drawn]


def box_of_ink(coverage):
    solid = coverage >= min(128, coverage.max() // 2)
    rows, columns = np.nonzero(solid)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("height", [12, 20, 33, 50, 70])
def test_boxes_are_tight_on_the_ink(digits, height):
    off = []
    for seed, hand in enumerate(hands(40)):
        ink = write_digit(np.random.default_rng(seed), seed % 10, height, hand, digits)
        x, y, width, tall = ink.box
        off.append(np.abs(np.subtract((x, y, x + width, y + tall), box_of_ink(ink.coverage))))
    assert np.mean(off) < 0.5
    assert np.max(off) <= 1.5


def test_a_digit_is_about_as_high_as_asked(digits):
    for height in (14, 40, 66):
        tall = [
            write_digit(np.random.default_rng(seed), 8, height, hand, digits).box[3]
            for seed, hand in enumerate(hands(30, slant=0.0, turn=0.0))
        ]
        assert 0.9 * height < np.median(tall) < 1.25 * height


def test_the_outline_and_its_reach_span_the_box(digits):
    for seed, hand in enumerate(hands(20)):
        ink = write_digit(np.random.default_rng(seed), seed % 10, 30, hand, digits)
        low, high = ink.outline.min(axis=1) - ink.reach, ink.outline.max(axis=1) + ink.reach
        np.testing.assert_allclose(low, ink.box[:2], atol=0.05)
        np.testing.assert_allclose(high, np.add(ink.box[:2], ink.box[2:]), atol=0.05)


def as_mnist(coverage):
    """Bring a digit into MNIST's form: 20 pixels long, its middle of mass in the middle."""
    x, y, right, bottom = box_of_ink(coverage)
    cut = coverage[y:bottom, x:right]
    scale = 20 / max(cut.shape)
    cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((28, 28), np.float32)
    top, left = (28 - cut.shape[0]) // 2, (28 - cut.shape[1]) // 2
    canvas[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    rows, columns = np.indices(canvas.shape)
    mass = canvas.sum()
    shift = (13.5 - (columns * canvas).sum() / mass, 13.5 - (rows * canvas).sum() / mass)
    return cv2.warpAffine(canvas, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), (28, 28))


@pytest.mark.parametrize(("forms", "least"), [("MNIST", 0.9), ("own", 0.6), ("font", 0.7)])
def test_digits_look_like_what_they_are(digits, forms, least):
    known = load_mnist("data/mnist").train[:8000]
    train = cv2.GaussianBlur(known.images.reshape(-1, 28).astype(np.float32), (3, 1), 0.8)
    train = train.reshape(len(known), -1)
    train /= np.linalg.norm(train, axis=1, keepdims=True)
    right = []
    plain = {"slant": 0.0, "turn": 0.0, "breadth": 1.0, "belly": 0.0, "taper": 0.0}
    for seed, hand in enumerate(hands(300, width=0.11, keeps_stroke=False, **plain)):
        rng, digit = np.random.default_rng(seed), seed % 10
        own = tuple(int(rng.integers(n)) for n in FORM_COUNTS)
        font = HANDWRITING[seed % len(HANDWRITING)] if forms == "font" else None
        hand = dataclasses.replace(hand, font=font, forms=own if forms == "own" else (-1,) * 10)
        image = as_mnist(write_digit(rng, digit, 60, hand, digits).coverage).ravel()
        nearest = np.argsort(-(train @ (image / np.linalg.norm(image))))[:5]
        right.append(np.bincount(known.labels[nearest]).argmax() == digit)
    assert np.mean(right) > least


def test_hands_and_digits_are_functions_of_the_generator(digits):
    first, second = (draw_hand(np.random.default_rng(3)) for _ in range(2))
    assert first == second
    inks = [write_digit(np.random.default_rng(4), 5, 31.0, first, digits) for _ in range(2)]
    np.testing.assert_array_equal(inks[0].coverage, inks[1].coverage)


def test_every_pen_is_drawn_about_as_often_as_it_says():
    drawn = [draw_hand(np.random.default_rng(seed)).pen for seed in range(1500)]
    for name, pen in PENS.items():
        share = sum(other == pen for other in drawn) / len(drawn)
        assert abs(share - pen.share) < 0.04, name


def test_lines_are_as_wide_as_the_pen(digits):
    for width in (0.03, 0.08, 0.2):
        hand = dataclasses.replace(
            hands(1)[0], width=width, pressure=0.0, keeps_stroke=False, forms=(-1,) * 10
        )
        ink = write_digit(np.random.default_rng(0), 1, 60, hand, digits)
        away = cv2.distanceTransform((ink.coverage > 127).astype(np.uint8), cv2.DIST_L2, 5)
        assert abs(2 * away.max() - max(1, width * 60)) < 2


def test_validation_has_digits_of_its_own():
    mnist = load_mnist("data/mnist")
    seen, unseen = load_page_digits(), load_page_digits(unseen=True)
    np.testing.assert_array_equal(seen.images, mnist.train.images)
    np.testing.assert_array_equal(unseen.images, mnist.validation.images)
    assert (len(seen.images), len(unseen.images)) == (55_000, 5_000)
    assert load_page_digits(False) is seen


def test_a_class_without_digits_is_refused():
    with pytest.raises(ValueError, match="ten digits"):
        PageDigits(Digits(np.zeros((3, 28, 28), np.uint8), np.array([0, 1, 2])))
