import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.binarize import (
    WHITE_PAPER,
    divide_out,
    estimate_paper,
    halfway_to_ink,
    is_light_on_dark,
    local_noise,
    otsu,
    paper_level,
    sauvola,
)

greys = arrays(np.uint8, st.tuples(st.integers(8, 60), st.integers(8, 60)))


def written(paper: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Write a cross of strokes three pixels wide onto paper."""
    ink = np.zeros(paper.shape, bool)
    ink[30:90, 58:61] = ink[58:61, 30:90] = True
    return np.where(ink, paper * (1 - strength), paper).astype(np.uint8), ink


def test_polarity():
    paper = np.full((120, 120), 200.0)
    dark, _ = written(paper, 0.7)
    assert not is_light_on_dark(dark)
    assert is_light_on_dark(255 - dark)


def test_light_is_divided_out():
    light = np.linspace(90, 240, 120)[None, :] * np.ones((120, 1))
    grey, ink = written(light, 0.5)
    even = divide_out(grey, estimate_paper(grey, 12.0))
    assert np.abs(even[~ink].astype(int) - WHITE_PAPER).max() < 40
    mask = even <= halfway_to_ink(even, 60)[0]
    assert (mask == ink).mean() > 0.98


def test_paper_that_gets_darker_towards_an_edge_is_no_ink():
    light = np.linspace(80, 240, 120)[None, :] * np.ones((120, 1))
    even = divide_out(light.astype(np.uint8), estimate_paper(light.astype(np.uint8), 15.0))
    assert np.abs(even.astype(int) - WHITE_PAPER).max() < 12


def test_of_two_kinds_of_marks_only_the_darker_is_ink_where_asked_for():
    noise = np.random.default_rng(0).normal(0, 1, (120, 120))
    paper = 220 + noise
    paper[::20] -= 40  # printed rules
    grey, ink = written(paper, 0.7)
    rules = np.zeros_like(ink)
    rules[::20] = ~ink[::20]
    both, dark = (halfway_to_ink(grey, 30, is_dark_only=dark)[0] >= grey for dark in (False, True))
    assert both[rules].mean() > 0.7  # beside the ink they are too pale already
    assert not dark[rules].any()
    assert dark[ink].mean() > 0.95


def test_halfway_finds_faint_ink_beside_none():
    noise = np.random.default_rng(0).normal(0, 2, (120, 120))
    grey, ink = written(200 + noise, 0.2)
    mask = grey <= halfway_to_ink(grey, 60)[0]
    assert (mask == ink).mean() > 0.99
    blank = np.clip(200 + noise, 0, 255).astype(np.uint8)
    assert not (blank <= halfway_to_ink(blank, 60)[0]).any()


def test_otsu_splits_two_levels():
    grey = np.array([10] * 30 + [200] * 70, np.uint8)
    assert 10 <= otsu(grey) < 200


def test_sauvola_is_below_an_even_page():
    assert (sauvola(np.full((9, 9), 200, np.uint8), 5) < 200).all()


@given(greys)
@settings(max_examples=30, deadline=None)
def test_any_picture_goes_through(grey):
    paper = estimate_paper(grey, max(grey.shape) / 8)
    assert paper.shape == grey.shape
    even = divide_out(grey, paper)
    assert even.dtype == np.uint8
    assert 0 <= paper_level(even) <= 255
    assert (local_noise(even) >= 0).all()
    assert np.isfinite(halfway_to_ink(even, 9)[0]).all()
