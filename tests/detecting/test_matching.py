"""Digits found are right, wrong, or not judged; rates follow by hand."""

import numpy as np
import pytest

from mnister.detecting.matching import EDITS, judge, rates, tally
from mnister.detecting.peaks import Found
from mnister.pages.made import HANDWRITTEN, IGNORED, PRINTED
from tests.detecting.pages import page_of

THRESHOLDS = np.array([0.3, 0.75])


def found_of(boxes, classes, scores, printed=0.0):
    probabilities = np.zeros((len(boxes), 10), np.float32)
    probabilities[np.arange(len(boxes)), classes] = scores
    printed = np.broadcast_to(np.float32(printed), len(boxes))
    return Found(np.array(boxes, np.float32).reshape(-1, 4), probabilities, printed)


ONE, TWO, FAR = (10, 10, 12, 20), (40, 10, 12, 20), (90, 60, 12, 20)
PAGE = page_of([ONE, TWO], [1, 2])


def test_what_is_found_with_its_class_is_right():
    counts, right = judge(found_of([ONE, TWO, FAR], [1, 7, 3], [0.9, 0.8, 0.7]), PAGE)
    assert counts.tolist() == [True, True, True]
    assert right.tolist() == [True, False, False]


def test_each_digit_is_found_once():
    counts, right = judge(found_of([ONE, (11, 11, 12, 20)], [1, 1], [0.9, 0.8]), PAGE)
    assert counts.tolist() == [True, True]
    assert right.tolist() == [True, False]


def test_a_digit_far_from_where_it_is_is_not_found():
    _, right = judge(found_of([(17, 10, 12, 20)], [1], [0.9]), PAGE)
    assert right.tolist() == [False]


def test_what_is_ignored_or_taken_for_printed_does_not_count():
    page = page_of([ONE, TWO, FAR], [1, 2, 3], [IGNORED, PRINTED, HANDWRITTEN])
    boxes = [ONE, (14, 12, 2, 2), TWO, TWO, FAR]
    found = found_of(boxes, [5, 5, 2, 2, 3], 0.9, np.array([0, 0, 0.9, 0.1, 0]))
    counts, right = judge(found, page)
    assert counts.tolist() == [False, False, False, True, True]
    assert right.tolist() == [False, False, False, False, True]


def test_nothing_on_a_page_or_nothing_found():
    nothing = found_of([], [], [])
    assert tally(nothing, page_of([], []), THRESHOLDS).tolist() == [[1, 0, 0, 0, 1, 0]] * 2
    assert tally(nothing, PAGE, THRESHOLDS).tolist() == [[1, 2, 0, 0, 0, 2]] * 2
    (counts, right) = judge(found_of([ONE], [1], [0.9]), page_of([], []))
    assert (counts.tolist(), right.tolist()) == ([True], [False])


def test_a_tally_counts_at_every_threshold():
    found = found_of([ONE, TWO, FAR], [1, 2, 3], [0.9, 0.8, 0.7])
    assert tally(found, PAGE, THRESHOLDS).tolist() == [[1, 2, 3, 2, 0, 1], [1, 2, 2, 2, 1, 0]]


def test_one_digit_taken_for_another_is_one_edit_and_one_too_many_another():
    taken_for_another = found_of([ONE, TWO], [1, 7], [0.9, 0.9])
    one_too_many = found_of([ONE, TWO, FAR], [1, 2, 3], [0.9, 0.9, 0.9])
    both = found_of([ONE, TWO, FAR], [1, 7, 3], [0.9, 0.9, 0.9])
    edits = [
        tally(found, PAGE, THRESHOLDS)[0, EDITS]
        for found in (taken_for_another, one_too_many, both)
    ]
    assert edits == [1, 1, 2]


def test_rates_by_hand():
    assert rates(np.array([4, 10, 8, 6, 1, 5])) == {
        "precision": pytest.approx(0.75),
        "recall": pytest.approx(0.6),
        "f1": pytest.approx(12 / 18),
        "digits": 0.5,
        "pages_exact": 0.25,
    }
    assert rates(np.zeros(6))["f1"] == 0
