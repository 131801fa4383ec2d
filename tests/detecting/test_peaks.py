"""Peaks of an answer become digits, one a digit."""

import numpy as np
import pytest

from mnister.detecting import heads
from mnister.detecting.peaks import (
    Found,
    find_digits,
    find_peaks,
    overlaps,
    suppress,
    with_printed_of_neighbours,
)
from tests.detecting.pages import ideal_answer, page_of


def test_a_peak_is_higher_than_all_around_it():
    logits = np.full((5, 5), -9.0, np.float32)
    logits[1, 1], logits[1, 2], logits[4, 4] = 3.0, 2.0, 1.0
    assert np.argwhere(find_peaks(logits, 0.5)).tolist() == [[1, 1], [4, 4]]
    assert np.argwhere(find_peaks(logits, 0.8)).tolist() == [[1, 1]]


def test_nothing_is_found_where_nothing_is_likely():
    found = find_digits(np.full((6, 8, heads.CHANNELS), -9.0, np.float32), 0.1)
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == found.classes.shape == (0,)


def test_the_likeliest_come_first():
    answer = ideal_answer(page_of([(10, 10, 16, 20), (60, 10, 16, 20)], [4, 6]))
    answer[..., 4] -= 5
    found = find_digits(answer, 0.2)
    assert found.classes.tolist() == [6, 4]
    assert found.scores[0] > found.scores[1]


def test_a_digit_found_twice_is_one_and_touching_digits_are_two():
    boxes = np.array([(0, 0, 20, 30), (3, 2, 20, 30), (16, 0, 20, 30), (5, 5, 8, 8)], float)
    assert suppress(boxes).tolist() == [0, 2]
    assert suppress(boxes[:0]).tolist() == []


def test_an_overlap_is_a_part_of_the_smaller_box():
    others = np.array([(0, 0, 10, 10), (5, 0, 10, 10), (2, 2, 4, 4), (30, 0, 5, 5)], float)
    assert overlaps(others[0], others) == pytest.approx([1.0, 0.5, 1.0, 0.0])


def test_choosing_keeps_what_belongs_together():
    found = Found(np.eye(4, dtype=np.float32), np.eye(4, 10), np.arange(4.0))
    chosen = found[np.array([2, 0])]
    assert chosen.classes.tolist() == [2, 0]
    assert chosen.printed.tolist() == [2, 0]
    assert chosen.boxes.argmax(axis=1).tolist() == [2, 0]


def test_two_peaks_of_one_digit_are_one_digit():
    answer = ideal_answer(page_of([(40, 20, 24, 40)], [8]))
    answer[13, 13, 6] = 3  # two squares below its centre, another class, hardly moved
    answer[13, 13, heads.MOVES.start : heads.SIZES.stop] = 0, -2, 0, np.log(40 / heads.UNIT)
    assert find_digits(answer, 0.5).classes.tolist() == [8]
    answer[13, 13, heads.MOVES.start : heads.SIZES.stop] = 0, 4, 0, -1
    assert find_digits(answer, 0.5).classes.tolist() == [8, 6]


def test_a_narrow_digit_found_twice_side_by_side_is_one_and_two_that_stand_apart_are_two():
    one, again, beside = (50, 20, 8, 48), (54, 21, 8, 47), (68, 20, 8, 48)
    assert suppress(np.array([one, again, beside])).tolist() == [0, 2]


def test_a_stroke_among_written_digits_is_written_and_one_that_stands_alone_stays_printed():
    boxes = [
        (10, 20, 20, 30),
        (40, 20, 6, 30),
        (60, 20, 20, 30),
        (200, 20, 6, 30),
        (40, 90, 6, 30),
    ]
    printed = np.array([0.1, 0.9, 0.0, 0.9, 0.8], np.float32)
    found = Found(np.array(boxes, np.float32), np.full((5, 10), 0.9, np.float32), printed)
    judged = with_printed_of_neighbours(found).printed
    np.testing.assert_allclose(judged, [0.1, 1 / 3, 0.0, 0.9, 0.8], atol=1e-6)
    nothing = found[:0]
    assert len(with_printed_of_neighbours(nothing)) == 0
