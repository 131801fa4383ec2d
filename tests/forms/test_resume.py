"""`infer.py mode=fields resume=…`: a run that was killed goes on where it was."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from tests.journals import kill_reading, pages_in
from tests.refused import assert_refused

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "images" / "form"
READING = ("mode=fields", "runtime=litert", "fields=form.yaml", "images=in")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    """A form, three photos of it in each of two folders, and a picture of something else."""
    folder = tmp_path_factory.mktemp("resume")
    for name in ("blank.png", "form.yaml"):
        shutil.copy(SAMPLE / name, folder)
    for place in ("a", "b"):
        (folder / "in" / place).mkdir(parents=True)
        for number in (1, 2, 3):
            photo = cv2.imread(str(SAMPLE / "filled" / f"photo_{number}.jpg"))
            small = cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(folder / "in" / place / f"{number}.png"), small)
    noise = np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)
    cv2.imwrite(str(folder / "in" / "a" / "0.png"), noise)
    return folder


@pytest.fixture(name="infer")
def _infer(run_python, folder):
    def run(*overrides):
        return run_python(ROOT / "infer.py", *overrides, cwd=folder)

    return run


def test_a_killed_run_goes_on_and_ends_as_one_that_was_not(infer, folder):
    whole = folder / "whole"
    uninterrupted = infer(*READING, "recursive=true", f"hydra.run.dir={whole}")
    assert uninterrupted.returncode == 1, uninterrupted.stderr
    run, kept = kill_reading(folder, [*READING, "recursive=true"], 3, "fields.csv")
    count = len(pages_in(kept))
    assert 3 <= count < 7
    before = {path: path.stat().st_mtime_ns for path in run.glob("*.png")}
    finished = infer("resume=latest")
    assert finished.returncode == 1, finished.stderr
    assert f"{count} of 7 pages were read before" in finished.stderr
    assert "1 of 7 pages could not be read or do not fit" in finished.stderr
    assert finished.stdout == uninterrupted.stdout
    names = {path.name for path in whole.iterdir() if path.suffix in (".csv", ".json", ".png")}
    assert {"fields.csv", "fields.json", "1_fields.png", "1_2_fields.png"} <= names
    for name in names - {"status.json", "begun.json", "environment.json"}:
        assert (run / name).read_bytes() == (whole / name).read_bytes(), name
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}
    journal = (run / "journal.jsonl").read_bytes()
    assert journal.startswith(kept)
    assert pages_in(journal) == pages_in((whole / "journal.jsonl").read_bytes())
    written = [path for path in before if path.stat().st_mtime_ns == before[path]]
    assert len(written) >= count - 1  # the first page fits nothing and has no picture


def test_another_form_and_other_settings_are_refused_and_the_run_stays_as_it_was(infer, folder):
    values = yaml.safe_load((folder / "form.yaml").read_text(encoding="utf-8"))
    text = (folder / "form.yaml").read_text(encoding="utf-8")
    assert infer(*READING, "images=in/b/1.png", "hydra.run.dir=one").returncode == 0
    before = {path: path.read_bytes() for path in (folder / "one").glob("*.*")}
    refused = infer("resume=one", "min_confidence=0.9", "fields=other.yaml")
    assert_refused(
        refused, "min_confidence: may not change when a run goes on", "fields: may not change",
        "Received: other.yaml",
    )  # fmt: skip
    first, *others = values["fields"]
    first["box"][0] += 1
    changed = values | {"fields": [first, *others[1:], others[0] | {"name": "another"}]}
    (folder / "form.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    refused = infer("resume=one")
    assert refused.returncode == 2, refused.stderr
    assert "fields: the form may not change when a run goes on" in refused.stderr
    for said in ("is gone", f"field {first['name']} has changed", "field another is new"):
        assert said in refused.stderr, refused.stderr
    (folder / "form.yaml").write_text(text + "\n# as it was\n", encoding="utf-8")
    before |= {path: path.read_bytes() for path in before if path.name == "infer.log"}
    assert before == {path: path.read_bytes() for path in before}
    again = infer("resume=one")
    assert again.returncode == 0, again.stderr
    assert "1 of 1 pages were read before" in again.stderr
