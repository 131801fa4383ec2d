"""Composed pages: the truth given with a page is what stands on it, and a seed decides it all."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.images import paper
from mnister.images.paper import PageStyle

SAMPLES = Path(__file__).parents[2] / "images"
BAR = np.zeros((28, 28), dtype=np.uint8)
BAR[4:24, 12:16] = 255
CLEAN = PageStyle(shading=0, blur=0, grain=0, size_variation=0, rotation=0)


@pytest.fixture(scope="module")
def samples():
    spec = importlib.util.spec_from_file_location("samples", SAMPLES / "compose_samples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compose(style=CLEAN, seed=0, line_lengths=(3, 2), shape=(300, 300)):
    count = sum(line_lengths)
    generator = np.random.default_rng(seed)
    labels = [index % 10 for index in range(count)]
    return paper.compose_page(
        np.stack([BAR] * count), labels, line_lengths, shape, style, generator
    )


def test_a_single_sample_is_recomposed_pixel_for_pixel(samples):
    for index in (1, 17):
        stored = cv2.imread(str(SAMPLES / "single" / f"own_{index}.png"))
        single = samples.compose_single(index)
        np.testing.assert_array_equal(single.image, stored)
        labels = (SAMPLES / "single" / "labels.txt").read_text().split()
        assert [labels[index]] == single.lines


def test_a_sample_page_is_recomposed_pixel_for_pixel(samples):
    page = samples.compose_multi(2)
    stored = cv2.imread(str(SAMPLES / "multi" / "page_3.png"))
    np.testing.assert_array_equal(page.image, stored)
    labels = (SAMPLES / "multi" / "labels.txt").read_text().splitlines()
    assert labels[2] == "page_3.png: " + " ".join(page.lines)


def test_each_sample_has_a_label_and_all_stay_small():
    singles = list((SAMPLES / "single").glob("*.png"))
    pages = sorted(path.name for path in (SAMPLES / "multi").glob("*.png"))
    labels = (SAMPLES / "multi" / "labels.txt").read_text().splitlines()
    assert len((SAMPLES / "single" / "labels.txt").read_text().split()) == len(singles) == 20
    assert [line.split(":")[0] for line in labels] == pages
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*")) < 6e6


def test_the_ink_lies_in_the_boxes_and_nowhere_else():
    image, lines, boxes = compose()
    assert lines == ["012", "34"]
    is_ink = (image != paper.SHEETS["white"]).any(axis=2)
    for x, y, width, height in boxes:
        assert is_ink[y : y + height, x : x + width].mean() > 0.9  # a bar fills its box
        is_ink[y : y + height, x : x + width] = False
    assert not is_ink.any()


def test_a_stroke_is_as_tall_as_the_style_says():
    stroke = paper.draw_stroke(BAR, replace(CLEAN, digit_height=60), np.random.default_rng(0))
    assert abs(stroke.shape[0] - 60) <= 2
    assert abs(stroke.shape[1] - 12) <= 2


def test_a_faint_hairline_stays_whole():
    hairline = np.zeros((28, 28), dtype=np.uint8)
    hairline[4:24, 14] = np.linspace(255, 80, 20)
    stroke = paper.draw_stroke(hairline, CLEAN, np.random.default_rng(0))
    assert cv2.connectedComponents((stroke >= 128).astype(np.uint8))[0] == 2
    assert stroke.shape[0] > 36


def test_a_digit_without_ink_is_a_dot():
    stroke = paper.draw_stroke(np.zeros((28, 28), np.uint8), CLEAN, np.random.default_rng(0))
    assert stroke.shape == (1, 1)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(paper.PAPERS),
    sheet=st.sampled_from(list(paper.SHEETS)),
    ink=st.sampled_from(list(paper.INKS)),
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
    sheet = paper.draw_sheet((200, 100), replace(CLEAN, paper="ruled"), baseline=60)
    is_rule = (sheet != paper.SHEETS["white"]).any(axis=(1, 2))
    assert np.flatnonzero(is_rule).tolist() == [61, 137]
    assert (np.abs(sheet.astype(int) - paper.SHEETS["white"]) <= 45).all()
    squared = paper.draw_sheet((200, 100), replace(CLEAN, paper="squared"), baseline=60)
    assert (squared != paper.SHEETS["white"]).any(axis=(0, 2)).any()


def test_shading_is_the_strength_asked_for():
    page = np.full((50, 80, 3), 200, dtype=np.uint8)
    shaded = paper.shade(page, 0.25, np.random.default_rng(3))
    assert (shaded.max(), shaded.min()) == (200, 150)
    np.testing.assert_array_equal(paper.shade(page, 0, np.random.default_rng(3)), page)


def test_grain_has_the_deviation_asked_for():
    page = np.full((200, 200, 3), 128, dtype=np.uint8)
    grain = paper.add_grain(page, 3.0, np.random.default_rng(3)).astype(int) - 128
    assert abs(grain.std() - 3.0) < 0.1
    assert abs(grain.mean()) < 0.1


def test_digits_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit on the page"):
        compose(shape=(60, 300))
    with pytest.raises(ValueError, match="Received: 2, 2 and 3"):
        paper.compose_page(
            np.stack([BAR] * 2), [1, 1], [3], (99, 99), CLEAN, np.random.default_rng(0)
        )


def test_paper_that_is_not_on_the_menu_is_refused():
    with pytest.raises(ValueError, match=r"plain, ruled, squared\. Received: 'lined'"):
        PageStyle("lined")
