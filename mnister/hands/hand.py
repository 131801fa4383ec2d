"""A writer's hand and pen, and a digit as they write it: crisp at any height.

Most digits are drawn as lines (a thinned digit of MNIST, or a form that MNIST has few of) that
the pen follows at its own width; the others keep the stroke that MNIST's writer gave them.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from mnister.hands.drawing import enlarge, inverse, log_uniform, look_up, wave
from mnister.hands.font_digits import font_line
from mnister.hands.fonts import HANDWRITING, UNSEEN_HANDWRITING
from mnister.hands.forms import FORM_COUNTS, write_form
from mnister.hands.page_digits import PageDigits

_LINE_HEIGHT = 160  # of a digit of MNIST, in the units of its line: quarters of 56 × 56
_MNIST_HEIGHT = 20  # … of a digit within its 28 × 28
_LOOPS = {0: 1, 6: 1, 8: 2, 9: 1}  # with fewer, its stroke filled them or left them open
_TRIES = 6  # to draw a digit of MNIST that can be written so
FROM_FONT = 0.28  # share of writers whose digits are like those of a handwriting font
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
    "pencil": Pen((0.035, 0.09), (0.18, 0.6), 0.6, False, 0.15),
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
        pressure: By what share the width changes along the line, 0 to 0.35.
        slant: Columns to the right for each row up.
        turn: Radians with the clock.
        breadth: Of a digit, as a multiple of MNIST's.
        wobble: How far lines bend, in heights of a digit.
        belly: How much of a digit's height its upper part takes from the lower, -0.7 to 0.7.
        taper: By what share it is broader below than above.
        font: Whose digits this person's are like; None: MNIST's.
        forms: Of each digit the form that this person writes; -1: any of MNIST's, or the font's.
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
    belly: float
    taper: float
    font: str | None
    forms: tuple[int, ...]
    keeps_stroke: bool
    edge: float
    steadiness: float


@dataclass(frozen=True)
class Ink:
    """A digit as it was written.

    Attributes:
        coverage: uint8 (h, w), with a border around the box.
        box: x, y, width, height of what is at least half covered, float.
        outline: float32 (2, K), x and y of points; the box is `reach` around them.
        reach: Pixels.
    """

    coverage: np.ndarray
    box: tuple[float, float, float, float]
    outline: np.ndarray
    reach: float


def draw_hand(rng: np.random.Generator, unseen: bool = False) -> Hand:
    """Draw a writer and a pen; `unseen`: the fonts are those that training never sees."""
    pens = list(PENS.values())
    pen = pens[rng.choice(len(pens), p=[pen.share for pen in pens])]
    fonts = UNSEEN_HANDWRITING if unseen else HANDWRITING
    font = fonts[rng.integers(len(fonts))] if rng.random() < FROM_FONT else None
    most = 0.15 if font else rng.choice([0.0, 0.3, 0.75], p=[0.3, 0.35, 0.35])
    has_form = rng.random(10) < most
    forms = tuple(
        int(rng.integers(n)) if f else -1 for n, f in zip(FORM_COUNTS, has_form, strict=True)
    )
    keeps_stroke = bool(font is None and pen.width[1] > 0.085 and rng.random() < 0.35)
    edge = float(rng.uniform(0.25, 0.72))
    kept_width = 0.155 - 0.18 * (edge - 0.25)  # about what MNIST's strokes have
    return Hand(
        pen=pen,
        width=kept_width if keeps_stroke else log_uniform(rng, *pen.width),
        pressure=float(rng.choice([0.0, 0.15, 0.35], p=[0.6, 0.25, 0.15])),
        slant=float(rng.normal(0.05, 0.17)),
        turn=float(rng.normal(0, 0.05)),
        breadth=float(np.exp(rng.normal(0, 0.17))),
        wobble=float(rng.uniform(0.0, 0.04)),
        belly=float(np.clip(rng.normal(0, 0.22), -0.6, 0.6)),
        taper=float(rng.normal(0, 0.18)),
        font=font,
        forms=forms,
        keeps_stroke=keeps_stroke,
        edge=edge,
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
    form, matrix = hand.forms[digit], _own_matrix(rng, hand)
    if form < 0 and hand.font and rng.random() < 0.9:
        return _draw_line(font_line(hand.font, digit), matrix / _LINE_HEIGHT, height, hand, rng)
    if form < 0 or rng.random() > 0.85:
        for _ in range(_TRIES):
            index = digits.draw(rng, digit)
            if hand.keeps_stroke:
                ink = _draw_stroke(digits.images[index], matrix, height, hand.edge)
                if ink is not None:
                    return ink
            elif digits.line(index).loops >= _LOOPS.get(digit, 0):
                dots = digits.line(index).dots.astype(np.float32)
                return _draw_line(dots, matrix / _LINE_HEIGHT, height, hand, rng)
        form = int(rng.integers(FORM_COUNTS[digit]))
    return _draw_line(write_form(rng, digit, form), matrix, height, hand, rng)


def _own_matrix(rng: np.random.Generator, hand: Hand) -> np.ndarray:
    """Draw how this one digit is turned, slanted and stretched."""
    off_turn, off_slant, off_breadth = (rng.standard_normal(3) * hand.steadiness).tolist()
    turn, slant = hand.turn + 0.045 * off_turn, hand.slant + 0.05 * off_slant
    breadth = hand.breadth * math.exp(0.08 * off_breadth)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.array([[cos * breadth, -sin - slant * cos], [sin * breadth, cos - slant * sin]])


def _finer(height: float) -> int:
    """Return how many times finer than the page a digit of this height is drawn."""
    return 4 if height < 16 else 3 if height < 28 else 2


def _draw_line(
    dots: np.ndarray, matrix: np.ndarray, height: float, hand: Hand, rng: np.random.Generator
) -> Ink:
    """Let the pen follow a line: what is nearer to it than half the pen's width is covered."""
    finer = _finer(height)
    tall = height * finer
    radius = max(hand.width * height, 0.75) * finer / 2
    border = int(radius * (1.4 if hand.pressure else 1)) + 2 * finer
    dots = _stretch_parts(dots, hand, rng)
    xs, ys = _place(dots, matrix * tall, hand.wobble * tall, rng)
    xs, ys = xs + np.float32(border - xs.min()), ys + np.float32(border - ys.min())
    right, bottom = float(xs.max()), float(ys.max())
    size = [-(-int(end + border + 1) // finer) * finer for end in (bottom, right)]
    canvas = np.full(size, 255, np.uint8)
    canvas[(ys + np.float32(0.5)).astype(np.intp), (xs + np.float32(0.5)).astype(np.intp)] = 0
    away = _distance(canvas)
    if hand.pressure:
        away -= _press(rng, hand.pressure * radius, canvas.shape)
    away *= -255
    away += np.float32(255 * (radius + 0.5))
    coverage = _shrink(np.clip(away, 0, 255).astype(np.uint8), finer)
    if hand.pressure:
        return _measured(coverage)
    reach, middle = radius / finer, 0.5 / finer  # a dot lies in the middle of its fine pixel
    outline = np.stack([xs, ys]) / np.float32(finer) + np.float32(middle)
    first = border / finer + middle - reach
    box = (
        first,
        first,
        (right - border) / finer + 2 * reach,
        (bottom - border) / finer + 2 * reach,
    )
    return Ink(coverage, box, outline, reach)


def _stretch_parts(dots: np.ndarray, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    """Give a digit a larger head or belly, and make it broader above or below."""
    off_belly, off_taper = rng.standard_normal(2).tolist()
    belly = np.float32(min(max(hand.belly + 0.08 * off_belly, -0.7), 0.7))
    taper = np.float32(hand.taper + 0.06 * off_taper)
    xs, ys = dots.astype(np.float32)
    top, tall = ys.min(), max(np.ptp(ys), np.float32(1e-3))
    down = (ys - top) / tall
    middle = (xs.min() + xs.max()) / 2
    across = middle + (xs - middle) * (1 + taper * (down - np.float32(0.5)))
    return np.stack([across, top + tall * (down + belly * down * (1 - down))])


def _place(
    dots: np.ndarray, matrix: np.ndarray, wobble: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Turn, slant and scale dots and let them swing a little: x and y, pixels."""
    (a, b), (c, d) = matrix.astype(np.float32)
    xs, ys = dots[0] * a + dots[1] * b, dots[0] * c + dots[1] * d
    if not wobble:
        return xs, ys
    pace, start = rng.uniform(-0.65, 0.65, 2).tolist(), rng.random(2).tolist()
    tall = max(float(ys.max() - ys.min()), 1.0)
    swing_x = wave(ys * np.float32(pace[0] / tall) + np.float32(start[0]))
    swing_y = wave(xs * np.float32(pace[1] / tall) + np.float32(start[1]))
    return xs + swing_x * np.float32(wobble), ys + swing_y * np.float32(wobble)


def _press(rng: np.random.Generator, strength: float, shape: tuple[int, int]) -> np.ndarray:
    """Press the pen more here and less there: float32 of a shape, how much broader it gets."""
    press = rng.uniform(-strength, strength, (3, 3)).astype(np.float32)
    return enlarge(press, shape)


def _distance(canvas: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from the nearest that is 0: float32, pixels.

    With labels, which nobody needs, OpenCV reckons the same bits on any processor.
    """
    return cv2.distanceTransformWithLabels(canvas, cv2.DIST_L2, cv2.DIST_MASK_5)[0]


def _shrink(fine: np.ndarray, finer: int) -> np.ndarray:
    """Shrink by a whole number, each pixel the mean of those it holds."""
    size = (fine.shape[1] // finer, fine.shape[0] // finer)
    return cv2.resize(fine, size, interpolation=cv2.INTER_AREA)


def _draw_stroke(image: np.ndarray, matrix: np.ndarray, height: float, edge: float) -> Ink | None:
    """Enlarge a digit's own stroke and give it a sharp edge; None: too little of it is left."""
    finer = _finer(height) - 1
    scale = height * finer / _MNIST_HEIGHT
    side = -(-int(1.7 * height * finer + 8) // finer) * finer
    steps = np.arange(side, dtype=np.float32) - np.float32(side / 2)
    (a, b), (c, d) = inverse(matrix * scale)
    middle, across, down = np.float32((image.shape[0] - 1) / 2), steps[None], steps[:, None]
    large = look_up(image, across * a + down * b + middle, across * c + down * d + middle)
    large = cv2.GaussianBlur(large, (0, 0), max(0.45 * scale, 0.5))
    reach = 2 * int(2.2 * scale) + 1
    strongest = cv2.dilate(large, np.ones((reach, reach), np.uint8))
    relative = large / np.maximum(strongest, 100).astype(np.float32)
    fine = np.clip((relative - (edge - 0.1)) * (255 / 0.2), 0, 255).astype(np.uint8)
    ink = _shrink(fine, finer)
    return _measured(ink) if cv2.countNonZero(cv2.compare(ink, _SOLID, cv2.CMP_GE)) > 8 else None


def _measured(coverage: np.ndarray) -> Ink:
    """Measure a digit by what is at least half covered."""
    solid = coverage >= min(_SOLID, max(1, int(coverage.max()) // 2))
    rows = np.flatnonzero(solid.any(axis=1))
    lefts = solid[rows].argmax(axis=1)
    rights = coverage.shape[1] - solid[rows, ::-1].argmax(axis=1)
    x, right = float(lefts.min()), float(rights.max())
    y, bottom = float(rows[0]), float(rows[-1] + 1)
    ends = [np.stack([xs, ys]) for xs in (lefts, rights) for ys in (rows, rows + 1)]
    outline = np.concatenate(ends, axis=1).astype(np.float32)
    return Ink(coverage, (x, y, right - x, bottom - y), outline, 0.0)
