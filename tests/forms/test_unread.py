"""Ink in a field that the template has not printed is seen, and print is not."""

import numpy as np
import pytest

from mnister.forms.made import fill_form, make_form
from mnister.forms.unread import written_ink
from mnister.hands.page_digits import load_page_digits

FORM = make_form(5, 4)
BOXES = [field.box for field in FORM.fields]


def test_an_empty_form_has_no_ink():
    assert max(written_ink(FORM.blank, FORM.blank, BOXES, 1.0)) == 0


@pytest.mark.parametrize("light", [1.0, 0.4])
def test_filled_fields_have_ink_and_empty_ones_have_none(light):
    sheet, texts = fill_form(FORM, 5, 4, load_page_digits(True), empty=0.5)
    assert 0 < texts.count("") < len(texts)
    shade = np.linspace(light, 1, sheet.shape[1])[None]
    ink = written_ink((sheet * shade).astype(np.uint8), FORM.blank, BOXES, 1.0)
    assert [area > 0.05 for area in ink] == [bool(text) for text in texts]


def test_a_page_that_is_a_pixel_off_has_none_either():
    off = np.roll(FORM.blank, (1, 1), axis=(0, 1))
    assert max(written_ink(off, FORM.blank, BOXES, 1.0)) < 0.02
