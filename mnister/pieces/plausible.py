"""Drop what the network took for a digit but that does not fit the rest of its page."""

from collections.abc import Sequence

import cv2
import numpy as np

from mnister.images.components import MOST_SLENDER, bounds
from mnister.images.ink import Ink
from mnister.images.normalize import stroke_width
from mnister.pieces.choose import Verdict
from mnister.pieces.likely import are_one_piece, is_stick, likely_digits

_LEAST_SIZE, _MOST_SIZE = 0.35, 3.0  # of the page's typical digit
_ODD_SIZE = 2.0  # times as small or large as the typical digit needs a sure network
_SURE = 0.9
_REST_OF_RULE = 0.75  # of the typical digit: what is smaller and touches a rule
_RATHER_SURE = 0.7
_OTHER_SIZE, _OTHER_STROKE, _OTHER_DARKNESS = 1.7, 2.0, 1.4  # times another's: another hand
_LEAST_DARKNESS = 0.4  # of the page's typical ink
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
        or _misfit(*row, confidence(verdict, none), is_stick(verdict, stick))
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
    sticks = [verdict for verdict in verdicts if is_stick(verdict, stick)]
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


def confidence(verdict: Verdict, none: int | None) -> float:
    """Return the probability of the likeliest digit."""
    digits = verdict.probabilities if none is None else np.delete(verdict.probabilities, none)
    return float(digits.max())
