"""Drop what the network took for a digit but that does not fit the rest of its page."""

from collections.abc import Sequence

import cv2
import numpy as np

from mnister.images.components import MOST_SLENDER, bounds
from mnister.images.ink import Ink
from mnister.images.normalize import stroke_width
from mnister.reading.choose import Verdict

_LEAST_SIZE, _MOST_SIZE = 0.35, 3.0  # of the page's typical digit
_ODD_SIZE = 2.0  # times as small or large as the typical digit needs a sure network
_SURE = 0.9
_REST_OF_RULE = 0.75  # of the typical digit: what is smaller and touches a rule
_RATHER_SURE = 0.7
_EXPECTED = 0.65  # share of digits around a candidate, where nothing is known of it
_PAGE_PRIOR, _LINE_PRIOR = 3.0, 1.0  # candidates that what is expected counts for
_WITNESS, _COMPANY = 0.65, 2.0  # weights of the network's word and of what is around
_STICK_WEIGHT = 0.15  # most of what is wrongly taken for a digit is taken for a 1
_MOST_REST, _WITH_REST = 0.2, 1.5  # of a piece that is cut; how much that tells against its parts
_ROUNDS = 5
_OTHER_SIZE, _OTHER_STROKE, _OTHER_DARKNESS = 1.7, 2.0, 1.4  # times another's: another hand
_LEAST_PROBABLE, _LEAST_SHARE = 1e-4, 0.02  # nothing is taken to be less probable
_LEAST_DARKNESS = 0.4  # of the page's typical ink
_LINE_HEIGHT = 0.6  # sizes of a digit: what is not farther up or down is in its line
_NEARNESS = 1.0  # sizes of a digit: so far away, a neighbour counts for 1 / e
_MOSTLY_STICKS = 0.75  # of what is taken for digits is 1s
_MOST_UNEVEN = 1.5  # times as long as the shortest is the longest of several 1s
_MOST_DOUBT = 2.5  # that may fall to each digit, by the number of pieces that are none
_MOST_DOUBT_OF_ONE = 0.3  # that may fall to a lone digit, by the ink that is none
_MOST_SPANNING = 0.5  # of several 1s reaches from one ruling to the next
_ENDS = 4  # of a stick: a quarter of it at either end
_LEGIBLE = 8  # pixels of the picture: it has smaller noise as well
_SLIVER = 2  # pixels of the picture: less than this at its edge may be part of anything
_LEAST_STROKE, _MOST_STROKE = 0.5, 4.5  # of the page's typical stroke: a line, a blot


def implausible(
    verdicts: list[Verdict],
    ink: Ink,
    none: int | None,
    digit_share: float,
    stick: int | None = None,
    is_page: bool = True,
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
    are_digits = by_themselves = _by_themselves(verdicts, none)
    if is_page:
        are_digits = likely_digits(verdicts, _alike(measures), none, digit_share, stick)
    unlike = ["among what is no digit" if alone else "no digit" for alone in by_themselves]
    if not are_digits.any():
        return unlike
    sure = are_digits & np.array([confidence(v, none) > _RATHER_SURE for v in verdicts], bool)
    typical = measures[sure if sure.any() else are_digits]
    size, stroke = middle(typical[:, 0]), middle(typical[:, 1])
    darkness = (typical[:, 2] ** 2).sum() / max(typical[:, 2].sum(), 1e-6)
    relative = measures / np.maximum((size, stroke, darkness, 1.0), 1e-6)
    pixel = ink.scale if is_page else 0.0
    reasons = [
        _unwritten(verdict.candidate.box, measure[1], ink.mask.shape, pixel)
        or _misfit(*row, confidence(verdict, none), _is_stick(verdict, stick))
        if is_digit
        else reason
        for verdict, measure, row, is_digit, reason in zip(
            verdicts, measures, relative, are_digits, unlike, strict=True
        )
    ]
    kept = [v for v, reason in zip(verdicts, reasons, strict=True) if reason is None]
    of_all = _reason_against_all(kept, verdicts, ink, none, stick, is_page)
    return [reason or of_all for reason in reasons]


def _reason_against_all(
    digits: list[Verdict],
    verdicts: list[Verdict],
    ink: Ink,
    none: int | None,
    stick: int | None,
    is_page: bool,
) -> str | None:
    """Say why nothing that is left of a page is a digit; None where it may be."""
    if not digits:
        return None
    if is_page and _are_edge_or_grid(digits, ink.mask.shape):
        return "runs across the page"
    if are_background_lines(digits, ink.rulings, stick):
        return "a line of the background"
    if is_page and are_chance_finds(digits, verdicts, none):
        return "unsure among so much else"
    return None


def _are_edge_or_grid(digits: list[Verdict], shape: tuple[int, int]) -> bool:
    """Tell whether all digits of a page are an edge of a shadow, or parts of one grid.

    One digit that fills a picture was cut out closely; several that touch seldom were.
    """
    across = np.array([runs_across(digit.candidate.box, shape) for digit in digits], bool)
    if len(digits) == 1:
        return bool(across.any() and not across.all())
    if not across.all(axis=0).any() or not are_one_piece(digits).all():
        return False
    left, top, right, bottom = bounds([atom for d in digits for atom in d.candidate.atoms])
    return all(runs_across((left, top, right - left, bottom - top), shape))


def are_chance_finds(digits: list[Verdict], verdicts: list[Verdict], none: int | None) -> bool:
    """Tell whether so few and unsure digits are to be expected among so much that is none.

    Of a thousand pieces of a texture some look like digits. The more pieces there are to each
    digit, the surer the digits must be; and a lone one, the more ink there is beside it.

    Args:
        digits: What is taken for digits, at least one.
        verdicts: Of the whole page, with them.
        none: The class "no digit", or None.
    """
    doubt = 1 - middle(np.array([confidence(digit, none) for digit in digits]))
    if len(digits) == 1:
        ink, own = sum(verdict.candidate.area for verdict in verdicts), digits[0].candidate.area
        if (ink - own) * doubt > _MOST_DOUBT_OF_ONE * own:
            return True
    return (len(verdicts) - len(digits)) * doubt > _MOST_DOUBT * len(digits)


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
    across = sum(any(runs_across(box, rulings.shape)) for box in boxes)
    spanning = np.mean([_spans_rulings(box, rulings) for box in boxes])
    is_uneven = sides.max() > _MOST_UNEVEN * sides.min()
    return bool(is_uneven or across > 1 or spanning > _MOST_SPANNING)


def runs_across(box: Sequence[int], shape: tuple[int, int]) -> tuple[bool, bool]:
    """Tell whether something runs from the left edge of the page to the right, from top to bottom.

    Args:
        box: x, y, width, height.
        shape: Height and width of the page.
    """
    x, y, width, height = box
    return x <= 0 and x + width >= shape[1], y <= 0 and y + height >= shape[0]


def _spans_rulings(box: np.ndarray, rulings: np.ndarray) -> bool:
    """Tell whether a stick touches a ruling with both its ends."""
    x, y, width, height = box
    around = rulings[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2]
    end = -(-height // _ENDS)
    return bool(around[:end].any() and around[-end:].any())


def _by_themselves(verdicts: list[Verdict], none: int | None) -> np.ndarray:
    """Say which candidates are rather digits than none by the network's word alone: bool (N,)."""
    return np.array(
        [v.is_digit and (none is None or v.probabilities[none] < 0.5) for v in verdicts], bool
    )


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
    are_sticks = np.array([_is_stick(verdict, stick) for verdict in verdicts], bool)
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


def _alike(measures: np.ndarray) -> np.ndarray:
    """Say which candidates are of which others' size, stroke and darkness: bool (N, N).

    What touches a rule may be a rest of it: that says nothing of what touches none.
    """
    size, stroke, darkness, touches = measures.T.astype(np.float32)
    alike = _ratios(size) < _OTHER_SIZE
    alike &= (_ratios(stroke) < _OTHER_STROKE) & (_ratios(darkness) < _OTHER_DARKNESS)
    return alike & (touches <= touches[:, None])


def _ratios(values: np.ndarray) -> np.ndarray:
    """Return how many times the smaller of two values the larger is: float (N, N)."""
    values = np.maximum(values, 1e-6)
    return np.maximum(values[:, None] / values, values / values[:, None])


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


def _unwritten(
    box: tuple[int, int, int, int], stroke: float, shape: tuple[int, int], pixel: float
) -> str | None:
    """Say why nobody writes a digit so, whatever else is on its page.

    Args:
        box: x, y, width, height.
        stroke: Its width.
        shape: Height and width of the page.
        pixel: Size of a pixel of the picture; 0 where noise is not to be feared.
    """
    x, y, width, height = box
    if max(width, height) < _LEGIBLE * pixel:
        return "too small to be read"
    if max(width, height) > MOST_SLENDER * stroke:
        return "too thin for its size"
    is_at_side = x < pixel or x + width > shape[1] - pixel
    is_at_end = y < pixel or y + height > shape[0] - pixel
    if (is_at_side and width < _SLIVER * pixel) or (is_at_end and height < _SLIVER * pixel):
        return "cut off by the picture's edge"
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
    if is_stick and stroke < _LEAST_STROKE:
        return "too thin for this page"
    return None


def _is_stick(verdict: Verdict, stick: int | None) -> bool:
    """Tell whether a mere stick is what a candidate looks like most."""
    return stick is not None and bool(verdict.probabilities.argmax() == stick)


def confidence(verdict: Verdict, none: int | None) -> float:
    """Return the probability of the likeliest digit."""
    digits = verdict.probabilities if none is None else np.delete(verdict.probabilities, none)
    return float(digits.max())
