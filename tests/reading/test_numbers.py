"""What a run says of numbers and tables: printed, in CSV files and in predictions.json."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from mnister.reading.page import Digit, Guess, Page
from mnister.reading.predictions import opened_predictions
from mnister.reading.report import Report, page_text

MODEL = {"name": "none", "version": 1, "path": "nowhere", "runtime": "litert"}
GRID = [["7", "8", "10"], ["12", "345", "6"], ["90", "1", "2"], ["4", "", "55"]]


def page_of(grid, file="in/scan.pdf#3", separator=""):
    """Return a page with numbers in rows and columns, digits of 20 × 40 pixels."""
    digits, lines = [], []
    for n, row in enumerate(grid):
        for m, text in enumerate(row):
            for i, name in enumerate(text):
                box = (50 + 200 * m + 26 * i, 50 + 80 * n, 20, 40)
                guess = Guess(name, 0.9)
                digits.append(
                    Digit(box, n, name, guess, Guess("0", 0.1), np.zeros((28, 28), "u1"))
                )
        lines.append(separator.join("".join(row)))
    picture = np.full((500, 800, 3), 255, np.uint8)
    return Page(file, 800, 500, tuple(lines), tuple(digits), picture=picture, separator=separator)


@pytest.fixture(name="run")
def _run(tmp_path):
    page = page_of(GRID)
    report = Report(tmp_path)
    with opened_predictions(tmp_path, MODEL) as predictions:
        predictions.add(report.add(page))
        predictions.finish(None, {})
    return tmp_path


def test_numbers_are_printed_with_blanks_between():
    printed = page_text(page_of(GRID)).plain
    assert printed == "scan.pdf#3\n  7 8 10\n  12 345 6\n  90 1 2\n  4 55"


def test_numbers_csv_has_a_row_for_each_number(run):
    with (run / "numbers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [text for line in GRID for text in line if text]
    assert {row["file"] for row in rows} == {"in/scan.pdf#3"}
    last = rows[-1]
    assert (last["line"], last["row"], last["column"]) == ("3", "3", "2")
    assert [int(last[key]) for key in ("x", "y", "width", "height")] == [450, 290, 46, 40]
    assert 0.5 < float(last["probability"]) <= 0.81


def test_predictions_json_has_numbers_and_tables_beside_the_lines(run):
    (image,) = json.loads((run / "predictions.json").read_text())["images"]
    assert image["lines"] == ["7810", "123456", "9012", "455"]
    third = image["numbers"][2]
    assert (third["text"], third["digits"], third["line"]) == ("10", [2, 3], 0)
    assert [image["digits"][i]["digit"] for i in third["digits"]] == [1, 0]
    (table,) = image["tables"]
    assert table["rows"] == GRID
    empty = table["cells"][10]
    assert (empty["text"], empty["numbers"], empty["row"], empty["column"]) == ("", [], 3, 1)


def test_a_table_is_written_for_a_spreadsheet(run):
    with (run / "scan_page3_table.csv").open(newline="") as file:
        assert list(csv.reader(file)) == GRID


def test_a_page_without_a_table_leaves_none(tmp_path):
    Report(tmp_path).add(page_of([["12", "3"]], file="a.png"))
    assert [path.name for path in tmp_path.glob("*.csv")] == []


def test_names_of_several_characters_stay_apart():
    page = page_of([["12", "3"]], separator=" ")
    assert [number.text for number in page.numbers] == ["1 2", "3"]


def test_numbers_less_sure_than_asked_for_are_marked_and_no_spreadsheet_has_them(tmp_path):
    page = replace(page_of(GRID), min_confidence=0.75)
    doubtful = [number.text for number in page.numbers if not number.is_sure]
    assert doubtful == ["345"]  # each of its digits is 90 % sure
    with opened_predictions(tmp_path, MODEL) as predictions:
        predictions.add(Report(tmp_path).add(page))
        predictions.finish(None, {})
    with (tmp_path / "numbers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows if row["sure"] == "false"] == doubtful
    assert {row["sure"] for row in rows} == {"true", "false"}
    (image,) = json.loads((tmp_path / "predictions.json").read_text())["images"]
    assert [number["text"] for number in image["numbers"] if not number["sure"]] == doubtful
    with (tmp_path / "scan_page3_table.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["?" if t == "345" else t for t in row] for row in GRID]
