"""Digits are moved, turned and sized as far as asked, each for itself."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.tasks.augmentation import (
    DIGITS_AT_ONCE,
    _elastic_moves,
    affine,
    handwriting,
)

NOTHING = {"rotation": 0.0, "shift": 0.0, "scale": 0.0, "shear": 0.0}
MOST = {"rotation": 180.0, "shift": 14.0, "scale": 0.9, "shear": 60.0}

pictures = arrays(np.uint8, st.tuples(st.integers(0, 5), st.integers(2, 30), st.integers(2, 30)))
amounts = st.fixed_dictionaries({name: st.floats(0, most) for name, most in MOST.items()})


def generator(seed=0):
    return np.random.default_rng(seed)


def make_disk():
    disk = np.zeros((28, 28), np.uint8)
    cv2.circle(disk, (13, 13), 6, 255, -1)
    return disk


def centre_of(image):
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    weights = image / image.sum()
    return (rows * weights).sum(), (columns * weights).sum()


@given(images=pictures, seed=st.integers(0, 2**32))
def test_zero_amounts_change_nothing(images, seed):
    assert np.array_equal(affine(images, generator(seed), **NOTHING), images)


@given(images=pictures, limits=amounts, seed=st.integers(0, 2**32))
def test_shape_and_type_stay_and_nothing_is_brighter_than_it_was(images, limits, seed):
    before = images.copy()
    changed = affine(images, generator(seed), **limits)
    assert (changed.shape, changed.dtype) == (images.shape, np.uint8)
    assert changed.max(initial=0) <= images.max(initial=0)
    assert np.array_equal(images, before)


@given(limits=amounts, seed=st.integers(0, 2**32))
def test_nothing_leaks_from_the_digit_next_door(limits, seed):
    images = np.zeros((9, 28, 28), np.uint8)
    images[::2] = 255
    changed = affine(images, generator(seed), **limits)
    assert not changed[1::2].any()


@given(limits=amounts, seed=st.integers(0, 2**32))
def test_the_same_generator_gives_the_same_digits(limits, seed):
    images = generator(1).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    first, again = (affine(images, generator(seed), **limits) for _ in range(2))
    assert np.array_equal(first, again)


@settings(max_examples=30)
@given(shift=st.floats(0, 5), seed=st.integers(0, 2**32))
def test_a_shift_moves_no_farther_than_asked(shift, seed):
    images = np.repeat(make_disk()[None], 20, axis=0)
    moved = affine(images, generator(seed), **NOTHING | {"shift": shift})
    offsets = np.array([centre_of(image) for image in moved]) - 13
    assert np.abs(offsets).max() <= shift + 0.1
    assert moved.mean(axis=(1, 2)) == pytest.approx(images.mean(axis=(1, 2)), rel=0.02)


def test_a_shift_goes_as_far_as_asked_in_all_directions():
    images = np.repeat(make_disk()[None], 400, axis=0)
    offsets = np.array(
        [centre_of(image) for image in affine(images, generator(), **NOTHING | {"shift": 4.0})]
    ) - 13  # fmt: skip
    assert offsets.min(axis=0) == pytest.approx([-4, -4], abs=0.3)
    assert offsets.max(axis=0) == pytest.approx([4, 4], abs=0.3)
    assert abs(offsets.mean(axis=0)).max() < 0.5


def test_scaling_keeps_the_centre_and_changes_the_size_within_its_limit():
    images = np.repeat(make_disk()[None], 200, axis=0)
    sized = affine(images, generator(), **NOTHING | {"scale": 0.3})
    heights = (sized.max(axis=2) > 127).sum(axis=1)
    widths = (sized.max(axis=1) > 127).sum(axis=1)
    for edges in (heights, widths):
        assert 13 * 0.7 - 1.1 <= edges.min() < 11
        assert 15 < edges.max() <= 13 * 1.3 + 1.1
    assert not np.array_equal(heights, widths)


def angle_of(image):
    """Return the direction of a bar, degrees counter-clockwise from the x axis."""
    rows, columns = np.nonzero(image > 127)
    x, y = columns - columns.mean(), -(rows - rows.mean())
    return np.degrees(0.5 * np.arctan2(2 * (x * y).sum(), (x * x - y * y).sum()))


def test_a_turn_goes_as_far_as_asked_both_ways():
    bar = np.zeros((28, 28), np.uint8)
    bar[12:16, 3:25] = 255
    images = np.repeat(bar[None], 200, axis=0)
    angles = [
        angle_of(image) for image in affine(images, generator(), **NOTHING | {"rotation": 30.0})
    ]
    assert min(angles) == pytest.approx(-30, abs=2)
    assert max(angles) == pytest.approx(30, abs=2)


def test_a_slant_keeps_rows_in_place():
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 12:16] = 255
    images = np.repeat(bar[None], 100, axis=0)
    slanted = affine(images, generator(), **NOTHING | {"shear": 20.0})
    assert np.array_equal((slanted > 127).any(axis=2), (images > 127).any(axis=2))
    tops = np.array([np.flatnonzero(image[5] > 127).mean() for image in slanted]) - 13.5
    assert np.abs(tops).max() == pytest.approx(np.tan(np.radians(20)) * 8.5, abs=0.8)
    assert tops.min() < -1.5 < 1.5 < tops.max()


def test_more_digits_than_one_call_takes_are_changed_as_few_are():
    images = generator(5).integers(0, 256, (DIGITS_AT_ONCE + 3, 6, 6), dtype=np.uint8)
    assert np.array_equal(affine(images, generator(), **NOTHING), images)
    moved = affine(images, generator(), **NOTHING | {"shift": 1.0})
    assert moved[-3:].any()
    assert not np.array_equal(moved[-3:], images[-3:])


SAME_HAND = {"elastic": 0.0, "stroke": 0.0}


@given(images=pictures, limits=amounts, seed=st.integers(0, 2**32))
def test_handwriting_without_waves_and_strokes_is_affine(images, limits, seed):
    plain = affine(images, generator(seed), **limits)
    assert np.array_equal(handwriting(images, generator(seed), **limits, **SAME_HAND), plain)


@given(limits=amounts, elastic=st.floats(0, 3), stroke=st.floats(0, 1), seed=st.integers(0, 99))
def test_handwriting_leaks_nothing_from_the_digit_next_door(limits, elastic, stroke, seed):
    images = np.zeros((9, 28, 28), np.uint8)
    images[::2] = 255
    changed = handwriting(images, generator(seed), **limits, elastic=elastic, stroke=stroke)
    assert not changed[1::2].any()


def test_strokes_get_thicker_and_thinner_up_to_the_limit():
    images = np.repeat(make_disk()[None], 300, axis=0)
    radii = [
        np.sqrt(image.sum() / 255 / np.pi)
        for image in handwriting(images, generator(), **NOTHING, elastic=0.0, stroke=0.5)
    ]
    before = np.sqrt(make_disk().sum() / 255 / np.pi)
    assert min(radii) == pytest.approx(before - 0.5, abs=0.15)
    assert max(radii) == pytest.approx(before + 0.5, abs=0.15)


def test_elastic_displaces_by_its_standard_deviation_and_smoothly():
    shape, wanted = (400, 28, 28), 0.7
    moves = _elastic_moves(shape, generator(), wanted).reshape(2, *shape)
    knots = moves[:, :, 3::7, 3::7]
    assert knots.std() == pytest.approx(wanted, rel=0.1)
    assert np.abs(np.diff(moves, axis=-1)).mean() < 0.2 * wanted
