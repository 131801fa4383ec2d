"""What was found becomes a page, in the picture's own pixels and in reading order."""

from collections.abc import Sequence

import numpy as np

from mnister.images.files import Picture
from mnister.reading import layout, notes
from mnister.reading.marks import Marks
from mnister.reading.page import Digit, Guess, Page, Rejected, separator_of


def build_page(
    picture: Picture,
    marks: Marks,
    names: Sequence[str],
    *,
    reading_order: str,
    min_confidence: float,
) -> Page:
    """Put what was found on a page.

    Args:
        picture: Upright.
        marks: What was found on it.
        names: Of the classes, in the order of the marks' probabilities.
        reading_order: Of the lines, one of `layout.ORDERS`.
        min_confidence: 0 to 1; a digit less probable than this is read as "?", a number is not
            sure.

    Returns:
        The page; without digits where none is found, and then `note` says why.
    """
    kept, separator = marks.digits, separator_of(names)
    lines = layout.order_in_lines(marks.boxes[kept], reading_order)
    digits = tuple(
        _digit(picture, marks, int(kept[i]), n, names, min_confidence)
        for n, line in enumerate(lines)
        for i in line
    )
    read = [[digit.name for digit in digits if digit.line == n] for n in range(len(lines))]
    polarity = {None: None, True: "light_on_dark", False: "dark_on_light"}
    return Page(
        None,
        picture.width,
        picture.height,
        tuple(separator.join(line) for line in read),
        digits,
        _rejected(picture, marks, names),
        threshold=marks.threshold,
        polarity=polarity[marks.is_light_on_dark],
        picture=picture.pixels,
        stages=marks.stages,
        note=_note(picture, marks),
        separator=separator,
        min_confidence=min_confidence,
    )


def _note(picture: Picture, marks: Marks) -> str | None:
    """Say what a user should know beside the digits."""
    said = []
    if marks.why_none is not None:
        said.append(marks.why_none)
    if marks.cut_short:
        said.append(notes.only_the_largest(marks.cut_short))
    if picture.pages > 1:
        said.append(notes.other_pages(picture.pages))
    if picture.is_cut:
        said.append(notes.lost_pages())
    return "\n".join(map(str, said)) or None


def _digit(
    picture: Picture,
    marks: Marks,
    number: int,
    line: int,
    names: Sequence[str],
    min_confidence: float,
) -> Digit:
    first, second = _guesses(marks.probabilities[number], names)
    return Digit(
        box=_in_pixels(picture, marks.boxes[number]),
        line=line,
        name=first.name if first.probability >= min_confidence else "?",
        best=first,
        second=second,
        image=marks.images[number],
        probabilities=tuple(map(float, marks.probabilities[number])),
    )


def _rejected(picture: Picture, marks: Marks, names: Sequence[str]) -> tuple[Rejected, ...]:
    """List what is not read, with the reason."""
    rejected = []
    for number, reason in enumerate(marks.reasons):
        if reason is not None:
            first, _ = _guesses(marks.probabilities[number], names)
            box = _in_pixels(picture, marks.boxes[number])
            rejected.append(Rejected(box, reason, first.name, first.probability))
    return tuple(rejected)


def _guesses(probabilities: np.ndarray, names: Sequence[str]) -> tuple[Guess, Guess]:
    """Return the two likeliest digits."""
    order = np.argsort(-probabilities, kind="stable")[:2]
    first, second = (Guess(names[int(i)], float(probabilities[i])) for i in order)
    return first, second


def _in_pixels(picture: Picture, box: np.ndarray) -> tuple[int, int, int, int]:
    """Return the part of a box that is on the picture, in the original's whole pixels."""
    x, y, width, height = (float(value) * picture.scale for value in box)
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(picture.width, round(x + width)), min(picture.height, round(y + height))
    return left, top, max(1, right - left), max(1, bottom - top)
