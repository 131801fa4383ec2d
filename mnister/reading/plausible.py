"""Drop what the network took for a digit but that does not fit the rest of its page."""

from collections.abc import Sequence

import cv2
import numpy as np

from mnister.images.ink import Ink
from mnister.images.normalize import stroke_width
from mnister.reading.choose import Verdict

_MOST_SLENDER = 100  # strokes: the fine pen of a large hand draws digits of up to 70
_LEAST_SIZE, _MOST_SIZE = 0.35, 3.0  # of the page's typical digit
_ODD_SIZE = 2.0  # times as small or large as the typical digit needs a sure network
_SURE = 0.9
_REST_OF_RULE = 0.75  # of the typical digit: what is smaller and touches a rule
_PRIOR_WEIGHT = 4.0  # candidates that this share counts for
_ROUNDS = 5
_RATHER_SURE = 0.7
_LEAST_DARKNESS = 0.4  # of the page's typical ink
_LINE_HEIGHT = 0.6  # sizes of a digit: what is not farther up or down is in its line
_NEARNESS = 1.0  # sizes of a digit: so far away, a neighbour counts for 1 / e
_PAGE_WEIGHT = 3.0  # neighbours that the whole page counts for
_LEAST_COMPANY = 0.45  # share of digits: between pages of letters (0.1 to 0.4) and of digits
_LEAST_READ = 0.3  # of the ink: at most so much of texture reads as digits
_STICK_WEIGHT = 0.25  # most of what is wrongly taken for a digit is taken for a 1
_MOSTLY_STICKS = 0.75  # of what is taken for digits is 1s
_MOST_UNEVEN = 1.5  # times as long as the shortest is the longest of several 1s
_MOST_SPANNING = 0.5  # of several 1s reaches from one ruling to the next
_ENDS = 4  # of a stick: a quarter of it at either end
_LEGIBLE = 8  # pixels of the picture: it has smaller noise as well
_MOST_STROKE = 4.5  # of the page's typical stroke: a blot


def implausible(
    verdicts: list[Verdict],
    ink: Ink,
    none: int | None,
    digit_share: float,
    stick: int | None = None,
    is_page: bool = False,
) -> list[str | None]:
    """Say of each candidate why it is no digit of this page.

    Args:
        verdicts: Of one page.
        ink: Where they were found.
        none: The class "no digit", or None.
        digit_share: Share of digits that the probabilities take for granted, 0 to 1.
        stick: The class that a mere stick is taken for, or None.
        is_page: The picture was not cut out around one digit: what is tiny could be noise, what
            runs from edge to edge a shadow's edge.

    Returns:
        For each the reason, or None for a digit.
    """
    measures = np.array([_measure(verdict, ink) for verdict in verdicts], float).reshape(-1, 4)
    sizeable = measures[:, 0] > 0.5 * ink.height
    are_digits = likely_digits(verdicts, sizeable, none, digit_share)
    sure = are_digits & np.array([confidence(v, none) > _RATHER_SURE for v in verdicts], bool)
    typical = measures[sure if sure.any() else are_digits]
    if not len(typical):
        return ["no digit"] * len(verdicts)
    size, stroke = middle(typical[:, 0]), middle(typical[:, 1])
    darkness = (typical[:, 2] ** 2).sum() / max(typical[:, 2].sum(), 1e-6)
    relative = measures / np.maximum((size, stroke, darkness, 1.0), 1e-6)
    company = in_digit_company(verdicts, are_digits, _are_alike(relative), stick)
    legible = _LEGIBLE * ink.scale if is_page else 0.0
    reasons = [
        (
            _unwritten(*measure[:2], legible)
            or _misfit(*row, confidence(verdict, none), _is_stick(verdict, stick))
            or (share < _LEAST_COMPANY and "among what is no digit")
            or None
        )
        if is_digit
        else "no digit"
        for verdict, measure, row, is_digit, share in zip(
            verdicts, measures, relative, are_digits, company, strict=True
        )
    ]
    kept = [v for v, reason in zip(verdicts, reasons, strict=True) if reason is None]
    if is_page and len(kept) == 1 and runs_across(kept[0].candidate.box, ink.mask.shape):
        return [reason or "runs across the page" for reason in reasons]
    if are_background_lines(kept, ink.rulings, stick):
        return [reason or "a line of the background" for reason in reasons]
    if hardly_reads(verdicts, reasons):
        return [reason or "among what is no digit" for reason in reasons]
    return reasons


def hardly_reads(verdicts: list[Verdict], reasons: list[str | None]) -> bool:
    """Tell whether most of what is on a page is no digit: texture, in which some look like one.

    A blot counts as much as a digit, however large it is.

    Args:
        verdicts: Of one page.
        reasons: Why each is no digit, or None.
    """
    areas = np.array([verdict.candidate.piece.area for verdict in verdicts], float)
    are_digits = np.array([reason is None for reason in reasons], bool)
    if not are_digits.any():
        return False
    areas = np.minimum(areas, middle(areas[are_digits]))
    return bool(areas[are_digits].sum() < _LEAST_READ * areas.sum())


def are_background_lines(verdicts: list[Verdict], rulings: np.ndarray, stick: int | None) -> bool:
    """Tell whether all that was found on a page is lines: wood, creases, joints of a wall.

    Several 1s and little else are that if they differ in length as written ones do not,
    if more than one of them runs across the whole page, or if most fill the space between rulings.

    Args:
        verdicts: What is taken for digits.
        rulings: uint8 (h, w), what was removed as rulings is 255.
        stick: The class that a mere stick is taken for, or None.
    """
    sticks = [verdict for verdict in verdicts if _is_stick(verdict, stick)]
    if len(sticks) < 2 or len(sticks) < _MOSTLY_STICKS * len(verdicts):
        return False
    boxes = np.array([verdict.candidate.box for verdict in sticks])
    sides = boxes[:, 2:].max(axis=1)
    across = sum(runs_across(box, rulings.shape) for box in boxes)
    spanning = np.mean([_spans_rulings(box, rulings) for box in boxes])
    is_uneven = sides.max() > _MOST_UNEVEN * sides.min()
    return bool(is_uneven or across > 1 or spanning > _MOST_SPANNING)


def runs_across(box: Sequence[int], shape: tuple[int, int]) -> bool:
    """Tell whether something runs from one edge of the page to the other, but does not fill it.

    Args:
        box: x, y, width, height.
        shape: Height and width of the page.
    """
    x, y, width, height = box
    return (x <= 0 and x + width >= shape[1]) != (y <= 0 and y + height >= shape[0])


def _spans_rulings(box: np.ndarray, rulings: np.ndarray) -> bool:
    """Tell whether a stick touches a ruling with both its ends."""
    x, y, width, height = box
    around = rulings[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
    end = -(-height // _ENDS)
    return bool(around[:end].any() and around[-end:].any())


def likely_digits(
    verdicts: list[Verdict], sizeable: np.ndarray, none: int | None, digit_share: float
) -> np.ndarray:
    """Judge again which candidates are digits, knowing how much of the page is.

    On a page of letters or texture, something that looks rather like a digit most likely is none;
    on a page of digits it is one. Source: M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the
    outputs of a classifier to new a priori probabilities", Neural Computation 14 (2002).

    Args:
        verdicts: Of one page.
        sizeable: bool (N,), which are large enough to count.
        none: The class "no digit", or None.
        digit_share: Share of digits that the probabilities take for granted, 0 to 1.

    Returns:
        bool (N,).
    """
    chosen = np.array([verdict.is_digit for verdict in verdicts], bool)
    if none is None or not chosen.any() or not 0 < digit_share < 1:
        return chosen
    clutter = np.clip([verdict.probabilities[none] for verdict in verdicts], 1e-4, 1 - 1e-4)
    posterior = 1 - clutter
    for _ in range(_ROUNDS):
        counted = posterior[sizeable]
        share = (counted.sum() + _PRIOR_WEIGHT * digit_share) / (len(counted) + _PRIOR_WEIGHT)
        as_digit = (1 - clutter) * share / digit_share
        posterior = as_digit / (as_digit + clutter * (1 - share) / (1 - digit_share))
    return chosen & (posterior > 0.5)


def in_digit_company(
    verdicts: list[Verdict],
    are_digits: np.ndarray,
    are_alike: np.ndarray,
    stick: int | None = None,
) -> np.ndarray:
    """Estimate for each candidate how much of what is written around it is digits.

    Some letters look just like digits; what tells them is the letters beside them. The share of
    digits among a candidate's neighbours in its line, of which the nearest count most, is shrunk
    towards that of the whole page and one digit more: who brings a page brings digits. The digits
    cut out of one connected piece of ink count as one: a w is no four 1s. A 1 counts for less
    than another digit: the grain of wood is full of them.

    Args:
        verdicts: Of one page.
        are_digits: bool (N,), which are digits by themselves.
        are_alike: bool (N,), which could be written with the same pen and hand as the digits.
        stick: The class that a mere stick is taken for, or None.

    Returns:
        float (N,), 0 to 1.
    """
    boxes = np.array([verdict.candidate.box for verdict in verdicts], float)
    centres, reach = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:].max(axis=1)
    wholes = np.array([verdict.candidate.piece.whole for verdict in verdicts], int)
    shared = (wholes[:, None] == wholes) @ are_digits.astype(int)
    are_sticks = [_is_stick(verdict, stick) for verdict in verdicts]
    as_digits = np.where(are_sticks, _STICK_WEIGHT, 1.0) / np.maximum(1, shared)
    weights = np.where(are_digits, as_digits, are_alike)
    page_share = (1 + weights[are_digits].sum()) / (1 + weights.sum())
    apart = np.abs(centres[:, None] - centres)
    gaps = np.maximum(0, apart[..., 0] - (boxes[:, None, 2] + boxes[:, 2]) / 2) / reach[:, None]
    is_beside = (apart[..., 1] < _LINE_HEIGHT * reach[:, None]) & (wholes[:, None] != wholes)
    nearness = np.exp(-gaps / _NEARNESS) * is_beside
    near, near_digits = nearness @ weights, nearness @ (weights * are_digits)
    return (near_digits + _PAGE_WEIGHT * page_share) / (near + _PAGE_WEIGHT)


def _are_alike(relative: np.ndarray) -> np.ndarray:
    """Say which candidates are of the digits' size, stroke and darkness: bool (N,)."""
    size, stroke, darkness, touches = relative.T
    are_alike = (size > 0.5) & (size < 2) & (stroke > 0.5) & (stroke < 2)
    return are_alike & (darkness > 0.6) & (darkness < 1.7) & (touches == 0)


def _measure(verdict: Verdict, ink: Ink) -> tuple[float, float, float, bool]:
    """Measure longer side and stroke in pixels, darkness, and whether it touches a ruling."""
    piece = verdict.candidate.piece
    depth = ink.paper_level - piece.cut_from(ink.even)[piece.mask > 0].mean()
    around = cv2.copyMakeBorder(piece.mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    around = cv2.dilate(around, np.ones((5, 5), np.uint8))[2:-2, 2:-2]
    touches = bool((piece.cut_from(ink.rulings) & around).any())
    return max(piece.width, piece.height), stroke_width(piece.mask), depth, touches


def middle(values: np.ndarray) -> float:
    """Return the median; NumPy's own imports masked arrays first, which takes 80 ms."""
    return float(np.sort(values)[len(values) // 2])


def _unwritten(size: float, stroke: float, legible: float) -> str | None:
    """Say why nobody writes a digit so, whatever else is on its page; sizes in pixels."""
    if size < legible:
        return "too small to be read"
    if size > _MOST_SLENDER * stroke:
        return "too thin for its size"
    return None


def _misfit(
    size: float,
    stroke: float,
    darkness: float,
    touches: float,
    probability: float,
    is_stick: bool,
) -> str | None:
    """Say why a digit does not fit its page, from its measures relative to the page's digits."""
    is_odd = max(size, 1 / size) > _ODD_SIZE and probability < _SURE
    if size < _LEAST_SIZE or (size < 1 and is_odd):
        return "too small for this page"
    if size > _MOST_SIZE or is_odd:
        return "too large for this page"
    if touches and size < _REST_OF_RULE and (is_stick or probability < _RATHER_SURE):
        return "rest of a rule"
    if darkness < _LEAST_DARKNESS:
        return "too faint for this page"
    if stroke > _MOST_STROKE:
        return "too thick for this page"
    return None


def _is_stick(verdict: Verdict, stick: int | None) -> bool:
    """Tell whether a mere stick is what a candidate looks like most."""
    return stick is not None and bool(verdict.probabilities.argmax() == stick)


def confidence(verdict: Verdict, none: int | None) -> float:
    """Return the probability of the likeliest digit."""
    digits = verdict.probabilities if none is None else np.delete(verdict.probabilities, none)
    return float(digits.max())
