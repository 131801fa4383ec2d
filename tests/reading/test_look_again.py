"""A digit is cut out by its box; what two networks say of it is put together."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnister.detecting.peaks import Found
from mnister.images.normalize import normalize_digit
from mnister.reading.look_again import combine, cut_digit
from tests.reading.pages import DIGITS, digit

PAPER = 220


def written(value, height=48, margin=20):
    """Return a digit on paper, its ink, and its box."""
    ink = digit(value, 1, height)
    grey = np.full((height + 2 * margin, ink.shape[1] + 2 * margin), PAPER, np.uint8)
    part = grey[margin : margin + height, margin : margin + ink.shape[1]]
    part[:] = PAPER - ink.astype(int) * 170 // 255
    return grey, ink, np.array([margin, margin, ink.shape[1], height], np.float32)


@pytest.mark.parametrize("value", range(10))
def test_a_digit_alone_is_cut_out_as_it_is_normalised(value):
    grey, ink, box = written(value)
    expected = normalize_digit(cv2.threshold(ink, 127, 255, cv2.THRESH_BINARY)[1])
    cut, is_whole = cut_digit(grey, box)
    assert is_whole
    likeness = np.corrcoef(cut.ravel(), expected.ravel())[0, 1]
    assert likeness > 0.85
    np.testing.assert_array_equal(cut_digit(255 - grey, box)[0], cut)


def test_what_is_beside_a_digit_is_left_out():
    grey, _, box = written(3)
    beside = grey.copy()
    beside[:, :6] = 40
    beside[2:9, -9:-2] = 40
    one, other = (cut_digit(each, box)[0].ravel() for each in (beside, grey))
    likeness = np.corrcoef(one, other)[0, 1]
    assert likeness > 0.98


@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))),
    st.tuples(*[st.floats(-30, 60, width=32)] * 2, *[st.floats(0.5, 60, width=32)] * 2),
)
def test_any_box_gives_a_picture(grey, box):
    cut, is_whole = cut_digit(grey, np.array(box))
    assert is_whole in (True, False)
    assert (cut.shape, cut.dtype) == ((28, 28), np.uint8)


def test_bare_paper_is_black():
    cut, is_whole = cut_digit(np.full((40, 40), PAPER, np.uint8), np.array([5, 5, 20, 30]))
    assert not cut.any()
    assert not is_whole


def test_a_digit_whose_ink_goes_on_is_not_whole():
    grey, _, box = written(7)
    grey[40:44] = 50
    assert not cut_digit(grey, box)[1]


def found(*rows):
    table = np.array(rows, np.float32).reshape(-1, 10)
    return Found(np.zeros((len(table), 4), np.float32), table, np.zeros(len(table), np.float32))


WHOLE = np.ones(1, bool)
UNSURE = [0.05, 0.5, 0.05, 0.05, 0.05, 0.05, 0.05, 0.45, 0.05, 0.05]


def test_of_two_likely_digits_the_digit_network_chooses():
    says_seven = np.full((1, 10), 0.01, np.float32)
    says_seven[0, 7] = 0.91
    alone, both = (combine(found(UNSURE), seen, WHOLE, DIGITS)[0] for seen in (None, says_seven))
    assert (alone.argmax(), both.argmax()) == (1, 7)
    assert alone.sum() == pytest.approx(0.5)
    assert both.sum() == pytest.approx(0.5)


def test_classes_may_come_in_any_order():
    backwards = DIGITS[::-1]
    says_seven = np.full((1, 10), 0.01, np.float32)
    says_seven[0, backwards.index("7")] = 0.91
    both = combine(found(UNSURE), says_seven, WHOLE, tuple(backwards))[0]
    assert backwards[both.argmax()] == "7"


def test_of_what_is_no_digit_the_digit_network_alone_says_what_it_is():
    seen = np.array([[0.2, 0.6]], np.float32)
    both = combine(found(UNSURE), seen, WHOLE, ("circle", "square"))
    assert both[0] == pytest.approx([0.125, 0.375])


def test_nothing_found_is_nothing():
    empty = found()
    for seen in (None, np.zeros((0, 10), np.float32)):
        assert combine(empty, seen, WHOLE[:0], DIGITS).shape == (0, 10)
