import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.components import (
    connected_pieces,
    join,
    label_pieces,
    remove_enclosures,
    typical_height,
    typical_stroke,
    weighted_median,
)


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=60, deadline=None)
def test_pieces_are_exactly_the_ink(mask):
    ink = mask.astype(np.uint8) * 255
    pieces = connected_pieces(ink)
    assert sum(piece.area for piece in pieces) == mask.sum()
    if pieces:
        whole = join(pieces)
        part = ink[whole.y : whole.y + whole.height, whole.x : whole.x + whole.width]
        np.testing.assert_array_equal(whole.mask, part)


def test_diagonal_neighbours_are_one_piece():
    assert len(connected_pieces(np.eye(5, dtype=np.uint8) * 255)) == 1


def test_specks_are_left_out_and_the_largest_kept():
    ink = np.zeros((5, 9), np.uint8)
    ink[0, 0] = ink[1:4, 2] = ink[0:5, 6] = 255
    assert [piece.area for piece in connected_pieces(ink, 2)] == [3, 5]
    assert [piece.area for piece in connected_pieces(ink, 1, most=1)] == [5]


def test_typical_sizes_ignore_dust():
    ink = np.zeros((120, 400), np.uint8)
    for x in range(20, 380, 60):
        ink[20:100, x : x + 6] = 255
    ink[110:113:2, ::7] = 255
    pieces = connected_pieces(ink)
    assert typical_height(pieces, typical_stroke(pieces)) == 80
    assert 4 <= typical_stroke(pieces) <= 7
    assert typical_stroke([]) == typical_height([], 1.0) == 0


def test_a_shadow_has_no_say_in_how_tall_digits_are():
    ink = np.zeros((300, 400), np.uint8)
    for x in range(20, 380, 60):
        ink[20:60, x : x + 5] = 255
    ink[100:200, 150:250] = 255
    pieces = connected_pieces(ink)
    assert typical_height(pieces, typical_stroke(pieces)) == 40


def test_what_is_left_of_a_line_has_no_say_in_how_tall_digits_are():
    ink = np.zeros((500, 400), np.uint8)
    for x in range(20, 380, 60):
        ink[20:60, x : x + 3] = 255
    cv2.line(ink, (300, 80), (340, 480), 255, 2)
    pieces = connected_pieces(ink)
    assert typical_height(pieces, typical_stroke(pieces)) == 40


def test_what_is_drawn_around_a_digit_goes():
    digit = np.zeros((100, 100), np.uint8)
    cv2.ellipse(digit, (50, 50), (12, 20), 0, 0, 360, 255, 4)
    ring = cv2.circle(np.zeros_like(digit), (50, 50), 35, 255, 4)
    box = cv2.rectangle(np.zeros_like(digit), (15, 15), (85, 85), 255, 3)
    for around in (ring, box):
        np.testing.assert_array_equal(remove_enclosures(digit | around, 4), digit)
        speck = cv2.circle(around.copy(), (50, 50), 5, 255, -1)
        np.testing.assert_array_equal(remove_enclosures(speck, 4), speck)
    nothing = np.zeros_like(digit)
    np.testing.assert_array_equal(remove_enclosures(nothing, 4), nothing)


def test_weighted_median():
    assert weighted_median(np.array([1.0, 2, 9]), np.array([1.0, 1, 5])) == 9


def test_more_pieces_than_16_bits_count_are_numbered():
    dots = np.zeros((600, 600), np.uint8)
    dots[::2, ::2] = 255
    labels, stats = label_pieces(dots)
    assert len(np.unique(labels[dots > 0])) == len(stats) - 1 == 300 * 300
    assert (stats[1:, cv2.CC_STAT_AREA] == 1).all()
