"""Forms are read as a Python user reads them."""

import cv2
import numpy as np
import pytest

from mnister.forms.form_file import load_form
from mnister.forms.reader import FormReader, as_form_page
from mnister.forms.samples import compose_form, compose_photo
from mnister.reading.library import Reader
from mnister.reading.page import Page
from tests.forms.test_samples import FORM


@pytest.fixture(name="reader", scope="module")
def _reader():
    return FormReader(Reader(None, threads=1, rotation=0), load_form(FORM / "form.yaml"))


@pytest.mark.slow
def test_a_photo_is_read_any_way_up(reader):
    photo, texts = compose_photo(compose_form(), 3)
    for turns in range(2):
        page = reader.read(np.ascontiguousarray(np.rot90(photo, turns)))
        right = [each.text == text for each, text in zip(page.fields, texts, strict=True)]
        assert sum(right) >= 5
        assert page.note is None
        assert page.annotated().shape[2] == 3


@pytest.mark.slow
def test_a_photo_that_is_too_small_says_so(reader):
    photo, _ = compose_photo(compose_form(), 3)
    small = cv2.resize(photo, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    page = reader.read(small)
    assert "pixels high on the picture" in page.note


def test_a_page_that_could_not_be_read_keeps_its_error():
    page = as_form_page(Page("a.png", error="It is empty."))
    assert (page.file, page.error, page.fields) == ("a.png", "It is empty.", ())
