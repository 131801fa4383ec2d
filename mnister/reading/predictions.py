"""predictions.csv and .json and numbers.csv, written page by page; they appear when whole."""

import csv
import json
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from mnister.arranging.written import (
    NUMBER_COLUMNS,
    number_rows,
    numbers_as_json,
    tables_as_json,
)
from mnister.reading.page import Digit, Page, Rejected
from mnister.results.parquet import opened_parquet
from mnister.run_files import opened_atomically

COLUMNS = (
    *("file", "line", "x", "y", "width", "height", "digit", "probability"),
    *("second", "second_probability", "read_as", "label", "error"),
)


@contextmanager
def opened_predictions(
    folder: Path, networks: dict[str, Any], *, has_parquet: bool = False
) -> Iterator["Predictions"]:
    """Open the files of a run; they appear when the block ends, unless an error ends it.

    Args:
        folder: The run folder.
        networks: What reads: each network and the runtime.
        has_parquet: Write predictions.parquet and numbers.parquet, too.
    """
    with ExitStack() as files:
        whole, table, numbers = (
            files.enter_context(opened_atomically(folder / name))
            for name in ("predictions.json", "predictions.csv", "numbers.csv")
        )
        whole.write("{" + _entries(networks) + ',\n "images": [')
        csv.writer(table).writerow(COLUMNS)
        csv.writer(numbers).writerow(NUMBER_COLUMNS)
        predictions = Predictions(whole, table, numbers)
        if has_parquet:
            predictions.digit_rows.append(
                files.enter_context(opened_parquet(folder / "predictions.parquet", COLUMNS))
            )
            predictions.number_rows.append(
                files.enter_context(opened_parquet(folder / "numbers.parquet", NUMBER_COLUMNS))
            )
        yield predictions


class Predictions:
    """Writes the predictions of one run; no page is kept in memory.

    Attributes:
        digit_rows: What takes a row for each digit, as a CSV writer does.
        number_rows: What takes a row for each number.
    """

    def __init__(self, whole: IO[str], table: IO[str], numbers: IO[str]) -> None:
        self._json, self._is_first = whole, True
        self.digit_rows: list[Any] = [csv.writer(table)]
        self.number_rows: list[Any] = [csv.writer(numbers)]

    def add(self, page: Page) -> None:
        """Write a page: a row for each digit, or one that says why there is none; each number."""
        separator = "\n  " if self._is_first else ",\n  "
        self._json.write(separator + _nested(page_as_json(page), 2))
        self._is_first = False
        rows = [_row(page, digit) for digit in page.digits]
        if page.error:
            rows.insert(0, [page.file, *[""] * (len(COLUMNS) - 2), page.error.splitlines()[0]])
        for table in self.digit_rows:
            table.writerows(rows)
        rows = list(number_rows(page.file, page.numbers, page.tables))
        for table in self.number_rows:
            table.writerows(rows)

    def finish(self, accuracy: float | None, timing: dict[str, float]) -> None:
        """Write what is known only at the end.

        Args:
            accuracy: Part of the written digits read rightly; None without labels.
            timing: Milliseconds: load, first_batch, total, per_digit.
        """
        last = _entries({"accuracy": accuracy, "timing_ms": timing})
        self._json.write(("]," if self._is_first else "\n ],") + last + "\n}\n")


def _entries(values: dict[str, Any]) -> str:
    """Return the entries of an object as JSON, without its braces."""
    return ",".join(f'\n "{name}": {_nested(value, 1)}' for name, value in values.items())


def _nested(value: Any, depth: int) -> str:
    """Return a value as JSON, to stand at a depth of the file."""
    return textwrap.indent(json.dumps(value, indent=1, ensure_ascii=False), " " * depth).lstrip()


def page_as_json(page: Page) -> dict[str, Any]:
    """Return a page as predictions.json has it."""
    return {
        "file": page.file,
        "width": page.width,
        "height": page.height,
        "threshold": None if page.threshold is None else round(page.threshold, 1),
        "polarity": page.polarity,
        "rotation": page.rotation,
        "lines": list(page.lines),
        "numbers": numbers_as_json(page.numbers),
        "tables": tables_as_json(page.tables),
        "digits": [_digit_as_json(digit) for digit in page.digits],
        "rejected": [_rejected_as_json(rejected) for rejected in page.rejected],
        "note": page.note,
        "error": page.error,
    }


def _digit_as_json(digit: Digit) -> dict[str, Any]:
    second = digit.second
    return {
        "box": list(digit.box),
        "line": digit.line,
        "digit": _value(digit.best.name),
        "read_as": digit.name,
        "probability": round(digit.probability, 4),
        "second": {"digit": _value(second.name), "probability": round(second.probability, 4)},
        "label": _value(digit.label),
    }


def _rejected_as_json(rejected: Rejected) -> dict[str, Any]:
    return {
        "box": list(rejected.box),
        "reason": rejected.reason,
        "digit": _value(rejected.name),
        "probability": round(rejected.probability, 4),
    }


def _value(name: str | None) -> int | str | None:
    """Return a class name as a number where that is written so, None where there is none."""
    is_number = bool(name) and name.isdecimal() and str(int(name)) == name  # "007" is text
    return int(name) if is_number else name or None


def _row(page: Page, digit: Digit) -> list[Any]:
    best, second = digit.best, digit.second
    row = [page.file, digit.line, *digit.box, best.name, f"{best.probability:.4f}"]
    return [*row, second.name, f"{second.probability:.4f}", digit.name, digit.label or "", ""]
