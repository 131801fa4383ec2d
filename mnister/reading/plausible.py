"""Drop what the network took for a digit but that does not fit the rest of its page."""

import numpy as np

from mnister.images.ink import Ink
from mnister.reading.choose import Verdict

_LEAST_SIZE = 0.35  # of the page's typical digit
_MOST_SIZE = 3.0
_LEAST_DARKNESS = 0.4  # of the page's typical ink


def implausible(verdicts: list[Verdict], ink: Ink, none: int | None) -> list[str | None]:
    """Say of each candidate why it is no digit of this page.

    Args:
        verdicts: Of one page.
        ink: Where they were found.
        none: The class "no digit", or None.

    Returns:
        For each the reason, or None for a digit.
    """
    sizes = np.array([max(v.candidate.piece.box[2:]) for v in verdicts], float)
    depths = np.array([darkness(v, ink) for v in verdicts])
    sure = np.array([v.is_digit and confidence(v, none) > 0.7 for v in verdicts], bool)
    if not sure.any():
        sure = np.array([v.is_digit for v in verdicts], bool)
    typical_size = float(np.median(sizes[sure])) if sure.any() else 0.0
    typical_depth = float((depths[sure] ** 2).sum() / depths[sure].sum()) if sure.any() else 0.0
    reasons: list[str | None] = []
    for verdict, size, depth in zip(verdicts, sizes, depths, strict=True):
        reason = None
        if not verdict.is_digit:
            reason = "no digit"
        elif size < _LEAST_SIZE * typical_size:
            reason = "too small for this page"
        elif size > _MOST_SIZE * typical_size:
            reason = "too large for this page"
        elif depth < _LEAST_DARKNESS * typical_depth:
            reason = "too faint for this page"
        reasons.append(reason)
    return reasons


def confidence(verdict: Verdict, none: int | None) -> float:
    """Return the probability of the likeliest digit."""
    digits = verdict.probabilities if none is None else np.delete(verdict.probabilities, none)
    return float(digits.max())


def darkness(verdict: Verdict, ink: Ink) -> float:
    """Return by how many grey levels a candidate's ink is darker than the paper."""
    x, y, width, height = verdict.candidate.piece.box
    under = ink.even[y : y + height, x : x + width][verdict.candidate.piece.mask > 0]
    return float(ink.paper_level - under.mean()) if under.size else 0.0
