"""Digits go to the field that they stand in, and a wrong number of them is told."""

import numpy as np
import pytest

from mnister.forms.fields import read_fields
from mnister.forms.form_file import FormField
from mnister.reading.page import Digit, Guess, Page, Rejected

FIELDS = (
    FormField("code", (100, 100, 200, 50), 4, required=True),
    FormField("sum", (400, 100, 200, 50)),
)


def page_of(texts, rejected=()):
    """Return a page with digits of 20 × 40 pixels, from left edge, top and text."""
    digits = []
    for line, (x, y, text) in enumerate(texts):
        for i, name in enumerate(text):
            guess = Guess(name, 0.9)
            box = (x + 30 * i, y, 20, 40)
            digits.append(Digit(box, line, name, guess, Guess("0", 0.1), np.zeros((28, 28), "u1")))
    return Page(None, 800, 600, digits=tuple(digits), rejected=tuple(rejected))


def test_digits_are_given_to_their_fields_and_others_to_none():
    page = page_of([(110, 105, "1234"), (410, 105, "56"), (110, 300, "99")])
    code, total = read_fields(page, FIELDS, 1.0)
    assert (code.text, total.text) == ("1234", "56")
    assert (code.note, total.note) == (None, None)
    assert code.probability == pytest.approx(0.9**4)


def test_a_page_of_another_scale_has_its_fields_there():
    half = tuple(FormField(f.name, tuple(v // 2 for v in f.box), f.digits) for f in FIELDS)
    assert read_fields(page_of([(110, 105, "1234")]), half, 2.0)[0].text == "1234"


def test_a_digit_that_reaches_over_the_edge_still_belongs_there():
    over = page_of([(110, 85, "12"), (205, 125, "34")])
    assert read_fields(over, FIELDS, 1.0)[0].text == "1234"
    below = page_of([(110, 150, "1234")])
    assert read_fields(below, FIELDS, 1.0)[0].text == ""


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", "required, and empty"),
        ("1", "4 digits belong there, 1 was read"),
        ("12345", "4 digits belong there, 5 were read"),
    ],
)
def test_a_wrong_number_of_digits_is_told(text, note):
    assert read_fields(page_of([(110, 105, text)]), FIELDS, 1.0)[0].note == note


def test_an_empty_field_is_as_sure_as_nothing_else_is_seen_there():
    doubts = [
        Rejected((420, 105, 20, 40), "not likely enough to be a digit", "7", 0.3),
        Rejected((460, 105, 20, 40), "printed", "7", 0.9),
        Rejected((460, 305, 20, 40), "not likely enough to be a digit", "7", 0.9),
    ]
    _, total = read_fields(page_of([], doubts), FIELDS, 1.0)
    assert (total.text, total.note) == ("", None)
    assert total.probability == pytest.approx(0.7)


def test_a_high_field_is_read_line_by_line():
    high = (FormField("note", (100, 100, 300, 150)),)
    page = page_of([(110, 105, "12"), (110, 195, "34")])
    assert read_fields(page, high, 1.0)[0].text == "1234"


@pytest.mark.parametrize(("ink", "note"), [(0.3, "something stands there that was not read"),
                                           (0.001, "required, and empty")])  # fmt: skip
def test_ink_that_was_not_read_is_told_from_nothing(ink, note):
    code, total = read_fields(page_of([]), FIELDS, 1.0, ink=[ink, 0.0])
    assert (code.text, code.note) == ("", note)
    assert (code.probability < 0.1) == (ink > 0.1)
    assert (total.note, total.probability) == (None, 1.0)


def test_of_a_small_picture_it_is_not_sure_that_a_field_is_empty():
    _, total = read_fields(page_of([]), FIELDS, 1.0, heights=[19, 19])
    assert total.probability < 0.5


def test_a_field_that_is_too_small_says_so_whatever_was_read():
    code, total = read_fields(
        page_of([(110, 105, "1234"), (410, 105, "56")]), FIELDS, 1.0, heights=[8.6, 10]
    )
    assert (code.text, code.probability) == ("", 0)
    assert code.note == "too small to be read, 9 pixels high on the picture"
    assert (total.text, total.note) == ("56", None)
