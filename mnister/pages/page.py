"""Compose a handwritten page from single digits: paper, ink, light and camera, one step each.

A page is made in the order of the real thing: the sheet with its printed rules, the strokes of the
pen, the light that falls on it, the lens and the grain of the camera. Every random choice comes
from the Generator given. Pixels are computed by 8-bit OpenCV steps and by sums and products of
float64 only, so that one seed gives the same page on any processor.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from mnister.pages.sheet import draw_sheet, ink_evenness, lay_ink, to_uint8
from mnister.pages.strokes import draw_stroke
from mnister.pages.style import INKS, PageStyle


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
