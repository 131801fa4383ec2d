"""What a writer puts in a row: digits with signs between them, joined or touching, and words."""

from collections.abc import Sequence

import numpy as np

from mnister.hands.drawing import curve, lay, log_uniform, turned
from mnister.hands.fonts import HANDWRITING, UNSEEN_HANDWRITING, typeset
from mnister.hands.words import draw_word
from mnister.pages.draft import Draft, Truth

# Strokes of signs: x, y in heights of a digit, from its top left corner.
SIGNS: dict[str, list[list[tuple[float, float]]]] = {
    ".": [[(0.02, 0.97), (0.06, 1.0)]],
    ",": [[(0.08, 0.94), (0.1, 1.04), (0.02, 1.18)]],
    "'": [[(0.08, -0.02), (0.02, 0.2)]],
    "-": [[(0.0, 0.56), (0.4, 0.53)]],
    "~": [[(0.0, 0.6), (0.25, 0.48), (0.5, 0.6), (1.1, 0.46), (1.6, 0.56)]],
    "=": [[(0.0, 0.42), (0.44, 0.4)], [(0.0, 0.66), (0.44, 0.64)]],
    "+": [[(0.0, 0.56), (0.46, 0.54)], [(0.24, 0.32), (0.22, 0.8)]],
    "×": [[(0.02, 0.36), (0.4, 0.8)], [(0.4, 0.36), (0.0, 0.8)]],
    ":": [[(0.04, 0.4), (0.07, 0.43)], [(0.04, 0.84), (0.07, 0.87)]],
    "÷": [[(0.0, 0.56), (0.44, 0.55)], [(0.2, 0.32), (0.23, 0.34)], [(0.2, 0.8), (0.23, 0.82)]],
    "/": [[(0.4, -0.1), (0.0, 1.1)]],
    "(": [[(0.2, -0.1), (0.02, 0.4), (0.2, 1.1)]],
    ")": [[(0.0, -0.1), (0.18, 0.4), (0.0, 1.1)]],
    "#": [[(0.2, 0.1), (0.1, 0.9)], [(0.45, 0.1), (0.35, 0.9)], [(0.0, 0.4), (0.6, 0.36)],
          [(0.0, 0.7), (0.56, 0.66)]],
    "*": [[(0.0, 0.3), (0.34, 0.6)], [(0.34, 0.3), (0.0, 0.6)], [(0.17, 0.2), (0.17, 0.7)]],
    "%": [[(0.5, 0.0), (0.05, 1.0)], [(0.1, 0.05), (0.0, 0.2), (0.2, 0.14), (0.1, 0.05)],
          [(0.5, 0.7), (0.4, 0.85), (0.54, 0.96), (0.62, 0.8), (0.5, 0.7)]],
    "€": [[(0.56, 0.1), (0.3, 0.02), (0.1, 0.3), (0.12, 0.8), (0.36, 1.0), (0.6, 0.9)],
          [(0.0, 0.42), (0.4, 0.4)], [(0.0, 0.6), (0.38, 0.58)]],
    "$": [[(0.5, 0.2), (0.24, 0.1), (0.1, 0.32), (0.4, 0.56), (0.42, 0.8), (0.05, 0.84)],
          [(0.3, -0.05), (0.24, 1.05)]],
    "✓": [[(0.0, 0.6), (0.16, 0.9), (0.6, 0.1)]],
}  # fmt: skip
_SHAKE = 0.035  # deviation of a sign's points, in heights


def write_sign(draft: Draft, sign: str, x: float, baseline: float) -> float:
    """Write a sign on the line.

    Returns:
        How wide it is, pixels.
    """
    rng, height = draft.rng, draft.height
    strokes = [np.array(points) for points in SIGNS[sign]]
    grown = height * np.exp(rng.normal(0, 0.12))
    top = baseline - height
    for points in strokes:
        shaken = points + rng.normal(0, _SHAKE, points.shape)
        draft.line(curve(shaken * grown + (x, top), 4))
    width = grown * max(points[:, 0].max() for points in strokes)
    draft.take(x - 1, baseline - height, width + 2, height)
    return float(width)


def write_row(
    draft: Draft,
    text: str,
    x: float,
    baseline: float,
    *,
    gap: float = 0.25,
    rise: float = 0.0,
    joined: float = 0.0,
    uneven: float = 0.0,
    zeros: float = 1.0,
) -> float:
    """Write digits and signs in a row.

    Args:
        draft: Where to.
        text: Digits, `SIGNS`, and spaces.
        x: Where the first begins, pixels.
        baseline: Where they stand.
        gap: Between two digits, in heights; below 0 they touch or overlap.
        rise: Rows up for each column.
        joined: Share of neighbours that a stroke joins.
        uneven: Deviation of the digits' heights, as a share.
        zeros: Height of a 0, in heights of the others; smaller ones may stand higher.

    Returns:
        Where the row ends, pixels.
    """
    rng, start, before = draft.rng, x, None
    lifted = rng.uniform(0, 0.6) * max(0.0, 1 - zeros)
    for character in text:
        bottom = baseline - rise * (x - start) + rng.normal(0, 0.03) * draft.height
        space = max(0.0, gap + rng.normal(0, 0.4 * abs(gap) + 0.02) if gap > 0 else 0.0)
        if character == " ":
            x, before = x + draft.height * rng.uniform(0.5, 0.9), None
        elif character in SIGNS:
            x, before = x + write_sign(draft, character, x, bottom), None
            x += draft.height * max(space, 0.08)
        elif draft.is_beyond(x, bottom, draft.height):
            x, before = x + 0.7 * draft.height * (1 + space), None
        elif not draft.is_full:
            height = draft.height * np.exp(rng.normal(0, uneven))
            if character == "0":
                height, bottom = height * zeros, bottom - lifted * draft.height
            ink = draft.ink(int(character), height)
            truth = draft.put(ink, int(character), x, bottom)
            if before and truth and rng.random() < joined:
                join(draft, before, truth)
            x, before = x + ink.box[2] + draft.height * (space if gap > 0 else gap), truth
            x = max(x, start) if truth is None or gap > 0 else max(x, truth.box[0] + 2)
    return x


def join(draft: Draft, left: Truth, right: Truth) -> None:
    """Let the pen go on from a digit to the next, over the top, the middle or the foot."""
    a, b = left.box, right.box
    level = draft.rng.choice([0.04, 0.5, 0.96], p=[0.6, 0.2, 0.2])
    start = (a[0] + 0.75 * a[2], a[1] + level * a[3])
    end = (b[0] + 0.3 * b[2], b[1] + level * b[3])
    sag = draft.rng.normal(0, 0.08) * draft.height
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + sag)
    draft.line(curve(np.array([start, middle, end]), 4))


def write_in_box(
    draft: Draft, text: str, x: float, y: float, width: float, height: float, fill: float = 0.65
) -> None:
    """Write digits in the middle of a box, roughly, as high as a share of it.

    Args:
        draft: Where to.
        text: Digits.
        x: Left edge of the box, pixels; y, width and height likewise.
        y: Upper edge.
        width: Of the box.
        height: Of the box.
        fill: Height of the digits, in heights of the box.
    """
    is_off = x >= draft.size or x + width <= 0 or draft.is_beyond(0, y + height, height)
    if is_off or len(draft.truths) + len(text) > draft.most_digits:
        return
    inks = [draft.ink(int(digit), height * fill) for digit in text]
    space = 0.12 * fill * height
    whole = sum(ink.box[2] for ink in inks) + space * (len(inks) - 1)
    squeeze = min(1.0, 1.1 * width / max(whole, 1))
    at = x + (width - whole * squeeze) / 2 + draft.rng.normal(0, 0.06) * width
    for digit, ink in zip(text, inks, strict=True):
        bottom = y + height * (0.5 + fill / 2) + draft.rng.normal(0, 0.06) * height
        bottom -= max(0.0, (height * fill - ink.box[3]) / 2)
        draft.put(ink, int(digit), at, bottom)
        at += (ink.box[2] + space) * squeeze


def write_words(
    draft: Draft, x: float, baseline: float, count: int, height: float | None = None
) -> float:
    """Write words, in a handwriting font that is slanted and scaled at random.

    Returns:
        Where they end, pixels.
    """
    rng = draft.rng
    words = " ".join(draw_word(rng) for _ in range(count))
    words = words.upper() if rng.random() < 0.12 else words
    ink = handwriting(draft, words, height or draft.height * log_uniform(rng, 0.6, 1.2))
    left, top = round(x), round(baseline - 0.75 * ink.shape[0])
    lay(draft.written, ink, left, top)
    draft.take(left, top, ink.shape[1], ink.shape[0])
    return x + ink.shape[1]


def handwriting(draft: Draft, words: str, height: float) -> np.ndarray:
    """Return words without digits as a piece of ink, uint8 (h, w)."""
    fonts: Sequence[str] = UNSEEN_HANDWRITING if draft.is_unseen else HANDWRITING
    name = fonts[draft.rng.integers(len(fonts))]
    ink = typeset(words, name, height, draft.rng.uniform(-0.03, 0.1)).ink
    return turned(ink, draft.rng.normal(0, 2), draft.rng.normal(0, 0.15))


def random_digits(rng: np.random.Generator, count: int) -> str:
    """Draw digits."""
    return "".join(str(digit) for digit in rng.integers(10, size=count))


def draw_amount(rng: np.random.Generator) -> str:
    """Draw an amount of money as people write it: running zeros, dots, and a tail behind."""
    head = random_digits(rng, int(rng.integers(1, 5))).lstrip("0") or "1"
    whole = head + "0" * int(rng.choice([0, 1, 2, 3, 4], p=[0.4, 0.15, 0.2, 0.2, 0.05]))
    if len(whole) > 3 and rng.random() < 0.6:
        mark = str(rng.choice([".", ".", ",", "'", " "]))
        whole = whole[:-3] + mark + whole[-3:]
    tails = ["", "", ",00", ".00", ".-", ",-", "=", ".=", "-", "~", "€", ",50", "#", "/", ".-~"]
    heads = ["", "", "", "", "$", "#", "=", "*"]
    return str(rng.choice(heads)) + whole + str(rng.choice(tails))
