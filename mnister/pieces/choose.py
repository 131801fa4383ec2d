"""Let the network choose among candidates: which are digits, together, apart, or clutter.

Every atom of ink must be explained once, by a digit or as clutter, and the explanation with the
greatest likelihood wins. A candidate of n atoms counts n-fold, so that explanations with few and
with many candidates compare. Source of the idea: segmentation by recognition, Y. LeCun et al.,
"Gradient-based learning applied to document recognition", Proc. IEEE 86 (1998), section VI.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mnister.images.components import Piece
from mnister.pieces.candidates import Candidate

_CLUTTER_COST = 1.2  # nats for calling an atom of a digit's size clutter
_SMALL = 0.3  # of a digit's height
_DUST_COST = 0.05  # nats for calling a small piece clutter
_CUT_COST = 0.3  # nats for each digit cut out of connected ink
_INK_WEIGHT = 1.5  # nats for each e-fold of ink, where one digit is looked for
_FLATTEST = 1.6  # times as wide as tall: no digit lies as flat
_UNLIKELY = 4.0  # nats for a digit much smaller or flatter than digits are
_BEAM = 200  # explanations followed at a time


@dataclass(frozen=True)
class Verdict:
    """What the network thinks of a candidate.

    Attributes:
        candidate: The ink.
        is_digit: False for clutter.
        probabilities: float32 (classes,), as the network gave them.
    """

    candidate: Candidate
    is_digit: bool
    probabilities: np.ndarray


def choose(
    candidates: list[Candidate], probabilities: np.ndarray, none: int | None, height: float
) -> list[Verdict]:
    """Choose the candidates that explain all ink best.

    Args:
        candidates: Of one page; each atom must be a candidate by itself.
        probabilities: float32 (candidates, classes).
        none: The class "no digit", or None when the network has none.
        height: Typical height of a digit, pixels.

    Returns:
        One verdict for each candidate chosen; each atom is in exactly one of them.
    """
    scores, is_digit = _scores(candidates, probabilities, none, height)
    considered = [
        i
        for i, candidate in enumerate(candidates)
        if len(candidate.members) == 1 or (is_digit[i] and scores[i] > -4 * len(candidate.members))
    ]
    chosen: list[int] = []
    for knot in _knots([candidates[i].members for i in considered]):
        chosen += _best_cover(
            {candidates[considered[k]].members: considered[k] for k in knot}, scores
        )
    return [Verdict(candidates[i], bool(is_digit[i]), probabilities[i]) for i in sorted(chosen)]


def choose_one(
    candidates: list[Candidate], probabilities: np.ndarray, none: int | None, depth: np.ndarray
) -> list[Verdict]:
    """Choose the one candidate that is the digit of a picture: probable, large and dark.

    Args:
        candidates: Of one picture.
        probabilities: float32 (candidates, classes).
        none: The class "no digit", or None when the network has none.
        depth: uint8 (height, width), how much darker than the paper each pixel is.

    Returns:
        One verdict, or none where there is no candidate.
    """
    if not candidates:
        return []
    digits = probabilities if none is None else np.delete(probabilities, none, axis=1)
    amounts = np.array([_amount(candidate.piece, depth) for candidate in candidates])
    scores = np.log(np.maximum(digits.max(axis=1), 1e-6)) + _INK_WEIGHT * np.log(amounts)
    best = int(np.argmax(scores))
    return [Verdict(candidates[best], True, probabilities[best])]


def _amount(piece: Piece, depth: np.ndarray) -> float:
    """Return how much ink a piece is: its pixels, each as much as it is dark."""
    return max(1.0, piece.area * cv2.mean(piece.cut_from(depth), piece.mask)[0])


def _scores(
    candidates: list[Candidate], probabilities: np.ndarray, none: int | None, height: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return each candidate's log-likelihood and whether it is as a digit."""
    digits = probabilities if none is None else np.delete(probabilities, none, axis=1)
    as_digit = np.log(np.maximum(digits.max(axis=1), 1e-6))
    clutter = np.full(len(candidates), 0.05) if none is None else probabilities[:, none]
    boxes = np.array([candidate.box for candidate in candidates]).reshape(-1, 4)
    sizes = boxes[:, 2:].max(axis=1) / max(height, 1.0)
    # To leave out what was cut off a larger piece costs as much as to leave out all of that; but
    # without a class for what is no digit, a small part is rather left out than read as anything.
    extents = np.array([c.extent for c in candidates]) / max(height, 1.0)
    as_clutter = _as_clutter(clutter, sizes if none is None else extents)
    flat = boxes[:, 2] > _FLATTEST * boxes[:, 3]
    as_digit -= _CUT_COST * np.array([candidate.is_part for candidate in candidates])
    unlikely = np.where((sizes < _SMALL) | flat, _UNLIKELY, 0.0)
    joined = np.array([len(c.members) for c in candidates])
    is_digit = (as_digit - unlikely >= _as_clutter(clutter, sizes)) | (joined > 1)
    return joined * np.where(is_digit, as_digit, as_clutter) - is_digit * unlikely, is_digit


def _as_clutter(probabilities: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the log-likelihood that ink is clutter; sizes in heights of a digit."""
    as_clutter = np.log(np.maximum(probabilities, 1e-6)) - _CLUTTER_COST * np.minimum(sizes, 1.0)
    return np.where(sizes < _SMALL, -_DUST_COST, as_clutter)


def _knots(groups: list[tuple[int, ...]]) -> list[list[int]]:
    """Split groups into sets that share no atom; returns positions in `groups`."""
    parent: dict[int, int] = {}

    def root(atom: int) -> int:
        while parent.setdefault(atom, atom) != atom:
            atom = parent[atom]
        return atom

    for group in groups:
        for atom in group[1:]:
            parent[root(atom)] = root(group[0])
    knots: dict[int, list[int]] = {}
    for position, group in enumerate(groups):
        knots.setdefault(root(group[0]), []).append(position)
    return list(knots.values())


def _best_cover(groups: dict[tuple[int, ...], int], scores: np.ndarray) -> list[int]:
    """Cover every atom exactly once with the greatest sum of scores.

    A search over the sets of atoms explained so far, always extended at the first unexplained one;
    where there are too many, only the best are followed.
    """
    by_first: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for group, number in groups.items():
        by_first.setdefault(group[0], []).append((group, number))
    best: dict[frozenset[int], tuple[float, tuple[int, ...]]] = {frozenset(): (0.0, ())}
    for atom in sorted({atom for group in groups for atom in group}):
        extended: dict[frozenset[int], tuple[float, tuple[int, ...]]] = {}
        for ahead, (score, chosen) in best.items():
            if atom in ahead:
                _keep_better(extended, ahead - {atom}, score, chosen)
                continue
            for group, number in by_first.get(atom, ()):
                rest = frozenset(group[1:])
                if not rest & ahead:
                    _keep_better(extended, ahead | rest, score + scores[number], (*chosen, number))
        best = dict(sorted(extended.items(), key=lambda item: -item[1][0])[:_BEAM])
    return list(max(best.values())[1])


def _keep_better(
    table: dict[frozenset[int], tuple[float, tuple[int, ...]]],
    ahead: frozenset[int],
    score: float,
    chosen: tuple[int, ...],
) -> None:
    if ahead not in table or table[ahead][0] < score:
        table[ahead] = (score, chosen)
