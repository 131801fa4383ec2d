"""Pages as plain values, which a journal keeps, and back; their pictures are written by then."""

from typing import Any

import numpy as np

from mnister.reading.page import Digit, Guess, Page, Rejected

_PLAIN = (
    *("width", "height", "threshold", "polarity", "rotation", "milliseconds"),
    *("note", "separator", "min_confidence"),
)
_NO_IMAGE = np.zeros((0, 0), np.uint8)


def as_plain(page: Page) -> dict[str, Any] | None:
    """Return all of a page but its file and its pictures; None where it could not be read."""
    if page.error is not None:
        return None
    digits = [
        [d.box, d.line, d.name, *_plain_guess(d.best), *_plain_guess(d.second)]
        for d in page.digits
    ]
    rejected = [[r.box, r.reason, r.name, r.probability] for r in page.rejected]
    lists = {"lines": page.lines, "digits": digits, "rejected": rejected}
    return {name: getattr(page, name) for name in _PLAIN} | lists


def as_page(file: str, kept: dict[str, Any]) -> Page:
    """Return the page of which `as_plain` kept so much."""
    digits = tuple(
        Digit(tuple(box), line, name, Guess(*best), Guess(*second), _NO_IMAGE)
        for box, line, name, *guesses in kept["digits"]
        for best, second in [(guesses[:2], guesses[2:])]
    )
    return Page(
        file,
        lines=tuple(kept["lines"]),
        digits=digits,
        rejected=tuple(Rejected(tuple(box), *rest) for box, *rest in kept["rejected"]),
        **{name: kept[name] for name in _PLAIN},
    )


def _plain_guess(guess: Guess) -> tuple[str, float]:
    return guess.name, guess.probability
