"""Digits found on a page beside those that stand there."""

import numpy as np

from mnister.detecting.peaks import IS_PRINTED, Found
from mnister.pages.made import HANDWRITTEN, IGNORED, MadePage

REACH = 0.3  # of the larger edge of a digit: so near to its centre lies that of one found

# The columns of a tally.
PAGES, DIGITS, FOUND, RIGHT, EXACT, EDITS = COLUMNS = range(6)


def judge(found: Found, page: MadePage) -> tuple[np.ndarray, np.ndarray]:
    """Tell which of the digits found count, and which of them are right.

    Each takes the nearest known digit that is near enough and that no likelier one took. What is
    taken for printed does not count, nor does what lies on something to be ignored.

    Args:
        found: The likeliest first.
        page: The page with its truth.

    Returns:
        bool (N,) and bool (N,): counts, and is a handwritten digit of the right class.
    """
    counts, right = found.printed <= IS_PRINTED, np.zeros(len(found), dtype=bool)
    centres = page.boxes[:, :2] + page.boxes[:, 2:] / 2
    reach = REACH * page.boxes[:, 2:].max(axis=1, initial=0)
    is_free = np.ones(len(centres), dtype=bool)
    for index in np.flatnonzero(counts):
        x, y, width, height = found.boxes[index]
        centre = np.array([x + width / 2, y + height / 2])
        distances = np.where(is_free, np.hypot(*(centres - centre).T) / np.maximum(reach, 1), 9)
        nearest = int(distances.argmin()) if len(distances) else -1
        if nearest >= 0 and distances[nearest] <= 1:
            kind = page.kinds[nearest]
            is_free[nearest] = kind == IGNORED
            counts[index] = kind != IGNORED
            is_class = found.classes[index] == page.classes[nearest]
            right[index] = kind == HANDWRITTEN and is_class
        else:
            counts[index] = not _is_on_ignored(centre, page)
    return counts, right


def _is_on_ignored(centre: np.ndarray, page: MadePage) -> bool:
    """Tell whether a point lies in a box that is to be ignored."""
    boxes = page.boxes[page.kinds == IGNORED]
    return bool(((centre >= boxes[:, :2]) & (centre <= boxes[:, :2] + boxes[:, 2:])).all(1).any())


def tally(found: Found, page: MadePage, thresholds: np.ndarray) -> np.ndarray:
    """Count for a page, at each of several thresholds, what `rates` needs.

    Args:
        found: All from the lowest threshold on, the likeliest first.
        page: The page with its truth.
        thresholds: (T,), of the probability of a digit's class.

    Returns:
        float64 (T, 6): pages, digits on them, found, right, pages exact, digits to change, add or
        take away. Tallies add up.
    """
    counts, right = judge(found, page)
    digits = int((page.kinds == HANDWRITTEN).sum())
    rows = np.zeros((len(thresholds), len(COLUMNS)))
    for row, threshold in zip(rows, thresholds, strict=True):
        is_in = found.scores >= threshold
        read, rightly = int((counts & is_in).sum()), int((right & is_in).sum())
        edits = max(digits, read) - rightly
        row[:] = 1, digits, read, rightly, edits == 0, edits
    return rows


def rates(row: np.ndarray) -> dict[str, float]:
    """Return what a row of a tally comes to, each 0 to 1.

    Returns:
        precision: Of the digits found, how many are right.
        recall: Of the digits there, how many were found and are right.
        f1: Harmonic mean of the two.
        digits: 1 - edits / digits, as texts are compared; a page without digits has edits, too.
        pages_exact: Of the pages, how many were read without any mistake.
    """
    digits, found, right = row[DIGITS], row[FOUND], row[RIGHT]
    return {
        "precision": float(right / max(found, 1)),
        "recall": float(right / max(digits, 1)),
        "f1": float(2 * right / max(found + digits, 1)),
        "digits": float(1 - row[EDITS] / max(digits, 1)),
        "pages_exact": float(row[EXACT] / max(row[PAGES], 1)),
    }
