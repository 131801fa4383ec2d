"""form.yaml: what is right is read, and each mistake is told in one shape."""

import re

import cv2
import numpy as np
import pytest

from mnister.config.mistakes import ConfigError
from mnister.errors import UserError
from mnister.forms.form_file import FormField, form_text, load_form

RIGHT = """
template: blank.png
fields:
  - {name: code, box: [10, 10, 100, 30], digits: 5, required: true}
  - {name: sum, box: [10, 60, 100, 30]}
"""


@pytest.fixture(name="write")
def _write(tmp_path):
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((200, 300), 255, np.uint8))

    def write(text):
        path = tmp_path / "form.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_form_is_read(write):
    form = load_form(write(RIGHT))
    assert form.fields == (
        FormField("code", (10, 10, 100, 30), 5, required=True),
        FormField("sum", (10, 60, 100, 30)),
    )
    assert (form.picture.width, form.picture.height) == (300, 200)


def test_what_is_written_is_read_back(write):
    fields = (FormField("Betrag in €: #1", (1, 2, 3, 4), 2), FormField("007", (5, 6, 7, 8)))
    form = load_form(write(form_text("form.yaml", "blank.png", fields)))
    assert form.fields == fields


MISTAKES = {
    "template": ("fields:\n  - {name: a, box: [0, 0, 9, 9]}\n", "form.yaml: template: missing"),
    "fields": ("template: blank.png\n", "form.yaml: fields: missing"),
    "no_fields": ("template: blank.png\nfields: []\n", "form.yaml: fields: not a possible value"),
    "no_list": ("template: blank.png\nfields: 7\n", "form.yaml: fields: not a possible value"),
    "no_field": ("template: blank.png\nfields: [7]\n", "form.yaml: fields[1]: no field"),
    "key": (RIGHT.replace("digits", "digts"), "form.yaml: fields[1].digts: no such key"),
    "top_key": (RIGHT + "images: x\n", "form.yaml: images: no such key"),
    "digits": (RIGHT.replace("digits: 5", "digits: five"), "form.yaml: fields[1].digits: not a"),
    "none": (RIGHT.replace("digits: 5", "digits: 0"), "form.yaml: fields[1].digits: not a"),
    "required": (RIGHT.replace("true", "7"), "form.yaml: fields[1].required: not a possible"),
    "name": (RIGHT.replace("name: code, ", ""), "form.yaml: fields[1].name: missing"),
    "three": (RIGHT.replace("[10, 60, 100, 30]", "[1, 2, 3]"), "form.yaml: fields[2].box: not a"),
    "text": (RIGHT.replace("[10, 60, 100, 30]", "[1, 2, 3, x]"), "form.yaml: fields[2].box"),
    "beyond": (RIGHT.replace("10, 60", "250, 60"), "form.yaml: fields[2].box: is not on the temp"),
    "empty": (RIGHT.replace("100, 30]}", "0, 30]}"), "form.yaml: fields[2].box: is empty"),
    "twice": (RIGHT.replace("sum", "code"), "form.yaml: fields[2].name: is taken"),
    "column": (RIGHT.replace("sum", "file"), "form.yaml: fields[2].name: is taken"),
    "other": (RIGHT.replace("sum", "code_probability"), "form.yaml: fields[2].name: is taken"),
}


@pytest.mark.parametrize("which", MISTAKES)
def test_a_mistake_is_told_with_its_place(write, which):
    text, said = MISTAKES[which]
    with pytest.raises(ConfigError) as refused:
        load_form(write(text))
    assert len(refused.value.mistakes) == 1, str(refused.value)
    assert said in str(refused.value)
    assert "  Expected: " in str(refused.value)


def test_all_mistakes_are_told_at_once(write):
    text = RIGHT.replace("digits: 5", "digits: five").replace("[10, 60, 100, 30]", "7")
    with pytest.raises(ConfigError) as refused:
        load_form(write(text))
    assert len(refused.value.mistakes) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("template: [", "is not YAML"),
        ("", "describes no form"),
        ("- 7", "describes no form"),
        (RIGHT.replace("blank", "gone"), "There is no file .*gone.png"),
        (RIGHT.replace("blank.png", "form.yaml"), "form.yaml is not a picture"),
    ],
)
def test_what_is_no_form_is_refused(write, text, said):
    with pytest.raises(UserError, match=re.compile(said, re.DOTALL)) as refused:
        load_form(write(text))
    assert "  Expected: " in str(refused.value)


def test_a_file_that_is_not_there_names_what_makes_one(tmp_path):
    with pytest.raises(UserError, match=r"template=blank\.png"):
        load_form(tmp_path / "form.yaml")
