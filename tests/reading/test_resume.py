"""`infer.py resume=…`: a run that was killed goes on where it was."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.documents.written import pdf_of
from tests.journals import kill_reading, pages_in
from tests.refused import assert_refused

ROOT = Path(__file__).resolve().parents[2]
PAGES = 24
READING = ("mode=multi_digit", "runtime=litert", "images=scan.pdf", "review=true",
           "read_printed=true")  # fmt: skip
SAME = ("predictions.csv", "numbers.csv", "review.html", "scan_page7_table.csv",
        "scan_page7_annotated.png", "scan_page24_digits.png")  # fmt: skip

pytestmark = pytest.mark.slow


def sheet(number):
    """Draw a page with a table of numbers that no other page has: uint8 (h, w) grey."""
    grey = np.full((468, 331), 245, np.uint8)
    for row in range(4):
        for column in range(2):
            text = str(100 + 8 * number + 2 * row + column)
            place = (30 + 150 * column, 70 + row * 90)
            cv2.putText(grey, text, place, 0, 1.6, 40, 4, cv2.LINE_AA)
    return grey


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    pdf_of(folder / "scan.pdf", *map(sheet, range(PAGES)))
    return folder


@pytest.fixture(name="infer")
def _infer(run_python, folder):
    """Give the command as a function; it runs beside the pictures, with the page network alone."""

    def run(*overrides, **options):
        return run_python(ROOT / "infer.py", *overrides, cwd=folder, **options)

    return run


@pytest.fixture(scope="module", name="whole")
def _whole(folder, run_python):
    """A run that nobody interrupted."""
    run = folder / "whole"
    finished = run_python(ROOT / "infer.py", *READING, f"hydra.run.dir={run}", cwd=folder)
    assert finished.returncode == 0, finished.stderr
    return run


@pytest.fixture(scope="module", name="killed")
def _killed(folder):
    """A run that was killed; its folder, and what of its journal was whole."""
    return kill_reading(folder, READING, 9, "predictions.csv")


def assert_refused_later(finished, *words):
    """Make sure that a command ended as one that is refused, after what it logged."""
    assert finished.returncode == 2, finished.stderr
    assert "Traceback" not in finished.stderr
    assert all(word in finished.stderr for word in words), finished.stderr


def images_of(run):
    return json.loads((run / "predictions.json").read_text())["images"]


def test_a_killed_run_goes_on_and_ends_as_one_that_was_not(infer, whole, killed):
    run, kept = killed
    count = len(pages_in(kept))
    assert 9 <= count < PAGES
    with (run / "journal.jsonl").open("ab") as file:
        file.write(b'{"picture": ["scan.pdf#')  # as where the kill came while it was written
    finished = infer("resume=latest")
    assert finished.returncode == 0, finished.stderr
    assert f"{count} of {PAGES} pages were read before" in finished.stderr
    assert images_of(run) == images_of(whole)
    assert len(images_of(run)) == PAGES
    for name in SAME:
        assert (run / name).read_bytes() == (whole / name).read_bytes(), name
    names = {path.name for path in run.iterdir()} ^ {path.name for path in whole.iterdir()}
    assert names == set()
    journal = (run / "journal.jsonl").read_bytes()
    whole_pages = kept[: kept.rindex(b'{"picture": ')]
    assert journal.startswith(whole_pages)  # what was there stays as it was
    assert pages_in(journal) == [f"scan.pdf#{n}" for n in range(1, PAGES + 1)]
    assert json.loads((run / "status.json").read_text())["state"] == "finished"


def test_a_run_that_is_finished_reads_nothing_again_and_more_pages_if_asked_for(
    infer, folder, whole
):
    few = infer(*READING, "pages=1-3", "hydra.run.dir=few")
    assert few.returncode == 0, few.stderr
    again = infer("resume=few")
    assert "3 of 3 pages were read before" in again.stderr
    more = infer("resume=few", "pages=1-5")
    assert "3 of 5 pages were read before" in more.stderr
    assert images_of(folder / "few") == images_of(whole)[:5]


def test_other_settings_are_refused_and_the_run_stays_as_it_was(infer, folder):
    assert infer(*READING, "pages=1", "hydra.run.dir=one").returncode == 0
    before = {path: path.read_bytes() for path in (folder / "one").rglob("*.*") if path.is_file()}
    refused = infer("resume=one", "min_confidence=0.9", "rotation=90")
    assert_refused(
        refused, "min_confidence: may not change when a run goes on", "Expected: 0.0",
        "Received: 0.9", "rotation: may not change",
    )  # fmt: skip
    assert before == {path: path.read_bytes() for path in before}


def test_another_network_is_refused(infer, tiny_run):
    assert infer(*READING, "pages=1", "hydra.run.dir=alone").returncode == 0
    refused = infer("resume=alone", f"models_dir={tiny_run.models}")
    assert_refused_later(refused, "model: another network reads", "none", "lenet5/1")
    assert infer("resume=alone").returncode == 0


def test_pictures_that_changed_or_are_gone_are_refused(infer, folder):
    for name, number in (("a.png", 1), ("b.png", 2)):
        (folder / "mine").mkdir(exist_ok=True)
        cv2.imwrite(str(folder / "mine" / name), sheet(number))
    reading = ("mode=multi_digit", "runtime=litert", "images=mine", "hydra.run.dir=pictures")
    assert infer(*reading).returncode == 0
    cv2.imwrite(str(folder / "mine" / "c.png"), sheet(3))
    added = infer("resume=pictures")
    assert added.returncode == 0, added.stderr
    assert "2 of 3 pages were read before" in added.stderr
    cv2.imwrite(str(folder / "mine" / "a.png"), sheet(4))
    (folder / "mine" / "b.png").unlink()
    refused = infer("resume=pictures")
    gone, changed = "mine/b.png is not among them", "mine/a.png has changed"
    assert_refused_later(refused, "not as they were", gone, changed)
    status = json.loads((folder / "pictures" / "status.json").read_text())
    assert status["state"] == "finished"
    assert len(images_of(folder / "pictures")) == 3
    anew = infer(*reading)  # in the same folder, but not as the same run
    assert anew.returncode == 0, anew.stderr
    assert [Path(image["file"]).name for image in images_of(folder / "pictures")] == [
        "a.png", "c.png"
    ]  # fmt: skip


def test_a_picture_that_could_not_be_read_is_tried_again(infer, folder):
    (folder / "some").mkdir()
    cv2.imwrite(str(folder / "some" / "a.png"), sheet(1))
    (folder / "some" / "b.png").write_bytes(b"no picture")
    reading = ("mode=multi_digit", "runtime=litert", "images=some", "hydra.run.dir=mended")
    assert infer(*reading).returncode == 1
    cv2.imwrite(str(folder / "some" / "b.png"), sheet(2))
    finished = infer("resume=mended")
    assert finished.returncode == 0, finished.stderr
    assert "1 of 2 pages were read before" in finished.stderr
    assert all(image["digits"] for image in images_of(folder / "mended"))


def test_where_there_is_no_run_it_says_so(infer, folder):
    (folder / "nothing").mkdir()
    refused = infer("resume=nothing")
    assert_refused(refused, "no journal in nothing", "latest, auto, or a run's folder with")
