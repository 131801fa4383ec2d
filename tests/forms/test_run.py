"""`infer.py mode=fields` as it is typed."""

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from mnister.forms.form_file import load_form
from mnister.forms.samples import compose_form, compose_photo
from tests.refused import assert_refused

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "images" / "form"


@pytest.fixture(name="infer")
def _infer(run_python, tmp_path):
    def run(*overrides):
        options = ("mode=fields", "runtime=litert", "hydra.run.dir=run")
        return run_python(ROOT / "infer.py", *options, *overrides, cwd=tmp_path)

    return run


@pytest.mark.slow
def test_fields_are_read_and_what_does_not_fit_says_so(infer, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(SAMPLE / "filled" / "photo_1.jpg", tmp_path / "in")
    noise = np.random.default_rng(0).integers(0, 255, (300, 400), np.uint8)
    cv2.imwrite(str(tmp_path / "in" / "photo_2.png"), noise)
    (tmp_path / "in" / "photo_3.png").write_bytes(b"no picture")
    finished = infer(f"fields={SAMPLE / 'form.yaml'}", "images=in")
    assert finished.returncode == 1, finished.stderr
    assert "2 of 3 pages could not be read or do not fit" in finished.stderr
    with (tmp_path / "run" / "fields.csv").open(encoding="utf-8") as file:
        first, second, third = csv.DictReader(file)
    _, texts = compose_photo(compose_form(), 1)
    names = [field.name for field in load_form(SAMPLE / "form.yaml").fields]
    read = [first[name] for name in names]
    assert sum(a == b for a, b in zip(read, texts, strict=True)) >= 4, (read, texts)
    assert all(0 < float(first[f"{name}_probability"]) <= 1 for name in names)
    assert "The page does not fit blank.png" in second["note"]
    assert {second[name] for name in names} == {third[name] for name in names} == {""}
    assert "photo_3.png is not a picture" in third["error"]
    content = json.loads((tmp_path / "run" / "fields.json").read_text(encoding="utf-8"))
    assert [page["fits"] for page in content["pages"]] == [True, False, None]
    assert content["pages"][0]["fields"]["member"]["text"] == read[0]
    assert cv2.imread(str(tmp_path / "run" / "photo_1_fields.png")) is not None


def test_a_first_form_is_drawn_and_can_be_read(infer, tmp_path):
    finished = infer(f"template={SAMPLE / 'blank.png'}")
    assert finished.returncode == 0, finished.stderr
    form = load_form(tmp_path / "run" / "form.yaml")
    assert [field.name for field in form.fields] == [f"box_{n}" for n in range(1, 8)]
    assert [field.digits for field in form.fields] == [6, 5, 2, 2, 4, None, None]
    assert not any(field.required for field in form.fields)
    assert cv2.imread(str(tmp_path / "run" / "form.png")) is not None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "neither"),
        (["template=a.png", "fields=b.yaml"], "both"),
        (["fields=gone.yaml"], "There is no file gone.yaml"),
        (["template=gone.png"], "There is no file gone.png"),
        (["template=paper.png"], "has no boxes"),
    ],
)
def test_what_cannot_be_done_is_refused(infer, tmp_path, typed, said):
    cv2.imwrite(str(tmp_path / "paper.png"), np.full((300, 400), 240, np.uint8))
    assert_refused(infer(*typed), said)


def test_a_wrong_form_is_refused_before_anything_is_read(infer, tmp_path):
    values = yaml.safe_load((SAMPLE / "form.yaml").read_text(encoding="utf-8"))
    values["fields"][0]["box"][0] = 5000
    shutil.copy(SAMPLE / "blank.png", tmp_path)
    (tmp_path / "form.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    assert_refused(infer("fields=form.yaml", "images=gone"), "fields[1].box: is not on")
