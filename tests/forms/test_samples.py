"""The sample form is composed again, and its photos fit it."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnister.forms import samples
from mnister.forms.form_file import load_form

FORM = Path(__file__).parents[2] / "images" / "form"


def test_the_script_beside_the_samples_writes_them():
    spec = importlib.util.spec_from_file_location("script", FORM.parent / "compose_form.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.write_form_samples is samples.write_form_samples


def test_the_empty_form_and_its_fields_are_recomposed():
    made = samples.compose_form()
    stored = cv2.imread(str(FORM / "blank.png"), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(made.blank, stored)
    assert load_form(FORM / "form.yaml").fields == tuple(samples.form_fields(made))


@pytest.mark.slow
def test_a_photo_is_recomposed():
    photo, texts = samples.compose_photo(samples.compose_form(), 2)
    stored = cv2.imread(str(FORM / "filled" / "photo_2.jpg"), cv2.IMREAD_GRAYSCALE)
    assert np.abs(photo.astype(int) - stored).mean() < 3
    assert [len(text) for text in texts] == [6, 5, 2, 2, 4, 8, 4]
