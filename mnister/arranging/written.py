"""Numbers and tables as files have them: rows of numbers.csv, JSON, a CSV file for each table."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnister.arranging.numbers import Number
from mnister.arranging.tables import Table, places_of
from mnister.run_files import write_atomically

NUMBER_COLUMNS = (
    *("file", "line", "row", "column", "x", "y", "width", "height", "text", "probability"),
    "sure",
)


def number_rows(
    file: str | None, numbers: Sequence[Number], tables: Sequence[Table]
) -> Iterator[list[Any]]:
    """Yield a row of numbers.csv for each number of a page; row and column are of its table."""
    places = places_of(tables)
    for i, number in enumerate(numbers):
        where = [file, number.line, *places.get(i, ("", "")), *number.box]
        is_sure = "true" if number.is_sure else "false"
        yield [*where, number.text, f"{number.probability:.4f}", is_sure]


def numbers_as_json(numbers: Sequence[Number]) -> list[dict[str, Any]]:
    """Return numbers as predictions.json has them."""
    return [
        {
            "text": number.text,
            "digits": number.digits,
            "box": number.box,
            "line": number.line,
            "probability": round(number.probability, 4),
            "sure": number.is_sure,
        }
        for number in numbers
    ]


def tables_as_json(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Return tables as predictions.json has them."""
    return [
        {"box": list(table.box), "rows": table.rows, "cells": list(map(asdict, table.cells))}
        for table in tables
    ]


def write_tables(folder: Path, name: str, tables: Sequence[Table]) -> None:
    """Write `<name>_table.csv`, of several tables `<name>_table_2.csv` …, too."""
    for number, table in enumerate(tables, start=1):
        path = folder / f"{name}_table{'' if number == 1 else f'_{number}'}.csv"
        write_atomically(table.as_csv(), path, is_flushed=False)
