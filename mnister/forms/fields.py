"""The digits of an aligned page → its fields."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnister.forms.form_file import FormField
from mnister.reading.layout import order_in_lines
from mnister.reading.page import Digit, Page

_AROUND = 0.15  # of a field's height: as far beyond its edge the middle of a digit may be
_LINES = 2.2  # heights of its digits: in a lower field they all stand in one line
_IS_WRITTEN = 0.02  # squares of a field's height: with so much ink a field is not empty
# So many of the fields without a digit read are empty on made forms: of those with ink in them; of
# those so low on the picture that faint ink cannot be told from none.
_EMPTY_WITH_INK, _EMPTY_IF_SMALL = 0.02, 0.4
# Pixels of a field on the picture. Of 35 filled ones of made forms that were lower than the first
# none was read rightly, of 120 from there to 20 a third, of 130 from 20 on two thirds.
UNREADABLE, SMALL = 9, 20
_PRINTED = "printed"  # why a digit is rejected that says nothing of what was written


@dataclass(frozen=True, slots=True)
class FieldReading:
    """What stands in a field.

    Attributes:
        name: Of the field.
        text: What was read; nothing where it is empty.
        probability: That all of it is right, and that nothing was missed, 0 to 1.
        note: What is wrong with it: too many or too few digits, required and empty, something that
            was not read, too small to be read; None: nothing.
    """

    name: str
    text: str
    probability: float
    note: str | None = None


def read_fields(
    page: Page,
    fields: Sequence[FormField],
    scale: float,
    *,
    ink: Sequence[float] | None = None,
    heights: Sequence[float] | None = None,
) -> list[FieldReading]:
    """Give each digit of a page to the field that it stands in.

    Args:
        page: Aligned to the template.
        fields: Of the form.
        scale: Pixels of the page for each of the template.
        ink: Of `written_ink`, for each field; None: it was not measured.
        heights: Of each field on the picture, pixels; None: they are high enough.
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
        height = np.inf if heights is None else heights[number]
        if height < UNREADABLE:
            note = f"too small to be read, {height:.0f} pixels high on the picture"
            readings.append(FieldReading(field.name, "", 0.0, note))
            continue
        inside = [
            digit for digit, owner in zip(page.digits, owners, strict=True) if owner == number
        ]
        missed = [probability for owner, probability in doubts if owner == number]
        if inside:
            readings.append(_filled(field, inside, missed, box[3], page.separator))
        else:
            is_written = ink is not None and ink[number] > _IS_WRITTEN
            is_small = height < SMALL
            readings.append(_empty(field, missed, is_written=is_written, is_small=is_small))
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


def _filled(
    field: FormField, digits: list[Digit], missed: list[float], height: float, separator: str
) -> FieldReading:
    """Put the digits of a field in order, and say what is wrong with their number."""
    text = separator.join(digit.name for digit in _in_order(digits, height))
    sure = [digit.probability for digit in digits] + [1 - each for each in missed]
    reading = FieldReading(field.name, text, float(np.prod(sure)))
    if field.digits in (None, len(digits)):
        return reading
    wanted = "1 digit belongs" if field.digits == 1 else f"{field.digits} digits belong"
    are = "1 was" if len(digits) == 1 else f"{len(digits)} were"
    return replace(reading, note=f"{wanted} there, {are} read")


def _empty(
    field: FormField, missed: list[float], *, is_written: bool, is_small: bool
) -> FieldReading:
    """Say how sure it is that a field without a digit is empty."""
    probability = float(np.prod([1 - each for each in missed]))
    if is_written:
        note = "something stands there that was not read"
        return FieldReading(field.name, "", min(probability, _EMPTY_WITH_INK), note)
    note = "required, and empty" if field.required else None
    most = _EMPTY_IF_SMALL if is_small else 1.0
    return FieldReading(field.name, "", min(probability, most), note)


def _in_order(digits: list[Digit], height: float) -> list[Digit]:
    boxes = np.array([digit.box for digit in digits], float).reshape(-1, 4)
    if height < _LINES * np.median(boxes[:, 3]):
        return sorted(digits, key=lambda digit: digit.box[0] + digit.box[2] / 2)
    return [digits[i] for line in order_in_lines(boxes) for i in line]
