"""Ink is told from paper by a threshold, whichever of both is the lighter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.ink import find_ink, otsu, sauvola

THRESHOLDS = ("auto", "otsu", "sauvola", 0, 130, 255)


def written(paper: np.ndarray, strength: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """Write a cross of strokes three pixels wide onto paper."""
    is_ink = np.zeros(paper.shape, bool)
    is_ink[30:90, 58:61] = is_ink[58:61, 30:90] = True
    return np.where(is_ink, paper * (1 - strength), paper).astype(np.uint8), is_ink


@pytest.mark.parametrize("threshold", ["auto", "otsu", "sauvola", 130])
def test_the_rarer_side_is_ink(threshold):
    grey, is_ink = written(np.full((120, 120), 200.0))
    for picture, is_light in ((grey, False), (255 - grey, True)):
        ink = find_ink(picture, threshold)
        np.testing.assert_array_equal(ink.mask > 0, is_ink)
        assert ink.is_light_on_dark is is_light
        assert 0 < ink.threshold < 255


@pytest.mark.parametrize("threshold", ["auto", "sauvola"])
def test_in_uneven_light_ink_is_told_from_paper(threshold):
    light = np.linspace(70, 240, 120)[None, :] * np.ones((120, 1))
    grey, is_ink = written(light)
    assert (find_ink(grey, threshold).mask > 0)[is_ink].mean() > 0.9
    assert not (find_ink(grey, threshold).mask > 0)[~is_ink].any()
    assert (find_ink(255 - grey, threshold).mask > 0)[is_ink].mean() > 0.9
    assert (find_ink(grey, "otsu").mask > 0)[~is_ink].mean() > 0.2


def test_the_grain_of_bare_paper_is_no_ink():
    noise = np.random.default_rng(0).normal(0, 3, (120, 120))
    for paper in (40, 200):
        grey = (paper + noise).astype(np.uint8)
        assert not find_ink(grey).mask.any()


def test_a_threshold_that_is_given_counts_as_it_is():
    grey, is_ink = written(np.full((120, 120), 200.0))
    grey[~is_ink] = np.random.default_rng(0).integers(150, 210, (~is_ink).sum())
    for threshold in (39, 40, 149, 170):
        ink = find_ink(grey, threshold)
        np.testing.assert_array_equal(ink.mask > 0, grey <= threshold)
        assert ink.threshold == threshold


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("threshold", ["auto", "sauvola", 130])
def test_on_an_even_picture_there_is_no_ink(grey, threshold):
    assert not find_ink(np.full((30, 40), grey, np.uint8), threshold).mask.any()


def test_otsu_splits_two_levels():
    grey = np.array([10] * 30 + [200] * 70, np.uint8)
    assert 10 <= otsu(grey) < 200


def test_sauvola_is_below_an_even_page():
    assert (sauvola(np.full((9, 9), 200, np.uint8)) < 200).all()


@pytest.mark.parametrize("threshold", THRESHOLDS)
@given(grey=arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@settings(max_examples=15, deadline=None)
def test_any_picture_goes_through(threshold, grey):
    ink = find_ink(grey, threshold)
    assert (ink.mask.shape, ink.mask.dtype) == (grey.shape, np.uint8)
    assert set(np.unique(ink.mask)) <= {0, 255}
    assert 0 <= ink.threshold <= 255
