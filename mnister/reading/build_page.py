"""What was found becomes a page, in the picture's own pixels and in reading order."""

from collections.abc import Sequence

import numpy as np

from mnister.data.datasets import NONE_NAME
from mnister.images.files import Picture
from mnister.images.normalize import normalize_digit
from mnister.reading import layout, notes
from mnister.reading.choose import Verdict
from mnister.reading.finder import Found
from mnister.reading.page import Digit, Guess, Page, Rejected, separator_of

_SPECK = 0.3  # of a digit's height: what is smaller and no digit is not worth a word


def build_page(
    picture: Picture,
    found: Found,
    class_names: Sequence[str],
    *,
    reading_order: str,
    min_confidence: float,
    has_stages: bool,
) -> Page:
    """Put what was found on a page.

    Args:
        picture: Upright.
        found: What the best look at it found.
        class_names: The network's, in order.
        reading_order: Of the lines, one of `layout.ORDERS`.
        min_confidence: 0 to 1; a digit less probable than this is read as "?".
        has_stages: Keep every stage of the pipeline in the page.

    Returns:
        The page; without digits where none is found, and then `note` says why.
    """
    ink, scale, kept = found.ink, picture.scale / found.ink.scale, found.digits
    boxes = np.array([verdict.candidate.box for verdict in kept])
    lines = layout.order_in_lines(boxes, reading_order)
    digits = tuple(
        _digit(kept[i], n, scale, class_names, min_confidence)
        for n, line in enumerate(lines)
        for i in line
    )
    names = [[digit.name for digit in digits if digit.line == n] for n in range(len(lines))]
    separator = separator_of(name for name in class_names if name != NONE_NAME)
    return Page(
        None,
        picture.width,
        picture.height,
        tuple(separator.join(line) for line in names),
        digits,
        _rejected(found, scale, class_names),
        threshold=ink.threshold,
        polarity="light_on_dark" if ink.is_light_on_dark else "dark_on_light",
        look=found.look,
        picture=picture.pixels,
        stages=tuple(ink.stages) if has_stages else (),
        note=_note(picture, found),
        separator=separator,
    )


def _note(picture: Picture, found: Found) -> str | None:
    """Say what a user should know beside the digits."""
    said = []
    if not found.count:
        said.append(notes.no_digit(picture, found.ink, has_ink=bool(found.verdicts)))
    elif found.cut_short:
        said.append(notes.only_the_largest(found.cut_short))
    if picture.pages > 1:
        said.append(notes.other_pages(picture.pages))
    return "\n".join(map(str, said)) or None


def _digit(
    verdict: Verdict, line: int, scale: float, names: Sequence[str], min_confidence: float
) -> Digit:
    first, second = _guesses(verdict.probabilities, names)
    return Digit(
        box=_scaled(verdict.candidate.box, scale),
        line=line,
        name=first.name if first.probability >= min_confidence else "?",
        best=first,
        second=second,
        image=normalize_digit(verdict.candidate.piece.mask),
        probabilities=tuple(map(float, verdict.probabilities)),
    )


def _rejected(found: Found, scale: float, names: Sequence[str]) -> tuple[Rejected, ...]:
    """List what is no digit, larger than specks."""
    rejected = []
    for verdict, reason in zip(found.verdicts, found.reasons, strict=True):
        box = verdict.candidate.box
        if reason is not None and box[3] > _SPECK * found.ink.height:
            first, _ = _guesses(verdict.probabilities, names)
            rejected.append(Rejected(_scaled(box, scale), reason, first.name, first.probability))
    return tuple(rejected)


def _guesses(probabilities: np.ndarray, names: Sequence[str]) -> tuple[Guess, Guess]:
    """Return the two likeliest digits."""
    order = [int(i) for i in np.argsort(-probabilities, kind="stable") if names[i] != NONE_NAME]
    first, second = (Guess(names[i], float(probabilities[i])) for i in order[:2])
    return first, second


def _scaled(box: tuple[int, int, int, int], scale: float) -> tuple[int, int, int, int]:
    x, y, width, height = (round(value * scale) for value in box)
    return x, y, width, height
