"""Compose a handwritten page from single digits: paper, ink, light and camera, one step each.

A page is made in the order of the real thing: the sheet with its printed rules, the strokes of the
pen, the light that falls on it, the lens and the grain of the camera. Every random choice comes
from the Generator given. Pixels are computed by 8-bit OpenCV steps and by sums and products of
float64 only, so that one seed gives the same page on any processor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

Color = tuple[int, int, int]

SHEETS: dict[str, Color] = {  # blue, green, red
    "white": (250, 251, 250),
    "cream": (228, 242, 248),
    "grey": (236, 234, 232),
    "blackboard": (30, 30, 28),
}
RULES: dict[str, Color] = {
    "white": (236, 222, 208),
    "cream": (212, 216, 220),
    "grey": (222, 214, 206),
    "blackboard": (44, 44, 42),
}
INKS: dict[str, Color] = {
    "blue": (150, 62, 30),
    "black": (38, 34, 32),
    "dark_green": (52, 88, 24),
    "pencil_grey": (98, 94, 92),
    "chalk": (236, 240, 242),
}
PAPERS = ("plain", "ruled", "squared")

DIGIT_BOX = 20  # a MNIST digit fills a box of 20 × 20 in its 28 × 28
SUPERSAMPLING = 4  # strokes are drawn this much larger, for smooth edges
FAINTEST_INK = 112  # grey value; what stays far below it is a smudge, not a stroke
STROKE_FLANK = 24  # grey levels either side of the edge over which a stroke fades out


@dataclass(frozen=True)
class PageStyle:
    """How a page looks; the defaults give a neat, clean page.

    Args:
        paper: `plain`, `ruled` or `squared`.
        sheet: The colour of the paper, a key of `SHEETS`.
        ink: The colour of the pen, a key of `INKS`.
        digit_height: How tall a digit is written, in pixels.
        size_variation: Standard deviation of the height from digit to digit, a fraction of it.
        rotation: Standard deviation of a digit's slant from upright, in degrees.
        gap: Free space between neighbouring digits, a fraction of the digit height; below 0 they
            may touch.
        gap_variation: The most that is randomly added to a gap, a fraction of the digit height.
        line_spacing: From one baseline to the next, a fraction of the digit height.
        line_jitter: The most that a line is off its baseline, a fraction of the digit height.
        digit_jitter: The most that a digit is off its line, a fraction of the digit height.
        edge: Where a stroke ends, as a grey value between 0 for where there is no ink near and
            255 for the strongest ink near; higher gives a thinner pen.
        shading: How much darker the darkest corner is than the brightest, 0 to 1.
        blur: Standard deviation of the lens blur, in pixels; 0 for none.
        grain: Standard deviation of the camera's grain, in grey levels; 0 for none.

    Raises:
        ValueError: There is no such paper, sheet or ink.
    """

    paper: str = "plain"
    sheet: str = "white"
    ink: str = "blue"
    digit_height: int = 40
    size_variation: float = 0.05
    rotation: float = 2.0
    gap: float = 0.35
    gap_variation: float = 0.2
    line_spacing: float = 1.9
    line_jitter: float = 0.05
    digit_jitter: float = 0.04
    edge: int = 112
    shading: float = 0.12
    blur: float = 0.6
    grain: float = 1.0

    def __post_init__(self) -> None:
        """Refuse names that are not on the menu."""
        for name, known in (("paper", PAPERS), ("sheet", SHEETS), ("ink", INKS)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}. Received: {getattr(self, name)!r}"
                )


class Page(NamedTuple):
    """A composed page and the truth about it.

    Args:
        image: uint8 (H, W, 3), blue, green, red.
        lines: The digits of each line, top to bottom.
        boxes: int64 (N, 4), x, y, width, height of each digit's ink, in reading order.
    """

    image: np.ndarray
    lines: list[str]
    boxes: np.ndarray


def compose_page(
    digits: np.ndarray,
    labels: Sequence[int],
    line_lengths: Sequence[int],
    shape: tuple[int, int],
    style: PageStyle,
    generator: np.random.Generator,
) -> Page:
    """Write digits in lines on a sheet of paper and take a picture of it.

    Args:
        digits: uint8 (N, 28, 28), white on black as in MNIST.
        labels: What each digit is, N of them.
        line_lengths: How many digits each line has; they add up to N.
        shape: Height and width of the page, in pixels.
        style: How the page looks.
        generator: Source of all randomness.

    Returns:
        The page; unpacks into image, lines and boxes.

    Raises:
        ValueError: The digits do not fit on the page, or their numbers do not agree.
    """
    check_counts(digits, labels, line_lengths)
    # 1. Write: the strokes of every digit, and where each goes.
    strokes = [draw_stroke(digit, style, generator) for digit in digits]
    sizes = [stroke.shape for stroke in strokes]
    boxes = place_in_lines(sizes, line_lengths, shape, style, generator)
    # 2. Lay the ink on the ruled sheet.
    sheet = draw_sheet(shape, style, first_baseline(len(line_lengths), shape, style))
    coverage = lay_strokes(strokes, boxes, shape)
    page = lay_ink(sheet, coverage * ink_evenness(shape, generator), INKS[style.ink])
    # 3. Take the picture: light, lens, grain.
    page = shade(page, style.shading, generator)
    page = blur_lens(page, style.blur)
    page = add_grain(page, style.grain, generator)
    return Page(page, split_lines(labels, line_lengths), boxes)


def check_counts(digits: np.ndarray, labels: Sequence[int], line_lengths: Sequence[int]) -> None:
    """Refuse digits, labels and lines of which there is not the same number.

    Args:
        digits: uint8 (N, 28, 28).
        labels: N of them.
        line_lengths: How many digits each line has; they add up to N.

    Raises:
        ValueError: The numbers do not agree; the message gives all three.
    """
    if not len(digits) == len(labels) == sum(line_lengths):
        raise ValueError(
            "digits, labels and the sum of line_lengths must agree. "
            f"Received: {len(digits)}, {len(labels)} and {sum(line_lengths)}"
        )


def draw_stroke(digit: np.ndarray, style: PageStyle, generator: np.random.Generator) -> np.ndarray:
    """Enlarge a digit to the strokes of a pen with sharp, smooth edges, cut out tightly.

    Args:
        digit: uint8 (28, 28), white on black.
        style: Gives height, size variation, rotation and edge.
        generator: Source of the digit's own size and slant.

    Returns:
        uint8 (h, w), how much of each pixel the pen covers, 0 to 255; no empty border.
    """
    height = style.digit_height * (1 + style.size_variation * clipped_normal(generator))
    angle = style.rotation * clipped_normal(generator)
    scale = SUPERSAMPLING * height / DIGIT_BOX
    side = SUPERSAMPLING * int(np.ceil(1.5 * digit.shape[0] * height / DIGIT_BOX))
    matrix = cv2.getRotationMatrix2D(
        ((digit.shape[1] - 1) / 2, (digit.shape[0] - 1) / 2), angle, scale
    )
    matrix[:, 2] += (side - digit.shape[0]) / 2
    large = cv2.warpAffine(digit, matrix, (side, side), flags=cv2.INTER_CUBIC)
    large = cv2.GaussianBlur(large, (0, 0), 0.45 * scale)  # melts the 28 × 28 staircase
    large = sharpen_edges(large, round(2.5 * scale), style.edge)
    size = (side // SUPERSAMPLING, side // SUPERSAMPLING)
    return cut_tightly(cv2.resize(large, size, interpolation=cv2.INTER_AREA))


def sharpen_edges(stroke: np.ndarray, radius: int, edge: int) -> np.ndarray:
    """Turn grey strokes into covered and uncovered paper with a narrow flank between.

    The edge is measured against the strongest ink near it, so that a faint or hair-thin stroke
    stays whole.

    Args:
        stroke: uint8 (h, w).
        radius: How far around a pixel the strongest ink is looked for, in pixels.
        edge: Where the stroke ends, 1 to 254, with 255 for the strongest ink near.

    Returns:
        uint8 (h, w), 0 to 255.
    """
    strongest = cv2.dilate(stroke, np.ones((2 * radius + 1, 2 * radius + 1), dtype=np.uint8))
    relative = stroke.astype(np.int64) * 255 // np.maximum(strongest, FAINTEST_INK)
    flank = relative - (edge - STROKE_FLANK)
    return np.clip(flank * 255 // (2 * STROKE_FLANK), 0, 255).astype(np.uint8)


def clipped_normal(generator: np.random.Generator) -> float:
    """Draw from a standard normal distribution, outliers moved to two standard deviations."""
    return float(np.clip(generator.standard_normal(), -2, 2))


def cut_tightly(stroke: np.ndarray) -> np.ndarray:
    """Cut away the border that is less than half covered.

    Args:
        stroke: uint8 (h, w).

    Returns:
        uint8 (h', w'), a view; one empty pixel where nothing is covered.
    """
    rows, columns = np.nonzero(stroke >= 128)
    if not rows.size:
        return np.zeros((1, 1), dtype=np.uint8)
    return stroke[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def first_baseline(line_count: int, shape: tuple[int, int], style: PageStyle) -> int:
    """Find the baseline of the first line so that the lines stand in the middle of the page.

    Args:
        line_count: How many lines there are.
        shape: Height and width of the page, in pixels.
        style: Gives digit height and line spacing.

    Returns:
        The row of the first baseline.
    """
    block = style.digit_height * (1 + (line_count - 1) * style.line_spacing)
    return round((shape[0] - block) / 2 + style.digit_height)


def place_in_lines(
    sizes: Sequence[tuple[int, int]],
    line_lengths: Sequence[int],
    shape: tuple[int, int],
    style: PageStyle,
    generator: np.random.Generator,
) -> np.ndarray:
    """Give every digit its place: lines from a common left edge, each near its baseline.

    Args:
        sizes: Height and width of each digit's stroke.
        line_lengths: How many digits each line has.
        shape: Height and width of the page, in pixels.
        style: Gives spacing, gaps and jitter.
        generator: Source of gaps and jitter.

    Returns:
        int64 (N, 4), x, y, width, height of each digit.

    Raises:
        ValueError: A digit would lie outside the page.
    """
    heights, widths = np.array(sizes, dtype=np.int64).reshape(-1, 2).T
    unit = style.digit_height
    advances = widths + unit * (style.gap + style.gap_variation * generator.random(len(sizes)))
    starts = np.concatenate([[0], np.cumsum(line_lengths)]).astype(int)
    line_widths = [advances[a:b].sum() for a, b in pairwise(starts)]
    left = (shape[1] - max(line_widths, default=0) + unit * style.gap) / 2
    line_of = np.repeat(np.arange(len(line_lengths)), line_lengths)
    before = np.cumsum(advances) - advances
    x = left + before - before[starts[line_of]]
    off_line = style.line_jitter * generator.uniform(-1, 1, len(line_lengths))[line_of]
    off_line += style.digit_jitter * generator.uniform(-1, 1, len(sizes))
    baseline = first_baseline(len(line_lengths), shape, style)
    y = baseline + unit * (style.line_spacing * line_of + off_line) - heights
    boxes = np.stack([np.round(x), np.round(y), widths, heights], axis=1).astype(np.int64)
    check_inside(boxes, shape)
    return boxes


def check_inside(boxes: np.ndarray, shape: tuple[int, int]) -> None:
    """Refuse boxes that lie partly outside the page.

    Args:
        boxes: int64 (N, 4), x, y, width, height.
        shape: Height and width of the page, in pixels.

    Raises:
        ValueError: One of them does; the message gives the page that would hold them all.
    """
    corners = boxes[:, :2] + boxes[:, 2:]
    if (boxes[:, :2] < 0).any() or (corners > (shape[1], shape[0])).any():
        raise ValueError(
            "The digits do not fit on the page: fewer a line, fewer lines or a smaller "
            f"digit_height. Received: a page of {shape[1]} × {shape[0]} and digits from "
            f"{boxes[:, :2].min(axis=0).tolist()} to {corners.max(axis=0).tolist()}"
        )


def draw_sheet(shape: tuple[int, int], style: PageStyle, baseline: int) -> np.ndarray:
    """Draw the empty paper with thin, pale rules that the baselines stand on.

    Args:
        shape: Height and width of the page, in pixels.
        style: Gives paper, sheet, digit height and line spacing.
        baseline: The row of one baseline, in pixels.

    Returns:
        uint8 (H, W, 3).
    """
    sheet = np.full((*shape, 3), SHEETS[style.sheet], dtype=np.uint8)
    if style.paper == "plain":
        return sheet
    spacing = style.digit_height * style.line_spacing
    if style.paper == "squared":
        spacing /= round(2 * style.line_spacing)  # squares half as tall as a digit
        sheet[:, rule_positions(shape[1], spacing, spacing / 2)] = RULES[style.sheet]
    sheet[rule_positions(shape[0], spacing, baseline + 1)] = RULES[style.sheet]
    return sheet


def rule_positions(length: int, spacing: float, start: float) -> np.ndarray:
    """List where rules of a given spacing lie, one of them at `start`.

    Args:
        length: How long the side of the page is, in pixels.
        spacing: From one rule to the next, in pixels.
        start: Where one of the rules lies, in pixels.

    Returns:
        int64 (K,), all within 0 to length - 1.
    """
    positions = np.round(np.arange(start % spacing, length, spacing)).astype(np.int64)
    return positions[positions < length]


def lay_strokes(
    strokes: Sequence[np.ndarray], boxes: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Put the strokes in their places on an empty page; where two meet, the stronger counts.

    Args:
        strokes: uint8 (h, w) each.
        boxes: int64 (N, 4), x, y, width, height of each stroke.
        shape: Height and width of the page, in pixels.

    Returns:
        float64 (H, W), how much of each pixel the pen covers, 0 to 1.
    """
    coverage = np.zeros(shape, dtype=np.uint8)
    for stroke, (x, y, width, height) in zip(strokes, boxes, strict=True):
        place = coverage[y : y + height, x : x + width]
        np.maximum(place, stroke, out=place)
    return coverage / 255


def ink_evenness(shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Make the soft field of how well the pen takes, by which its coverage is multiplied.

    Args:
        shape: Height and width of the page, in pixels.
        generator: Source of the field.

    Returns:
        float64 (H, W), 0.82 to 0.98, changing over some 8 pixels.
    """
    coarse = generator.integers(0, 256, (shape[0] // 8 + 2, shape[1] // 8 + 2), dtype=np.uint8)
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR_EXACT)
    return 0.82 + 0.16 * (field / 255)


def lay_ink(sheet: np.ndarray, coverage: np.ndarray, color: Color) -> np.ndarray:
    """Colour the covered part of the paper with ink.

    Args:
        sheet: uint8 (H, W, 3).
        coverage: float (H, W), 0 to 1.
        color: Blue, green and red of the ink.

    Returns:
        uint8 (H, W, 3).
    """
    share = coverage[..., None]
    return to_uint8(sheet * (1 - share) + np.array(color) * share)


def shade(page: np.ndarray, strength: float, generator: np.random.Generator) -> np.ndarray:
    """Light the page softly from one side, darker towards the edges.

    Args:
        page: uint8 (H, W, 3).
        strength: How much darker the darkest corner is than the brightest, 0 to 1.
        generator: Source of the light's direction.

    Returns:
        uint8 (H, W, 3).
    """
    side_x, side_y = generator.uniform(-1, 1, 2)
    y = np.linspace(-1, 1, page.shape[0])[:, None]
    x = np.linspace(-1, 1, page.shape[1])[None, :]
    darkness = 0.35 * (2 + side_x * x + side_y * y) + 0.25 * (x * x + y * y)
    darkness -= darkness.min()
    darkness /= max(darkness.max(), 1e-9)
    return to_uint8(page * (1 - strength * darkness)[..., None])


def blur_lens(page: np.ndarray, sigma: float) -> np.ndarray:
    """Blur the page as a lens does.

    Args:
        page: uint8 (H, W, 3).
        sigma: Standard deviation of the blur, in pixels; 0 for none.

    Returns:
        uint8 (H, W, 3).
    """
    return cv2.GaussianBlur(page, (0, 0), sigma) if sigma > 0 else page


def add_grain(page: np.ndarray, deviation: float, generator: np.random.Generator) -> np.ndarray:
    """Add the camera's grain, the same in all three colours.

    Args:
        page: uint8 (H, W, 3).
        deviation: Standard deviation of the grain, in grey levels.
        generator: Source of the grain.

    Returns:
        uint8 (H, W, 3).
    """
    grain = deviation * generator.standard_normal(page.shape[:2])
    return to_uint8(page + np.round(grain)[..., None])


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Round to whole grey values from 0 to 255.

    Args:
        values: float, any shape.

    Returns:
        uint8, the same shape.
    """
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def split_lines(labels: Sequence[int], line_lengths: Sequence[int]) -> list[str]:
    """Write the labels of each line as one string.

    Args:
        labels: What each digit is, in reading order.
        line_lengths: How many digits each line has.

    Returns:
        One string of digits for each line.
    """
    ends = np.cumsum(line_lengths)
    text = "".join(str(label) for label in labels)
    return [text[end - length : end] for end, length in zip(ends, line_lengths, strict=True)]
