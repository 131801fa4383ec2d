"""Composed pages: the truth given with a page is what stands on it, and a seed decides it all."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.pages.page import add_grain, compose_page, shade
from mnister.pages.sheet import draw_sheet
from mnister.pages.strokes import draw_stroke
from mnister.pages.style import INKS, PAPERS, SHEETS, PageStyle

BAR = np.zeros((28, 28), dtype=np.uint8)
BAR[4:24, 12:16] = 255
CLEAN = PageStyle(shading=0, blur=0, grain=0, size_variation=0, rotation=0)


def compose(style=CLEAN, seed=0, line_lengths=(3, 2), shape=(300, 300)):
    count = sum(line_lengths)
    generator = np.random.default_rng(seed)
    labels = [index % 10 for index in range(count)]
    return compose_page(np.stack([BAR] * count), labels, line_lengths, shape, style, generator)


def test_the_ink_lies_in_the_boxes_and_nowhere_else():
    image, lines, boxes = compose()
    assert lines == ["012", "34"]
    is_ink = (image != SHEETS["white"]).any(axis=2)
    for x, y, width, height in boxes:
        assert is_ink[y : y + height, x : x + width].mean() > 0.9  # a bar fills its box
        is_ink[y : y + height, x : x + width] = False
    assert not is_ink.any()


def test_a_stroke_is_as_tall_as_the_style_says():
    stroke = draw_stroke(BAR, replace(CLEAN, digit_height=60), np.random.default_rng(0))
    assert abs(stroke.shape[0] - 60) <= 2
    assert abs(stroke.shape[1] - 12) <= 2


def test_a_faint_hairline_stays_whole():
    hairline = np.zeros((28, 28), dtype=np.uint8)
    hairline[4:24, 14] = np.linspace(255, 80, 20)
    stroke = draw_stroke(hairline, CLEAN, np.random.default_rng(0))
    assert cv2.connectedComponents((stroke >= 128).astype(np.uint8))[0] == 2
    assert stroke.shape[0] > 36


def test_a_digit_without_ink_is_a_dot():
    stroke = draw_stroke(np.zeros((28, 28), np.uint8), CLEAN, np.random.default_rng(0))
    assert stroke.shape == (1, 1)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(PAPERS),
    sheet=st.sampled_from(list(SHEETS)),
    ink=st.sampled_from(list(INKS)),
    rotation=st.floats(0, 10),
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
)
def test_digits_stay_apart_on_the_page_in_reading_order(seed, kind, sheet, ink, rotation, lengths):
    style = PageStyle(kind, sheet, ink, rotation=rotation)
    image, lines, boxes = compose(style, seed, lengths, shape=(320, 420))
    assert image.shape == (320, 420, 3)
    assert image.dtype == np.uint8
    assert [len(line) for line in lines] == lengths
    taken = np.zeros((320, 420), dtype=int)
    for x, y, width, height in boxes:
        assert x >= 0
        assert y >= 0
        taken[y : y + height, x : x + width] += 1
    assert taken.max() == 1
    line_of = np.repeat(np.arange(len(lengths)), lengths)
    for line in range(len(lengths)):
        assert (np.diff(boxes[line_of == line, 0]) > 0).all()
    np.testing.assert_array_equal(image, compose(style, seed, lengths, shape=(320, 420)).image)


def test_a_negative_gap_lets_digits_touch():
    _, _, boxes = compose(replace(CLEAN, gap=-0.1, gap_variation=0))
    assert boxes[1, 0] < boxes[0, 0] + boxes[0, 2]


def test_rules_are_thin_and_pale_and_carry_the_baselines():
    sheet = draw_sheet((200, 100), replace(CLEAN, paper="ruled"), baseline=60)
    is_rule = (sheet != SHEETS["white"]).any(axis=(1, 2))
    assert np.flatnonzero(is_rule).tolist() == [61, 137]
    assert (np.abs(sheet.astype(int) - SHEETS["white"]) <= 45).all()
    squared = draw_sheet((200, 100), replace(CLEAN, paper="squared"), baseline=60)
    assert (squared != SHEETS["white"]).any(axis=(0, 2)).any()


def test_shading_is_the_strength_asked_for():
    page = np.full((50, 80, 3), 200, dtype=np.uint8)
    shaded = shade(page, 0.25, np.random.default_rng(3))
    assert (shaded.max(), shaded.min()) == (200, 150)
    np.testing.assert_array_equal(shade(page, 0, np.random.default_rng(3)), page)


def test_grain_has_the_deviation_asked_for():
    page = np.full((200, 200, 3), 128, dtype=np.uint8)
    grain = add_grain(page, 3.0, np.random.default_rng(3)).astype(int) - 128
    assert abs(grain.std() - 3.0) < 0.1
    assert abs(grain.mean()) < 0.1


def test_digits_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit on the page"):
        compose(shape=(60, 300))
    with pytest.raises(ValueError, match="Received: 2, 2 and 3"):
        compose_page(np.stack([BAR] * 2), [1, 1], [3], (99, 99), CLEAN, np.random.default_rng(0))


def test_paper_that_is_not_on_the_menu_is_refused():
    with pytest.raises(ValueError, match=r"plain, ruled, squared\. Received: 'lined'"):
        PageStyle("lined")
