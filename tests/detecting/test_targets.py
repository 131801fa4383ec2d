"""What a page network is to answer: a bump a digit, its box, and nothing where it is left open."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.detecting import heads
from mnister.detecting.peaks import find_digits
from mnister.detecting.targets import BOX_WEIGHT, CHANNELS, IS_JUDGED
from mnister.pages.made import HANDWRITTEN, IGNORED, PRINTED
from tests.detecting.pages import ideal_answer, page_of, targets_of

BOXES = slice(heads.MOVES.start, heads.SIZES.stop)


def test_a_digit_is_a_bump_of_its_class_with_its_box():
    targets = targets_of(page_of([(40, 20, 12, 24)], [7]))  # its centre: 46, 32
    assert targets.shape == (24, 32, CHANNELS)
    assert targets.dtype == np.float32
    row, column = np.unravel_index(targets[..., 7].argmax(), (24, 32))
    assert (row, column) == (8, 11)  # the squares of 32 to 36 and 44 to 48
    assert targets[8, 11, 7] == targets[8, 11, BOX_WEIGHT] == 1
    assert targets[8, 11, BOXES] == pytest.approx([0.0, -0.5, np.log(0.5), 0.0])
    assert targets[7, 11, BOXES] == pytest.approx([0.0, 0.5, np.log(0.5), 0.0])
    assert (targets[..., heads.LOGITS] == 1).sum() == 1
    others = [channel for channel in range(11) if channel != 7]
    assert not targets[..., others].any()
    assert targets[..., IS_JUDGED].all()


def test_a_large_digit_has_a_wider_bump():
    narrow, wide = (
        (targets_of(page_of([(40, 20, edge, edge)], [3]))[..., 3] > 0.3).sum() for edge in (10, 50)
    )
    assert narrow < wide


def test_a_printed_digit_is_one_of_its_class_too():
    targets = targets_of(page_of([(40, 20, 12, 24)], [7], [PRINTED]))
    assert np.array_equal(targets[..., 7], targets[..., heads.PRINTED])


def test_where_digits_meet_each_place_learns_the_nearer_one():
    targets = targets_of(page_of([(20, 20, 10, 20), (30, 20, 10, 20)], [1, 1]))
    ones = np.argwhere(targets[..., 1] == 1)
    assert ones.tolist() == [[7, 6], [7, 8]]
    assert targets[7, 6, heads.MOVES.start] == pytest.approx(-0.25)
    assert targets[7, 8, heads.MOVES.start] == pytest.approx(0.25)


def test_what_is_ignored_is_neither_wanted_nor_wrong():
    page = page_of([(40, 20, 40, 40), (44, 24, 10, 20)], [7, 1], [IGNORED, HANDWRITTEN])
    targets = targets_of(page)
    assert not targets[..., 7].any()
    assert not targets[8, 15, IS_JUDGED]
    assert targets[8, 8, IS_JUDGED]  # beside it
    assert targets[8, 12, 1] == 1
    assert targets[8, 12, IS_JUDGED]  # another digit's centre on it


def test_a_page_without_digits_is_judged_everywhere():
    targets = targets_of(page_of([], []))
    assert targets[..., IS_JUDGED].all()
    assert not targets[..., :IS_JUDGED].any()


@st.composite
def pages(draw):
    """Draw digits that do not cover each other, anywhere in a grid of 32 pixels."""
    cells = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), unique=True))
    boxes = [
        (
            32 * column + draw(st.floats(0, 9)),
            32 * row + draw(st.floats(0, 9)),
            draw(st.floats(5, 22)),
            draw(st.floats(9, 22)),
        )
        for column, row in cells
    ]
    classes = [draw(st.integers(0, 9)) for _ in cells]
    kinds = [draw(st.sampled_from([HANDWRITTEN, PRINTED])) for _ in cells]
    return page_of(boxes, classes, kinds)


@given(pages())
@settings(max_examples=60, deadline=None)
def test_the_digits_of_an_ideal_answer_are_those_of_the_page(page):
    found = find_digits(ideal_answer(page), 0.5)
    assert len(found) == len(page.boxes)
    for box, digit, kind in zip(page.boxes, page.classes, page.kinds, strict=True):
        nearest = np.abs(found.boxes - box).sum(axis=1).argmin()
        assert found.boxes[nearest] == pytest.approx(box, abs=0.01)
        assert found.classes[nearest] == digit
        assert (found.printed[nearest] > 0.5) == (kind == PRINTED)


@given(pages())
@settings(max_examples=30, deadline=None)
def test_boxes_and_squares_undo_each_other(page):
    centres = heads.to_squares(page.boxes)
    squares = np.rint(centres).astype(int)
    sizes = np.log(page.boxes[:, 2:] / heads.UNIT)
    boxes = heads.to_boxes(squares, centres - squares, sizes)
    assert boxes == pytest.approx(page.boxes, abs=1e-3)
