import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.normalize import (
    centre_by_mass,
    crop_to_ink,
    fit,
    full_strength,
    normalize_digit,
    stroke_width,
    thicken,
)

inks = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


def seven(height: int, stroke: int) -> np.ndarray:
    ink = np.zeros((height + 20, height + 20), np.uint8)
    cv2.line(ink, (10, 10), (10 + height // 2, 10), 255, stroke)
    cv2.line(ink, (10 + height // 2, 10), (10 + height // 4, 10 + height), 255, stroke)
    return ink


@given(inks)
@settings(max_examples=60, deadline=None)
def test_any_ink_fits_the_box_and_is_centred(ink):
    image = normalize_digit(ink)
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    if not ink.any():
        assert not image.any()
        return
    x, y, width, height = cv2.boundingRect(image)
    assert max(width, height) <= 20
    assert image.max() > 200
    moments = cv2.moments(image)
    centre = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    inside = min(x, y, 28 - x - width, 28 - y - height) > 0
    assert not inside or np.abs(centre - 13.5).max() <= 0.51


@given(inks, st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_a_margin_changes_nothing(ink, before, after):
    padded = np.pad(ink, ((before, after), (after, before)))
    np.testing.assert_array_equal(normalize_digit(padded), normalize_digit(ink))


def test_size_hardly_changes_what_the_network_sees():
    reference = normalize_digit(seven(80, 9)).ravel()
    for height, stroke in [(40, 5), (160, 18), (400, 45)]:
        other = normalize_digit(seven(height, stroke))
        shifted = [np.roll(other, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        assert max(np.corrcoef(image.ravel(), reference)[0, 1] for image in shifted) > 0.95


def test_giant_ink_looks_as_its_small_copy():
    usual = seven(300, 21)
    giant = cv2.resize(usual, None, fx=9, fy=9, interpolation=cv2.INTER_NEAREST)
    different = np.abs(normalize_digit(giant).astype(int) - normalize_digit(usual))
    assert different.mean() < 2


@pytest.mark.parametrize("turn", range(4))
def test_nothing_of_a_giant_hair_line_is_lost(turn):
    diagonal = np.eye(1400, dtype=np.uint8) * 255
    ends = normalize_digit(np.rot90(diagonal, turn).copy())
    assert np.count_nonzero(ends.max(axis=0)) == np.count_nonzero(ends.max(axis=1)) == 20
    upright = np.full((2000, 3), 255, np.uint8)
    assert np.count_nonzero(normalize_digit(upright).max(axis=1)) == 20


def test_a_hair_line_is_as_strong_as_a_pen():
    assert normalize_digit(seven(400, 5)).astype(int).sum() > 255 * 50


def test_aspect_is_kept():
    bar = np.full((30, 6), 255, np.uint8)
    _, _, width, height = cv2.boundingRect(normalize_digit(bar))
    assert (width, height) == (4, 20)


def test_small_steps():
    dot = np.zeros((5, 5), np.uint8)
    dot[1:3, 2:4] = 100
    assert crop_to_ink(dot).shape == (2, 2)
    assert crop_to_ink(np.zeros((5, 5), np.uint8)).size == 0
    assert fit(np.ones((5, 2), np.uint8), 20).shape == (20, 8)
    assert fit(np.ones((50, 1), np.uint8), 20).shape == (20, 1)
    assert full_strength(dot).max() == 255
    assert centre_by_mass(np.full((2, 2), 9, np.uint8), 6)[2:4, 2:4].all()


def test_stroke_width_of_bars():
    for width in (2, 4, 7, 12):
        ink = np.zeros((200, 40), np.uint8)
        ink[10:190, 10 : 10 + width] = 255
        assert abs(stroke_width(ink) - width) <= 1.2
    assert stroke_width(np.zeros((5, 5), np.uint8)) == 0


def test_thicken_leaves_thick_strokes_alone():
    thick = np.full((20, 10), 255, np.uint8)
    np.testing.assert_array_equal(thicken(thick, 0.1), thick)
