"""Where digits stand on pages that no network trains on: to choose networks by."""

import numpy as np

from mnister.hands.drawing import stroke
from mnister.pages.draft import Draft
from mnister.pages.writing import random_digits, write_in_box, write_row


def arc(draft: Draft) -> None:
    """Write digits along a circle, as on the face of a clock."""
    rng, height = draft.rng, draft.height
    centre, radius = rng.uniform(0.35, 0.65, 2) * draft.size, rng.uniform(0.25, 0.45) * draft.size
    for angle in np.arange(0, 2 * np.pi, 1.6 * height / radius):
        digit = int(rng.integers(10))
        x, y = centre + radius * np.array([np.cos(angle), np.sin(angle)])
        ink = draft.ink(digit)
        draft.put(ink, digit, x - ink.box[2] / 2, y + ink.box[3] / 2)


def dates(draft: Draft) -> None:
    """Write dates and times below each other."""
    rng, height = draft.rng, draft.height
    form = str(rng.choice(["{}/{}/{}", "{}.{}.{}", "{}-{}-{}", "{}:{} {}", "{} / {} {}"]))
    baseline = rng.uniform(1, 2) * height
    while baseline < draft.size and not draft.is_full:
        text = form.format(*(random_digits(rng, 2) for _ in range(3)))
        write_row(draft, text, rng.uniform(0, 0.2) * draft.size, baseline, gap=0.1)
        baseline += height * rng.uniform(1.5, 2.5)


def telephone(draft: Draft) -> None:
    """Write telephone numbers: brackets, pairs, a plus before."""
    rng, height = draft.rng, draft.height
    baseline = rng.uniform(1, 2) * height
    while baseline < draft.size and not draft.is_full:
        pairs = " ".join(random_digits(rng, 2) for _ in range(3))
        text = (
            f"+{random_digits(rng, 2)} {pairs}" if rng.random() < 0.5 else f"({pairs[:2]}){pairs}"
        )
        write_row(draft, text, rng.uniform(-0.5, 0.5) * height, baseline, gap=rng.uniform(0, 0.2))
        baseline += height * rng.uniform(1.6, 3)


def fractions(draft: Draft) -> None:
    """Write fractions: a number, a bar, a number below."""
    rng, height = draft.rng, draft.height
    for y in np.arange(0.4 * height, draft.size, 3.4 * height):
        for x in np.arange(rng.uniform(0, 1) * height, draft.size, rng.uniform(2.2, 3.4) * height):
            over, under = (random_digits(rng, int(rng.integers(1, 3))) for _ in range(2))
            write_row(draft, over, x, y + height, gap=0.1)
            draft.line(
                np.array([(x - 2, y + 1.2 * height), (x + 1.5 * height, y + 1.17 * height)])
            )
            write_row(draft, under, x, y + 2.4 * height, gap=0.1)


def sudoku(draft: Draft) -> None:
    """Fill some of the squares of a grid whose every third line is bold."""
    rng = draft.rng
    side = draft.height / 0.7
    left, top = rng.uniform(-2, 0.5, 2) * side
    for i in range(10):
        width = 2.5 if i % 3 == 0 else 0.8
        at = i * side
        stroke(draft.printed, np.array([(left + at, top), (left + at, top + 9 * side)]), width)
        stroke(draft.printed, np.array([(left, top + at), (left + 9 * side, top + at)]), width)
    for row, column in np.ndindex(9, 9):
        if rng.random() < 0.4:
            x, y = left + column * side, top + row * side
            write_in_box(draft, str(rng.integers(1, 10)), x, y, side, side, 0.7)


def nothing(draft: Draft) -> None:
    """Leave the page without a handwritten digit."""


UNSEEN = (
    (arc, 0.16), (dates, 0.24), (telephone, 0.18), (fractions, 0.16), (sudoku, 0.18),
    (nothing, 0.08),
)  # fmt: skip
