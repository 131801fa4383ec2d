"""Which candidates are likely digits, judged together by what is written around each."""

import numpy as np

from mnister.pieces.choose import Verdict

_EXPECTED = 0.65  # share of digits around a candidate, where nothing is known of it
_PAGE_PRIOR, _LINE_PRIOR = 3.0, 1.0  # candidates that what is expected counts for
_WITNESS, _COMPANY = 0.65, 2.0  # weights of the network's word and of what is around
_STICK_WEIGHT = 0.15  # most of what is wrongly taken for a digit is taken for a 1
_MOST_REST, _WITH_REST = 0.2, 1.5  # of a piece that is cut; how much that tells against its parts
_ROUNDS = 5
_LEAST_PROBABLE, _LEAST_SHARE = 1e-4, 0.02  # nothing is taken to be less probable
_LINE_HEIGHT = 0.6  # sizes of a digit: what is not farther up or down is in its line
_NEARNESS = 1.0  # sizes of a digit: so far away, a neighbour counts for 1 / e


def likely_digits(
    verdicts: list[Verdict],
    alike: np.ndarray,
    none: int | None,
    digit_share: float,
    stick: int | None = None,
) -> np.ndarray:
    """Judge again which candidates are digits, knowing what is written around each.

    Some letters look just like digits; what tells them is the letters beside them. The share of
    digits around a candidate takes the place of the share that the network takes for granted; as
    what looks like a digit to it is often the same letter again, its word counts for less than
    that of an independent witness. The shares follow from what the candidates around are, and so
    both are found in turns. Source of the exchange of shares: M. Saerens, P. Latinne,
    C. Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural
    Computation 14 (2002); of doing so for each place by its neighbours: A. Rosenfeld, R. A.
    Hummel, S. W. Zucker, "Scene labeling by relaxation operations", IEEE Transactions on Systems,
    Man, and Cybernetics 6 (1976).

    Args:
        verdicts: Of one page.
        alike: bool (N, N), whether the second could be written by the hand and pen of the first.
        none: The class "no digit", or None.
        digit_share: Share of digits that the probabilities take for granted, 0 to 1.
        stick: The class that a mere stick is taken for, or None.

    Returns:
        bool (N,).
    """
    chosen = np.array([verdict.is_digit for verdict in verdicts], bool)
    if none is None or not chosen.any() or not 0 < digit_share < 1:
        return chosen
    clutter = np.clip(
        [verdict.probabilities[none] for verdict in verdicts], _LEAST_PROBABLE, 1 - _LEAST_PROBABLE
    )
    witness = _WITNESS * (_logit(1 - clutter) - _logit(digit_share))
    is_whole = are_one_piece(verdicts)
    witness -= _WITH_REST * _are_cut_from_a_rest(verdicts, chosen, is_whole)
    near, on_page = company(verdicts, alike, is_whole)
    near_alike = near * alike
    are_sticks = np.array([is_stick(verdict, stick) for verdict in verdicts], bool)
    are_letters = _are_strokes_of_letters(are_sticks | ~chosen, is_whole)
    weights = np.where(are_sticks & ~are_letters, _STICK_WEIGHT, 1.0)
    posterior = np.where(chosen, 1 - clutter, 0.0)
    for _ in range(_ROUNDS):
        digits = np.where(are_letters, 0.0, weights * posterior)
        others = weights - digits
        page_share = _shrunk(on_page @ digits, on_page @ others, _EXPECTED, _PAGE_PRIOR)
        share = _shrunk(near @ digits, near_alike @ others, page_share, _LINE_PRIOR)
        share = np.clip(share, _LEAST_SHARE, 1 - _LEAST_SHARE)
        odds = witness + _COMPANY * (_logit(share) - _logit(_EXPECTED))
        posterior = np.where(chosen, 1 / (1 + np.exp(-odds)), 0.0)
    return posterior > 0.5


def company(
    verdicts: list[Verdict], alike: np.ndarray, is_whole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weigh how much the candidates of a page say about each other.

    The parts of one connected piece of ink count as one, a w is no four 1s, and say nothing about
    each other.

    Args:
        verdicts: Of one page.
        alike: bool (N, N), whether the second could be written by the hand and pen of the first.
        is_whole: bool (N, N), whether the two were cut from the same connected ink.

    Returns:
        float32 (N, N), how near in its line each is to the first; and which are like it, wherever.
    """
    boxes = np.array([verdict.candidate.box for verdict in verdicts], np.float32)
    (x, y), (width, _) = (boxes[:, :2] + boxes[:, 2:] / 2).T, boxes[:, 2:].T
    reach = boxes[:, 2:].max(axis=1)[:, None]
    weights = ~is_whole / is_whole.sum(axis=1, dtype=np.float32)
    gaps = np.abs(x[:, None] - x) - (width[:, None] + width) / 2
    nearness = np.exp(-np.maximum(gaps, 0) / (_NEARNESS * reach))
    is_beside = np.abs(y[:, None] - y) < _LINE_HEIGHT * reach
    return weights * nearness * is_beside, weights * alike


def _are_strokes_of_letters(are_sticks: np.ndarray, is_whole: np.ndarray) -> np.ndarray:
    """Say which candidates are one piece of ink with others, all of them sticks: bool (N,).

    An m, n or u is cut into 1s; 1s that touch only each other are seldom written.
    """
    return (is_whole.sum(axis=1) > 1) & ~(is_whole & ~are_sticks).any(axis=1)


def _are_cut_from_a_rest(
    verdicts: list[Verdict], are_digits: np.ndarray, is_whole: np.ndarray
) -> np.ndarray:
    """Say which candidates were cut out of ink much of which is no digit: bool (N,).

    Where digits touch, all of the ink is theirs; out of letters and scribbles, part is cut.
    """
    areas = np.array([verdict.candidate.area for verdict in verdicts], float)
    rest = is_whole @ (areas * ~are_digits) / (is_whole @ areas)
    return (rest > _MOST_REST) & [verdict.candidate.is_part for verdict in verdicts]


def are_one_piece(verdicts: list[Verdict]) -> np.ndarray:
    """Say which candidates were cut from the same connected ink: bool (N, N)."""
    wholes = np.array([verdict.candidate.atoms[0].whole for verdict in verdicts], int)
    return wholes[:, None] == wholes


def _shrunk(
    digits: np.ndarray, others: np.ndarray, expected: np.ndarray | float, weight: float
) -> np.ndarray:
    """Return the share of digits, shrunk towards what is expected as much as by `weight` more."""
    return (digits + weight * expected) / (digits + others + weight)


def _logit(share: np.ndarray | float) -> np.ndarray:
    """Return the logarithm of the odds."""
    return np.log(share) - np.log1p(-share)


def is_stick(verdict: Verdict, stick: int | None) -> bool:
    """Tell whether a mere stick is what a candidate looks like most."""
    return stick is not None and bool(verdict.probabilities.argmax() == stick)
