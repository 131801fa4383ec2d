"""The digits of an aligned page → its fields."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnister.forms.form_file import FormField
from mnister.reading.layout import order_in_lines
from mnister.reading.page import Digit, Page

_AROUND = 0.15  # of a field's height: as far beyond its edge the middle of a digit may be
_LINES = 2.2  # heights of its digits: in a lower field they all stand in one line
_PRINTED = "printed"  # why a digit is rejected that says nothing of what was written


@dataclass(frozen=True, slots=True)
class FieldReading:
    """What stands in a field.

    Attributes:
        name: Of the field.
        text: What was read; nothing where it is empty.
        probability: That all of it is right, and that nothing was missed, 0 to 1.
        note: What is wrong with it: too many or too few digits, required and empty; None: nothing.
    """

    name: str
    text: str
    probability: float
    note: str | None = None


def read_fields(page: Page, fields: Sequence[FormField], scale: float) -> list[FieldReading]:
    """Give each digit of a page to the field that it stands in.

    Args:
        page: Aligned to the template.
        fields: Of the form.
        scale: Pixels of the page for each of the template.
    """
    boxes = np.array([field.box for field in fields], float).reshape(-1, 4) * scale
    owners = [_owner(digit.box, boxes) for digit in page.digits]
    doubts = [
        (_owner(rejected.box, boxes), rejected.probability)
        for rejected in page.rejected
        if rejected.reason != _PRINTED
    ]
    readings = []
    for number, (field, box) in enumerate(zip(fields, boxes, strict=True)):
        inside = [
            digit for digit, owner in zip(page.digits, owners, strict=True) if owner == number
        ]
        missed = [probability for owner, probability in doubts if owner == number]
        readings.append(_reading(field, inside, missed, box[3], page.separator))
    return readings


def _owner(box: Sequence[float], fields: np.ndarray) -> int | None:
    """Return the field in which the middle of a box is, of several the nearest; None: in none."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    around = _AROUND * fields[:, 3]
    beyond = np.maximum(
        np.maximum(fields[:, 0] - x, x - fields[:, 0] - fields[:, 2]),
        np.maximum(fields[:, 1] - y, y - fields[:, 1] - fields[:, 3]),
    )
    beyond[beyond > around] = np.inf
    return int(beyond.argmin()) if len(beyond) and np.isfinite(beyond).any() else None


def _reading(
    field: FormField, digits: list[Digit], missed: list[float], height: float, separator: str
) -> FieldReading:
    """Put the digits of a field in order, and say what is wrong with their number."""
    ordered = _in_order(digits, height)
    text = separator.join(digit.name for digit in ordered)
    sure = [digit.probability for digit in digits] + [1 - each for each in missed]
    reading = FieldReading(field.name, text, float(np.prod(sure)))
    if not digits and field.required:
        return replace(reading, note="required, and empty")
    if digits and field.digits not in (None, len(digits)):
        wanted = "1 digit belongs" if field.digits == 1 else f"{field.digits} digits belong"
        are = "1 was" if len(digits) == 1 else f"{len(digits)} were"
        return replace(reading, note=f"{wanted} there, {are} read")
    return reading


def _in_order(digits: list[Digit], height: float) -> list[Digit]:
    boxes = np.array([digit.box for digit in digits], float).reshape(-1, 4)
    if not digits or height < _LINES * np.median(boxes[:, 3]):
        return sorted(digits, key=lambda digit: digit.box[0] + digit.box[2] / 2)
    return [digits[i] for line in order_in_lines(boxes) for i in line]
