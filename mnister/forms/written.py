"""fields.csv and fields.json of a run, written page by page; they appear when whole."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mnister.forms.form_file import COLUMNS, PROBABILITY, Form
from mnister.forms.reader import FormPage
from mnister.run_files import opened_atomically


@contextmanager
def opened_fields(folder: Path, form: Form, networks: dict[str, Any]) -> Iterator["FieldsWriter"]:
    """Open the files of a run; they appear when the block ends, unless an error ends it.

    Args:
        folder: The run folder.
        form: Whose fields are columns.
        networks: What reads: each network and the runtime.
    """
    with (
        opened_atomically(folder / "fields.json") as whole,
        opened_atomically(folder / "fields.csv") as table,
    ):
        head = networks | {"template": form.template}
        whole.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "pages": [')
        yield FieldsWriter(whole, csv.writer(table), form)
        whole.write("\n]}\n")


class FieldsWriter:
    """Writes what was read of the pages of one run; no page is kept in memory."""

    def __init__(self, whole: IO[str], table: Any, form: Form) -> None:
        self._json, self._table = whole, table
        self._names = [field.name for field in form.fields]
        self._is_first = True
        first, *last = COLUMNS
        names = [column for name in self._names for column in (name, name + PROBABILITY)]
        self._table.writerow([first, *names, *last])

    def add(self, page: FormPage) -> None:
        """Write a page: a row, and an entry."""
        self._table.writerow(self._row(page))
        self._json.write(("" if self._is_first else ",") + "\n  ")
        self._json.write(json.dumps(as_json(page), ensure_ascii=False))
        self._is_first = False

    def _row(self, page: FormPage) -> list[Any]:
        values = [""] * (2 * len(self._names))
        if page.fields:
            pairs = ((each.text, f"{each.probability:.4f}") for each in page.fields)
            values = [value for pair in pairs for value in pair]
        return [page.file, *values, "; ".join(notes_of(page)), page.error or ""]


def notes_of(page: FormPage) -> list[str]:
    """Return what is to be said of a page, and of each of its fields."""
    own = [page.note] if page.note else []
    return own + [f"{each.name}: {each.note}" for each in page.fields if each.note]


def as_json(page: FormPage) -> dict[str, Any]:
    """Return a page as fields.json has it."""
    homography = None if page.homography is None else page.homography.tolist()
    return {
        "file": page.file,
        "fits": None if page.error else bool(page.fields),
        "fields": {
            each.name: {
                "text": each.text,
                "probability": round(each.probability, 4),
                "note": each.note,
            }
            for each in page.fields
        },
        "homography": homography,
        "note": page.note,
        "error": page.error,
    }
