import csv
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from rich.console import Console

from mnister.errors import UserError
from mnister.reading.page import Page
from mnister.reading.predictions import opened_predictions
from mnister.reading.reader import Reader
from mnister.reading.report import Report, page_text
from mnister.reading.score import read_labels
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import page

NETWORKS = {
    "model": {"name": "nearest", "version": 1, "path": "nowhere"},
    "detector": None,
    "runtime": "litert",
}


@pytest.fixture(scope="module", name="read")
def _read(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "own.png"
    cv2.imwrite(str(path), page(["0123", "47"]))
    return Reader(NearestClassifier(), debug_images=True).read(path)


def labels(tmp_path, text):
    (tmp_path / "labels.txt").write_text(text)
    return read_labels(tmp_path / "labels.txt")


def write(report, folder, pages):
    """Show pages and write their predictions, as a run does; return predictions.json."""
    with opened_predictions(folder, NETWORKS) as predictions:
        for read in pages:
            predictions.add(report.add(read))
        predictions.finish(report.accuracy, report.timing(10, 20, 300))
    return json.loads((folder / "predictions.json").read_text())


def test_a_run_leaves_pictures_csv_and_json(read, tmp_path):
    report = Report(
        tmp_path, labels=labels(tmp_path, "own.png: 0128 47\nbad.png: 12"), debug_images=True
    )
    content = write(report, tmp_path, [read, read, Page("bad.png", error="bad.png is empty.")])
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {
        *("own_annotated.png", "own_digits.png", "own_stages.png"),
        *("own_2_annotated.png", "own_2_digits.png", "own_2_stages.png"),
    }
    assert list(content) == [*NETWORKS, "images", "accuracy", "timing_ms"]
    assert content["model"] == NETWORKS["model"]
    assert set(content["timing_ms"]) == {"load", "first_batch", "total", "per_digit"}
    first, _, bad = content["images"]
    assert first["lines"] == ["0123", "47"]
    assert first["error"] is None
    assert bad["error"] == "bad.png is empty."
    fourth = first["digits"][3]
    assert (fourth["digit"], fourth["label"], fourth["line"]) == (3, 8, 0)
    assert set(fourth["second"]) == {"digit", "probability"}
    assert content["accuracy"] == pytest.approx(10 / 14)
    rows = list(csv.DictReader((tmp_path / "predictions.csv").open()))
    assert [row["digit"] for row in rows] == [*"012347", *"012347", ""]
    assert rows[-1]["error"] == "bad.png is empty."
    assert (report.pages, report.digits, report.failed) == (3, 12, 1)


def test_predictions_are_laid_out_as_json_lays_them_out(read, tmp_path):
    for pages in ([], [read], [read, read]):
        content = write(Report(tmp_path), tmp_path, pages)
        assert len(content["images"]) == len(pages)
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        assert (tmp_path / "predictions.json").read_text() == text


def test_predictions_of_a_run_that_fails_do_not_replace_those_before(read, tmp_path):
    before = write(Report(tmp_path), tmp_path, [read])
    with pytest.raises(AttributeError), opened_predictions(tmp_path, NETWORKS) as predictions:
        predictions.add(None)
    assert json.loads((tmp_path / "predictions.json").read_text()) == before
    assert not list(tmp_path.glob(".*"))


def test_labels_that_do_not_fit_are_an_error_after_everything_is_written(read, tmp_path):
    report = Report(tmp_path, labels=labels(tmp_path, "1\n2\n"))
    write(report, tmp_path, [read])
    with pytest.raises(UserError, match=r"(?s)6 labels.*2 labels"):
        report.check()


def test_pictures_that_could_not_be_read_are_an_error_that_names_them(read, tmp_path):
    report = Report(tmp_path)
    report.add(read)
    report.check()
    report.add(Page("in/bad.png", error="in/bad.png is empty."))
    with pytest.raises(UserError, match=r"(?s)1 of 2 .* could not be read.*bad.png") as told:
        report.check()
    assert told.value.exit_code == 1


def test_a_file_name_that_is_not_utf_8_is_escaped(read, tmp_path):
    content = write(Report(tmp_path), tmp_path, [replace(read, file="in/\udcff.png")])
    assert content["images"][0]["file"] == "in/\udcff.png"
    assert (tmp_path / "predictions.csv").read_text().count("in/\\udcff.png") == 6
    assert (tmp_path / "\udcff_digits.png").is_file()


def test_a_file_name_may_be_as_long_as_the_system_allows(read, tmp_path):
    Report(tmp_path).add(replace(read, file="ü" * 125 + ".png"))
    assert len(list(tmp_path.glob("ü*_annotated.png"))) == 1


def test_a_picture_that_finds_no_room_is_not_left_half_written(read, tmp_path, monkeypatch):
    report = Report(tmp_path)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        report.add(read)
    assert list(tmp_path.iterdir()) == []


def test_the_printed_report_fits_80_columns(read, tmp_path):
    report = Report(tmp_path, labels=labels(tmp_path, "own.png: 012847"))
    console = Console(width=80, record=True, file=(tmp_path / "out.txt").open("w"))
    console.print(page_text(report.add(read)))
    report.print(console, report.timing(1, 2, 3), probabilities=True)
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "01 23\n  47" in text  # behind the narrow 1 is as much room as between two numbers
    assert "✗" in text
    assert "Mean accuracy 83.33%" in text
    assert "Prediction" in text


def test_of_very_many_digits_the_first_are_printed(read, tmp_path, monkeypatch):
    monkeypatch.setattr("mnister.reading.report.MOST_ROWS", 8)
    report = Report(tmp_path)
    report.add(read)
    report.add(read)
    console = Console(width=80, record=True, file=(tmp_path / "out.txt").open("w"))
    report.print(console, report.timing(1, 2, 3), probabilities=True)
    text = console.export_text()
    rows = [line.split()[1] for line in text.splitlines() if "%" in line]
    assert rows == [str(number) for number in range(1, 9)]
    assert "The first 8 of 12 digits; predictions.csv has all" in text


def test_memory_does_not_grow_with_pictures(read, tmp_path, monkeypatch):
    monkeypatch.setattr("mnister.reading.report.write_pictures", lambda *_: None)
    report = Report(tmp_path)
    many = replace(read, digits=read.digits * 50)
    with opened_predictions(tmp_path, NETWORKS) as predictions:
        tracemalloc.start()
        for count in range(60):
            predictions.add(report.add(many))
            if count == 20:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert after - before < 100_000  # kept, the pages would take a million or more


def test_annotated_pictures_have_the_colours_of_right_and_wrong(read):
    right = read.with_labels(list("012347")).annotated().reshape(-1, 3)
    wrong = read.with_labels(list("999999")).annotated().reshape(-1, 3)
    assert ((right[:, 1].astype(int) - right[:, 0]) > 60).any()
    assert not ((right[:, 0].astype(int) - right[:, 1]) > 60).any()
    assert ((wrong[:, 0].astype(int) - wrong[:, 1]) > 60).any()
    assert read.strip().shape[0] == 508
    assert read.contact_sheet().shape[2] == 3


def test_names_of_several_characters_are_separated(tmp_path):
    path = tmp_path / "own.png"
    cv2.imwrite(str(path), page(["0123", "47"]))
    names = ["zero", "01", "2", "three", *"456789"]
    long = Reader(NearestClassifier(), class_names=names).read(path)
    assert long.lines == ("zero 01 2 three", "4 7")
    assert long.text == "zero 01 2 three 4 7"
    assert page_text(long).plain == "own.png\n  zero 01 2 three\n  4 7"
    text = "own.png: zero 01 2 three 7 4"
    (tmp_path / "labels.txt").write_text(text)
    report = Report(tmp_path, labels=read_labels(tmp_path / "labels.txt", names))
    (image,) = write(report, tmp_path, [long])["images"]
    assert [digit["digit"] for digit in image["digits"]] == ["zero", "01", 2, "three", 4, 7]
    assert report.accuracy == pytest.approx(4 / 6)
    with (tmp_path / "predictions.csv").open() as table:
        assert [row["label"] for row in csv.DictReader(table)][:2] == ["zero", "01"]


def test_names_of_one_character_stay_side_by_side(read):
    letters = Reader(NearestClassifier(), class_names=[*"ABCDEFGHIJ"]).read(read.file)
    assert (letters.lines, letters.text) == (("ABCD", "EH"), "ABCDEH")
