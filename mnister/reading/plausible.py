"""Drop what the network took for a digit but that does not fit the rest of its page."""

import cv2
import numpy as np

from mnister.images.ink import Ink
from mnister.images.normalize import stroke_width
from mnister.reading.choose import Verdict

_LEAST_SIZE, _MOST_SIZE = 0.35, 3.0  # of the page's typical digit
_ODD_SIZE = 2.0  # times as small or large as the typical digit needs a sure network
_SURE = 0.9
_REST_OF_RULE = 0.75  # of the typical digit: what is smaller and touches a rule
DIGIT_SHARE = 0.72  # of digits among what a network with the class "none" is trained on
_PRIOR_WEIGHT = 4.0  # candidates that this share counts for
_ROUNDS = 5
_RATHER_SURE = 0.7
_LEAST_DARKNESS = 0.4  # of the page's typical ink
_MOST_STROKE = 4.5  # of the page's typical stroke: a blot


def implausible(verdicts: list[Verdict], ink: Ink, none: int | None) -> list[str | None]:
    """Say of each candidate why it is no digit of this page.

    Args:
        verdicts: Of one page.
        ink: Where they were found.
        none: The class "no digit", or None.

    Returns:
        For each the reason, or None for a digit.
    """
    measures = np.array([_measure(verdict, ink) for verdict in verdicts], float).reshape(-1, 4)
    sizeable = measures[:, 0] > 0.5 * ink.height
    are_digits = likely_digits(verdicts, sizeable, none)
    sure = are_digits & np.array([confidence(v, none) > _RATHER_SURE for v in verdicts], bool)
    typical = measures[sure if sure.any() else are_digits]
    if not len(typical):
        return ["no digit"] * len(verdicts)
    size, stroke = middle(typical[:, 0]), middle(typical[:, 1])
    darkness = (typical[:, 2] ** 2).sum() / max(typical[:, 2].sum(), 1e-6)
    relative = measures / np.maximum((size, stroke, darkness, 1.0), 1e-6)
    return [
        _misfit(*row, confidence(verdict, none)) if is_digit else "no digit"
        for verdict, row, is_digit in zip(verdicts, relative, are_digits, strict=True)
    ]


def likely_digits(verdicts: list[Verdict], sizeable: np.ndarray, none: int | None) -> np.ndarray:
    """Judge again which candidates are digits, knowing how much of the page is.

    On a page of letters or texture, something that looks rather like a digit most likely is none;
    on a page of digits it is one. Source: M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the
    outputs of a classifier to new a priori probabilities", Neural Computation 14 (2002).

    Args:
        verdicts: Of one page.
        sizeable: bool (N,), which are large enough to count.
        none: The class "no digit", or None.

    Returns:
        bool (N,).
    """
    chosen = np.array([verdict.is_digit for verdict in verdicts], bool)
    if none is None or not chosen.any():
        return chosen
    clutter = np.clip([verdict.probabilities[none] for verdict in verdicts], 1e-4, 1 - 1e-4)
    share, posterior = DIGIT_SHARE, 1 - clutter
    for _ in range(_ROUNDS):
        counted = posterior[sizeable]
        share = (counted.sum() + _PRIOR_WEIGHT * DIGIT_SHARE) / (len(counted) + _PRIOR_WEIGHT)
        as_digit = (1 - clutter) * share / DIGIT_SHARE
        posterior = as_digit / (as_digit + clutter * (1 - share) / (1 - DIGIT_SHARE))
    return chosen & (posterior > 0.5)


def _measure(verdict: Verdict, ink: Ink) -> tuple[float, float, float, bool]:
    """Measure longer side and stroke in pixels, darkness, and whether it touches a ruling."""
    piece = verdict.candidate.piece
    under = ink.even[piece.y : piece.y + piece.height, piece.x : piece.x + piece.width]
    depth = ink.paper_level - under[piece.mask > 0].mean()
    around = cv2.copyMakeBorder(piece.mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    around = cv2.dilate(around, np.ones((5, 5), np.uint8))[2:-2, 2:-2]
    rulings = ink.rulings[piece.y : piece.y + piece.height, piece.x : piece.x + piece.width]
    touches = bool((rulings & around).any())
    return max(piece.width, piece.height), stroke_width(piece.mask), depth, touches


def middle(values: np.ndarray) -> float:
    """Return the median; NumPy's own imports masked arrays first, which takes 80 ms."""
    return float(np.sort(values)[len(values) // 2])


def _misfit(
    size: float, stroke: float, darkness: float, touches: float, probability: float
) -> str | None:
    """Say why a digit does not fit its page, from its measures relative to the page's digits."""
    is_odd = max(size, 1 / size) > _ODD_SIZE and probability < _SURE
    if size < _LEAST_SIZE or (size < 1 and is_odd):
        return "too small for this page"
    if size > _MOST_SIZE or is_odd:
        return "too large for this page"
    if touches and size < _REST_OF_RULE:
        return "rest of a rule"
    if darkness < _LEAST_DARKNESS:
        return "too faint for this page"
    if stroke > _MOST_STROKE:
        return "too thick for this page"
    return None


def confidence(verdict: Verdict, none: int | None) -> float:
    """Return the probability of the likeliest digit."""
    digits = verdict.probabilities if none is None else np.delete(verdict.probabilities, none)
    return float(digits.max())
