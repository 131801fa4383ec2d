"""Parquet files have the rows of the CSV files, with types."""

import csv
import subprocess
import sys

import pytest

from mnister.arranging.written import NUMBER_COLUMNS
from mnister.reading.page import Page
from mnister.reading.predictions import COLUMNS, opened_predictions
from mnister.results import parquet
from tests.reading.test_numbers import GRID, MODEL, page_of

pyarrow_parquet = pytest.importorskip("pyarrow.parquet", reason="needs '.[parquet]'")


def write(folder, *pages):
    with opened_predictions(folder, MODEL, has_parquet=True) as predictions:
        for page in pages:
            predictions.add(page)
        predictions.finish(None, {})


def rows_of_csv(path):
    return list(csv.DictReader(path.open()))


def test_columns_and_rows_are_those_of_the_csv_files(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 7)  # several row groups, a last one not full
    bad = Page("in/\udcff.png", error="It is empty.\nThe rest")
    pages = [page_of(GRID), bad, page_of([["1"]])]
    write(tmp_path, *pages)
    for name, columns in (("predictions", COLUMNS), ("numbers", NUMBER_COLUMNS)):
        table = pyarrow_parquet.read_table(tmp_path / f"{name}.parquet")
        assert tuple(table.column_names) == columns
        written = rows_of_csv(tmp_path / f"{name}.csv")
        assert table.num_rows == len(written) > 10
        for row, text in zip(table.to_pylist(), written, strict=True):
            for column, value in row.items():
                if isinstance(value, bool):
                    value = str(value).lower()
                elif isinstance(value, float):
                    value = f"{value:.4f}"
                assert ("" if value is None else str(value)) == text[column], column


def test_columns_have_types(tmp_path):
    write(tmp_path, page_of(GRID))
    schema = pyarrow_parquet.read_schema(tmp_path / "numbers.parquet")
    kinds = {field.name: str(field.type) for field in schema}
    assert kinds == {
        "file": "string", "line": "int32", "row": "int32", "column": "int32", "x": "int32",
        "y": "int32", "width": "int32", "height": "int32", "text": "string",
        "probability": "double", "sure": "bool",
    }  # fmt: skip


def test_a_run_without_any_digit_has_files_without_rows(tmp_path):
    write(tmp_path)
    assert pyarrow_parquet.read_table(tmp_path / "numbers.parquet").num_rows == 0


def test_files_of_a_run_that_fails_do_not_appear(tmp_path):
    opened = opened_predictions(tmp_path, MODEL, has_parquet=True)
    with pytest.raises(AttributeError), opened as predictions:
        predictions.add(None)
    assert not list(tmp_path.iterdir())


def test_where_pyarrow_is_missing_the_extra_is_named():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from mnister.results.parquet import check_parquet\n"
        "check_parquet()"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "output=parquet is written with pyarrow, which is not installed" in said.stderr
    assert "[parquet]', or output=csv" in said.stderr
