"""Digits become numbers by the gaps between them, whatever their size and place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnister.arranging import gaps
from mnister.arranging.gaps import end_probabilities
from mnister.arranging.numbers import around, find_numbers, spaced_lines


def line_of(*texts, gap=0.15, apart=0.9, height=40, x=30, y=20, wide=0.6):
    """Return the boxes of numbers in a line, gaps in heights of a digit."""
    boxes = []
    for text in texts:
        for _ in text:
            boxes.append((round(x), y, round(wide * height), height))
            x += (wide + gap) * height
        x += (apart - gap) * height
    return boxes


def numbers_of(boxes, names, lines=None, sure=0.99):
    return find_numbers(boxes, lines or [0] * len(boxes), names, [sure] * len(boxes))


@pytest.mark.parametrize("texts", [("7", "8", "10"), ("12", "345"), ("2026", "11", "30"), ("5",)])
@pytest.mark.parametrize("gap", [-0.05, 0.1, 0.3])
def test_numbers_are_told_by_their_gaps(texts, gap):
    found = numbers_of(line_of(*texts, gap=gap, apart=gap + 0.9), "".join(texts))
    assert tuple(number.text for number in found) == texts


def test_a_writer_who_writes_wide_leaves_as_wide_gaps_within_numbers():
    texts = ("314", "1592", "65")
    for gap, apart in ((0.1, 0.75), (0.5, 1.6)):
        found = numbers_of(line_of(*texts, gap=gap, apart=apart), "".join(texts))
        assert tuple(number.text for number in found) == texts


def test_a_line_of_evenly_spaced_digits_is_one_number_or_each_is_one():
    assert len(numbers_of(line_of("31415926", gap=0.2), "31415926")) == 1
    assert len(numbers_of(line_of("31415926", gap=1.4), "31415926")) == 8


def test_a_number_knows_its_digits_its_box_and_its_line():
    boxes = [*line_of("12", "3"), *line_of("45", y=100)]
    first, second, third = find_numbers(boxes, [0, 0, 0, 1, 1], "12?45", [1, 1, 0.5, 1, 0.9])
    assert (first.text, first.digits, first.line) == ("12", (0, 1), 0)
    assert first.box == (30, 20, boxes[1][0] + 24 - 30, 40)
    assert (second.text, second.digits) == ("?", (2,))
    assert (third.digits, third.line) == ((3, 4), 1)
    assert second.probability < 0.5 * first.probability / 0.9
    assert spaced_lines((first, second, third), 3) == ("12 ?", "45", "")


def test_names_of_several_characters_are_separated():
    (number,) = find_numbers(line_of("12"), [0, 0], ["zero", "01"], [1, 1], " ")
    assert number.text == "zero 01"


def test_no_digits_are_no_numbers():
    assert find_numbers([], [], [], []) == ()
    assert end_probabilities(np.zeros((0, 4)), np.zeros(0)).tolist() == []


def test_every_value_of_a_grid_is_met_now_and_then():
    grids = (gaps.WITHIN, gaps.WITHIN_SPREADS, gaps.BETWEEN, gaps.BETWEEN_SPREADS, gaps.SHARES)
    for grid, prior in zip(grids, gaps.PRIORS, strict=True):
        assert len(grid) == len(prior)
        assert min(prior) > 0
        assert sum(prior) == pytest.approx(1, abs=0.02)


def test_of_a_long_page_some_gaps_tell_for_all():
    texts = ["314", "15", "9", "2653"] * 60
    lines = [n for n, text in enumerate(texts) for _ in text]
    boxes = [box for n in range(0, len(texts), 4) for box in line_of(*texts[n : n + 4], y=60 * n)]
    found = numbers_of(boxes, "".join(texts), [line // 4 for line in lines])
    assert [number.text for number in found] == texts


digits = st.tuples(st.integers(0, 90), st.integers(1, 60), st.integers(1, 60), st.integers(0, 3))


@st.composite
def pages(draw):
    """Draw any boxes, line by line, those of a line from left to right."""
    rows = sorted(draw(st.lists(digits, max_size=25)), key=lambda row: row[3])
    boxes, x = [], {}
    for gap, width, height, line in rows:
        at = x.get(line, 0) + gap - 10
        x[line] = at + width
        boxes.append((at, 70 * line, width, height))
    return boxes, [row[3] for row in rows]


@given(pages())
def test_every_digit_is_in_one_number_of_its_line(page):
    boxes, lines = page
    found = find_numbers(boxes, lines, ["7"] * len(boxes), [0.9] * len(boxes))
    assert [i for number in found for i in number.digits] == list(range(len(boxes)))
    for number in found:
        assert {lines[i] for i in number.digits} == {number.line}
        assert number.box == around([boxes[i] for i in number.digits])
        assert 0 <= number.probability <= 0.9 ** len(number.digits) + 1e-9


@given(pages(), st.integers(2, 9), st.integers(-500, 500))
def test_neither_size_nor_place_of_a_page_matters(page, scale, shift):
    boxes, lines = page
    one = end_probabilities(np.array(boxes, float), np.array(lines, int))
    moved = [(scale * x + shift, scale * y - shift, scale * w, scale * h) for x, y, w, h in boxes]
    np.testing.assert_allclose(one, end_probabilities(np.array(moved), np.array(lines)), atol=1e-9)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.2]), min_size=2, max_size=9), st.data())
def test_a_gap_much_wider_than_the_others_parts_two_numbers(space, data):
    at = data.draw(st.integers(0, len(space) - 1))
    x = np.cumsum([0, *(0.6 + s + (1.2 if n == at else 0) for n, s in enumerate(space))])
    boxes = [(left, 0, 0.6, 1) for left in x]
    first, _ = numbers_of(boxes, "7" * len(boxes))
    assert len(first.digits) == at + 1
