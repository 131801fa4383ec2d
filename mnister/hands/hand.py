"""A writer's hand and pen, and a digit as they write it: crisp at any height.

Most digits are drawn as lines (a thinned digit of MNIST, or a form that MNIST has few of) that
the pen follows at its own width; the others keep the stroke that MNIST's writer gave them.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mnister.hands.drawing import log_uniform
from mnister.hands.forms import FORM_COUNTS, write_form
from mnister.hands.page_digits import PageDigits

_UNIT = 40  # the height of a thinned digit or a form, in the units of their points
_MNIST_HEIGHT = 20  # … of a digit within its 28 × 28
_LOOPS = {0: 1, 6: 1, 8: 2, 9: 1}  # a line with fewer was thinned from a stroke that filled them
_SOLID = 128  # coverage from which on a pixel belongs to the box


@dataclass(frozen=True)
class Pen:
    """What one writes with.

    Attributes:
        width: Of its line, least and most, in heights of a digit.
        tone: How much darker than the paper it is, least and most; 1: black on white.
        grain: How unevenly it takes, 0 to 1.
        is_light: It writes light on dark.
        share: How often it is chosen.
    """

    width: tuple[float, float]
    tone: tuple[float, float]
    grain: float
    is_light: bool
    share: float


PENS = {
    "hair line": Pen((0.022, 0.045), (0.3, 0.85), 0.1, False, 0.12),
    "ballpoint": Pen((0.04, 0.08), (0.3, 0.9), 0.3, False, 0.30),
    "pencil": Pen((0.035, 0.09), (0.14, 0.6), 0.6, False, 0.15),
    "ink": Pen((0.05, 0.11), (0.5, 0.97), 0.1, False, 0.16),
    "marker": Pen((0.1, 0.24), (0.4, 0.98), 0.05, False, 0.12),
    "chalk": Pen((0.06, 0.16), (0.4, 0.9), 0.9, True, 0.06),
    "tablet": Pen((0.03, 0.16), (0.6, 1.0), 0.0, False, 0.06),
    "tablet, light": Pen((0.03, 0.16), (0.6, 1.0), 0.0, True, 0.03),
}


@dataclass(frozen=True)
class Hand:
    """How one person writes with one pen.

    Attributes:
        pen: With what.
        width: Of the line, in heights of a digit.
        pressure: By how much the width changes along the line, 0 to 0.4.
        slant: Columns to the right for each row up.
        turn: Radians with the clock.
        breadth: Of a digit, as a multiple of MNIST's.
        wobble: How far lines bend, in heights of a digit.
        forms: Of each digit the form that this person writes; -1: any of MNIST's.
        keeps_stroke: Digits keep the stroke that MNIST's writer gave them.
        edge: Where a kept stroke ends, as a share of its strongest grey, 0.25 to 0.72.
        steadiness: Deviation of slant, turn and breadth from digit to digit.
    """

    pen: Pen
    width: float
    pressure: float
    slant: float
    turn: float
    breadth: float
    wobble: float
    forms: tuple[int, ...]
    keeps_stroke: bool
    edge: float
    steadiness: float


@dataclass(frozen=True)
class Ink:
    """A digit as it was written.

    Attributes:
        coverage: uint8 (h, w), with a soft border around the box.
        box: x, y, width, height of what is at least half covered.
        hull: float32 (K, 2), corners of the smallest convex shape around that.
    """

    coverage: np.ndarray
    box: tuple[int, int, int, int]
    hull: np.ndarray


def draw_hand(rng: np.random.Generator) -> Hand:
    """Draw a writer and a pen."""
    pens = list(PENS.values())
    pen = pens[rng.choice(len(pens), p=[pen.share for pen in pens])]
    has_form = rng.random(10) < rng.choice([0.0, 0.2, 0.6], p=[0.35, 0.35, 0.3])
    forms = tuple(
        int(rng.integers(n)) if f else -1 for n, f in zip(FORM_COUNTS, has_form, strict=True)
    )
    return Hand(
        pen=pen,
        width=log_uniform(rng, *pen.width),
        pressure=float(rng.choice([0.0, 0.15, 0.4], p=[0.4, 0.4, 0.2])),
        slant=float(rng.normal(0.05, 0.17)),
        turn=float(rng.normal(0, 0.05)),
        breadth=float(np.exp(rng.normal(0, 0.17))),
        wobble=float(rng.uniform(0.0, 0.035)),
        forms=forms,
        keeps_stroke=bool(pen.width[1] > 0.085 and rng.random() < 0.4),
        edge=float(rng.uniform(0.25, 0.72)),
        steadiness=float(rng.uniform(0.3, 1.2)),
    )


def write_digit(
    rng: np.random.Generator, digit: int, height: float, hand: Hand, digits: PageDigits
) -> Ink:
    """Write a digit.

    Args:
        rng: Where all randomness comes from.
        digit: 0 to 9.
        height: Pixels; a digit that lies (as some a 0 does) is lower.
        hand: Who writes, with what.
        digits: Where it is taken from, unless the writer has a form for it.
    """
    form = hand.forms[digit]
    matrix = _own_matrix(rng, hand)
    if form >= 0 and rng.random() < 0.85:
        return _draw_line(*write_form(rng, digit, form), matrix, height, hand, rng)
    index = digits.draw(rng, digit)
    points, pieces = digits.line(index)
    lost_a_loop = len(pieces) - len(points) + 1 < _LOOPS.get(digit, 0)
    if hand.keeps_stroke or lost_a_loop:
        ink = _draw_stroke(digits.images[index], matrix, height, hand.edge)
        if ink is not None:
            return ink
    return _draw_line(points, pieces, matrix, height, hand, rng)


def _own_matrix(rng: np.random.Generator, hand: Hand) -> np.ndarray:
    """Draw how this one digit is turned, slanted and stretched."""
    off_turn, off_slant, off_breadth = rng.normal(0, hand.steadiness, 3) * (0.045, 0.05, 0.08)
    turn, slant = hand.turn + off_turn, hand.slant + off_slant
    breadth = hand.breadth * np.exp(off_breadth)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, -sin], [sin, cos]]) @ np.array([[breadth, -slant], [0, 1]])


def _finer(height: float) -> int:
    """Return how many times finer than the page a digit of this height is drawn."""
    return 4 if height < 22 else 3 if height < 40 else 2


def _draw_line(
    points: np.ndarray,
    pieces: np.ndarray,
    matrix: np.ndarray,
    height: float,
    hand: Hand,
    rng: np.random.Generator,
) -> Ink:
    """Let the pen follow a line: what is nearer to it than half the pen's width is covered."""
    finer = _finer(height)
    scale = height * finer / _UNIT
    placed = points @ (matrix.T * scale).astype(np.float32)
    waves = rng.uniform(-4, 4, (2, 2)) / (height * finer)
    placed += np.sin(placed @ waves + rng.uniform(0, 6.3, 2)) * (hand.wobble * height * finer)
    radius = max(hand.width * height, 0.75) * finer / 2
    border = int(radius * (1 + hand.pressure)) + 2 * finer
    placed = placed - placed.min(axis=0) + border
    size = -(-(placed.max(axis=0).astype(int) + border + 1) // finer) * finer
    canvas = np.full(size[::-1], 255, np.uint8)
    cv2.polylines(canvas, np.round(placed[pieces]).astype(np.int32), False, 0)
    away = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_5)
    if hand.pressure:
        press = rng.normal(0, hand.pressure / 2, (3, 3)).clip(-0.6, 0.6).astype(np.float32)
        radius = np.float32(radius) * (1 + cv2.resize(press, canvas.shape[::-1]))
    fine = np.clip((radius - away + np.float32(0.5)) * 255, 0, 255).astype(np.uint8)
    return _as_ink(_shrink(fine, finer))


def _shrink(fine: np.ndarray, finer: int) -> np.ndarray:
    """Shrink by a whole number, each pixel the mean of those it holds."""
    size = (fine.shape[1] // finer, fine.shape[0] // finer)
    return cv2.resize(fine, size, interpolation=cv2.INTER_AREA)


def _draw_stroke(image: np.ndarray, matrix: np.ndarray, height: float, edge: float) -> Ink | None:
    """Enlarge a digit's own stroke and give it a sharp edge; None: too little of it is left."""
    finer = max(2, _finer(height) - 1)
    scale = height * finer / _MNIST_HEIGHT
    side = -(-int(1.7 * height * finer + 8) // finer) * finer
    whole = matrix * scale
    middle = np.full(2, side / 2) - whole @ np.full(2, (image.shape[0] - 1) / 2)
    large = cv2.warpAffine(image, np.column_stack([whole, middle]), (side, side))
    large = cv2.GaussianBlur(large, (0, 0), max(0.45 * scale, 0.5))
    reach = 2 * int(2.2 * scale) + 1
    strongest = cv2.dilate(large, np.ones((reach, reach), np.uint8))
    relative = large / np.maximum(strongest, 100).astype(np.float32)
    fine = np.clip((relative - (edge - 0.1)) * (255 / 0.2), 0, 255).astype(np.uint8)
    ink = _shrink(fine, finer)
    return _as_ink(ink) if cv2.countNonZero(cv2.compare(ink, _SOLID, cv2.CMP_GE)) > 8 else None


def _as_ink(coverage: np.ndarray) -> Ink:
    """Cut a digit out with its soft border and measure it."""
    level = min(_SOLID, max(1, int(coverage.max()) // 2))
    solid = cv2.findNonZero(cv2.compare(coverage, level, cv2.CMP_GE))
    x, y, width, height = cv2.boundingRect(solid)
    left, top = max(x - 1, 0), max(y - 1, 0)
    cut = coverage[top : y + height + 1, left : x + width + 1]
    hull = cv2.convexHull(solid)[:, 0].astype(np.float32) - (left, top)
    return Ink(cut, (x - left, y - top, width, height), hull.astype(np.float32))
