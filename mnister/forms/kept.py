"""Pages of a form as plain values, which a run's journal keeps, and what the form was then."""

import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np

from mnister.errors import UserError
from mnister.forms.fields import FieldReading
from mnister.forms.form_file import Form
from mnister.forms.reader import FormPage
from mnister.reading.kept import first_of
from mnister.results.journal import Journal


def form_as_plain(form: Form) -> dict[str, Any]:
    """Return what tells a form from others."""
    fields = {field.name: [field.box, field.digits, field.required] for field in form.fields}
    pixels = form.picture.pixels
    sha256 = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return {"template": [form.template, sha256], "fields": fields}


def check_form(journal: Journal, form: Form) -> None:
    """Check that a run goes on with the form that it was begun with.

    Args:
        journal: Of the run; what reads has `form`, from `form_as_plain`.
        form: That is read now.

    Raises:
        UserError: Its template or its fields are others, which are named.
    """
    before, now = (_parts(plain) for plain in (journal.reads["form"], form_as_plain(form)))
    wrong = [f"{part} is gone" for part in before if part not in now]
    wrong += [
        f"{part} has changed" if part in before else f"{part} is new"
        for part in now
        if part not in before or before[part] != now[part]
    ]
    if not wrong and list(before) != list(now):
        wrong = ["the fields are in another order"]
    if wrong:
        raise UserError(
            "fields: the form may not change when a run goes on",
            expected="the template and the fields as they were when it was begun",
            received=first_of(wrong),
            instead="make form.yaml as it was, or start a new run, without resume",
        )


def as_plain(page: FormPage) -> dict[str, Any] | None:
    """Return all of a page but its file and its picture; None where it could not be read."""
    if page.error is not None:
        return None
    homography = None if page.homography is None else page.homography.tolist()
    fields = [asdict(each) for each in page.fields]
    return {"fields": fields, "note": page.note, "homography": homography}


def as_page(file: str, kept: dict[str, Any]) -> FormPage:
    """Return the page of which `as_plain` kept so much."""
    homography = kept["homography"]
    return FormPage(
        file,
        tuple(FieldReading(**each) for each in kept["fields"]),
        note=kept["note"],
        homography=None if homography is None else np.array(homography),
    )


def _parts(form: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what a form is made of by how each part is called; lists as a journal has them."""
    parts = {"the template": form["template"]}
    for name, (box, *rest) in form["fields"].items():
        parts[f"field {name}"] = [list(box), *rest]
    return parts
