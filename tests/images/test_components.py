"""Pieces of ink: which are of a digit's size, and which belong together."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.components import belonging, find_pieces, usual_height


def ink_with(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Fill boxes with ink."""
    ink = np.zeros((300, 500), np.uint8)
    for x, y, width, height in boxes:
        ink[y : y + height, x : x + width] = 255
    return ink


DIGITS = [(20 + 50 * i, 40, 8 + 6 * (i % 3), 40) for i in range(8)]


def test_pieces_come_from_left_to_right():
    pieces, is_cut = find_pieces(ink_with(*DIGITS[::-1]))
    assert [piece.box for piece in pieces] == DIGITS
    assert [piece.area for piece in pieces] == [w * h for _, _, w, h in DIGITS]
    assert {piece.reason for piece in pieces} == {None}
    assert not is_cut


def test_specks_are_left_out():
    specks = [(5 + 9 * i, 200, 2, 2) for i in range(50)]
    assert [piece.box for piece in find_pieces(ink_with(*DIGITS, *specks))[0]] == DIGITS


def test_what_is_no_digit_by_its_size_says_so():
    line, dash = (10, 150, 400, 3), (20, 250, 30, 4)
    pieces, _ = find_pieces(ink_with(*DIGITS, line, dash))
    assert {piece.box: piece.reason for piece in pieces if piece.reason} == {
        line: "too low for this page",
        dash: "too low for this page",
    }
    shadow = (100, 120, 200, 170)
    pieces, _ = find_pieces(ink_with(*DIGITS, shadow))
    reasons = {piece.box: piece.reason for piece in pieces}
    assert reasons == dict.fromkeys(DIGITS) | {shadow: "too large for this page"}


def test_a_five_and_its_bar_are_one_digit():
    body, bar = [(20, 46, 4, 20), (20, 62, 24, 24)], (28, 42, 24, 5)
    (five,), _ = find_pieces(ink_with(*body, bar))
    assert five.box == (20, 42, 32, 44)
    assert five.area == 4 * 16 + 24 * 24 + 24 * 5
    apart = find_pieces(ink_with(*body, (28, 20, 24, 17)))[0]
    assert len(apart) == 2
    assert belonging(np.array([(20, 46, 24, 40), (28, 42, 24, 5), (90, 42, 9, 40)])) == [
        [0, 1],
        [2],
    ]


def test_digits_side_by_side_or_in_two_lines_are_not_joined():
    ink = np.zeros((120, 120), np.uint8)
    for x, y in ((10, 10), (38, 14), (12, 60)):
        cv2.putText(ink, "7", (x, y + 40), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 3)
    assert len(find_pieces(ink)[0]) == 3


def test_the_usual_height_is_that_of_digits_among_specks_and_beside_a_shadow():
    specks = [(0, 0, 2, 2)] * 100
    boxes = [(0, 0, 30, height) for height in (38, 40, 41, 40, 39, 40, 42, 40)]
    assert usual_height(np.array([*specks, *boxes, (0, 0, 90, 200)])) == 40
    assert usual_height(np.zeros((0, 4), int)) == 0


def test_of_too_many_the_largest_are_taken():
    pieces, is_cut = find_pieces(ink_with(*DIGITS), most=3)
    assert is_cut
    assert len(pieces) == 3
    assert {piece.box[2] for piece in pieces} == {20, 14}


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=60, deadline=None)
def test_pieces_are_the_ink_that_is_no_speck(mask):
    ink = mask.astype(np.uint8) * 255
    pieces, _ = find_pieces(ink)
    assert bool(pieces) == mask.any()
    drawn = np.zeros_like(ink)
    for piece in pieces:
        x, y, width, height = piece.box
        assert piece.mask.shape == (height, width)
        part = drawn[y : y + height, x : x + width]
        assert not (part & piece.mask).any()
        part |= piece.mask
    assert not (drawn & ~ink).any()
