"""One step from a grey picture to its ink: polarity, paper, scale, threshold, rulings."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from mnister.images import binarize
from mnister.images.components import (
    connected_pieces,
    remove_enclosures,
    typical_height,
    typical_stroke,
    without_frames,
)
from mnister.images.rulings import remove_rulings

SMALL_DIGIT = 36  # pixels: shorter digits are scaled up before the threshold is applied
COMFORTABLE_DIGIT = 56  # pixels: to this height
LARGE_DIGIT = 110  # pixels: taller digits are scaled down, which also quiets the paper
_FINEST_STROKE = 2.5  # pixels: but never so far that strokes become thinner than this
_TALLEST_TYPICAL = 60.0  # strokes: the typical digit of no page is as tall
_LEAST_SLENDER = 4.0  # strokes: in what is less tall no rule can be told from writing
GLANCE = 1024  # pixels: longer side of the small copy that sizes are first measured on
_MOST_ENLARGED = 6.0
_MOST_PIXELS = 6_000_000


@dataclass(frozen=True)
class Assumption:
    """What is taken for granted of a page before its writing has been measured.

    Attributes:
        name: What it is called in reports.
        paper_reach: Whatever is narrower than this part of the picture is no shadow.
        is_dark_only: Of two kinds of marks, only the darker is ink.
    """

    name: str = "usual"
    paper_reach: float = 1 / 8
    is_dark_only: bool = False


USUAL = Assumption()
# What else a page may be: crossed by narrow shadows, printed with a pattern, or crossed by shadows
# so dark that their edges are left.
UNUSUAL = (
    Assumption("narrow shadows", paper_reach=1 / 32),
    Assumption("two kinds of marks", is_dark_only=True),
    Assumption("narrow and dark shadows", paper_reach=1 / 32, is_dark_only=True),
)


@dataclass
class Ink:
    """The ink of one picture and how it was found.

    Attributes:
        mask: uint8 (height, width), ink 255, without rulings and what is drawn around digits.
        rulings: uint8 (height, width), 255 on the rulings and enclosures removed.
        even: uint8 (height, width), dark ink on evenly bright paper.
        scale: Pixels of `mask` for each pixel of the picture given.
        threshold: T, the mean of the local ones where they differ; grey level 0–255.
        is_light_on_dark: True for chalk on a board.
        stroke: Typical stroke width, pixels of `mask`.
        height: Typical height of a digit, pixels of `mask`; 0 when there is no ink.
        paper_level: Grey level of the bare paper in `even`.
        stages: Name and picture of each step, for a debugging strip.
    """

    mask: np.ndarray
    rulings: np.ndarray
    even: np.ndarray
    scale: float
    threshold: float
    is_light_on_dark: bool
    stroke: float
    height: float
    paper_level: float
    stages: list[tuple[str, np.ndarray]] = field(default_factory=list)


def find_ink(
    grey: np.ndarray, threshold: str | float = "auto", assumption: Assumption = USUAL
) -> Ink:
    """Find the ink of a picture.

    Args:
        grey: uint8 (height, width).
        threshold: "auto" (half-way to the ink nearby), "otsu", "sauvola", or T from 0 to 255 on
            the grey picture as it is.
        assumption: What is taken for granted of the page.

    Returns:
        The ink, at a scale at which digits are comfortable to work with.
    """
    light = binarize.is_light_on_dark(grey)
    dark = cv2.bitwise_not(grey) if light else grey
    fixed = _fixed(threshold, light)
    stroke, height = _glance(dark, threshold, fixed, assumption)
    scale = working_scale(height, stroke, grey.size)
    if scale != 1.0:
        method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        dark = cv2.resize(dark, None, fx=scale, fy=scale, interpolation=method)
        stroke, height = stroke * scale, height * scale
    even, mask, level = _separate(dark, threshold, fixed, assumption, (stroke, height))
    stages = [("grey", grey), ("even", even), ("ink", mask)]
    pieces = connected_pieces(mask, 4)
    stroke = typical_stroke(pieces)
    paper = binarize.paper_level(even)
    length = ruling_length(mask.shape, height, stroke)
    without = mask
    if not 0 < height < _LEAST_SLENDER * stroke:
        without = remove_rulings(mask, length, max(stroke, 1.0), depth_of(even, paper))
    without = remove_enclosures(without, stroke)
    rulings, mask = cv2.subtract(mask, without), without
    stages.append(("without rulings", mask))
    pieces = without_frames(connected_pieces(mask, max(4, int(stroke * stroke / 2))))
    stroke = typical_stroke(pieces)
    height = typical_height(pieces, stroke)
    return Ink(mask, rulings, even, scale, level, light, stroke, height, paper, stages)


def _glance(
    dark: np.ndarray, threshold: str | float, fixed: float | None, assumption: Assumption
) -> tuple[float, float]:
    """Measure stroke width and digit height on a small copy, where the paper's grain is gone."""
    scale = min(1.0, GLANCE / max(dark.shape))
    if scale < 1:
        dark = cv2.resize(dark, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    even, mask, _ = _separate(dark, threshold, fixed, assumption, None)
    stroke, height = _measure(mask)
    if height > _TALLEST_TYPICAL * stroke > 0:  # measured were lines that all else hangs on
        length, depth = max(mask.shape) // 4, depth_of(even, binarize.paper_level(even))
        stroke, height = _measure(remove_rulings(mask, length, max(stroke, 1.0), depth))
    return stroke / scale, height / scale


def _measure(mask: np.ndarray) -> tuple[float, float]:
    """Measure stroke width and digit height on ink."""
    pieces = without_frames(connected_pieces(mask, 4))
    stroke = typical_stroke(pieces)
    return stroke, typical_height(pieces, stroke)


def depth_of(even: np.ndarray, paper: float) -> np.ndarray:
    """Return how much darker than the bare paper, of this level, each pixel is: uint8."""
    return cv2.subtract(np.full_like(even, round(paper)), even)


def working_scale(height: float, stroke: float, pixels: int) -> float:
    """Return by how much to scale a picture so that its digits are comfortable to work with.

    Args:
        height: Typical height of its digits, pixels.
        stroke: Typical stroke width, pixels.
        pixels: Of the whole picture.

    Returns:
        1 where digits are fine as they are; larger for small digits, smaller for large ones.
    """
    if 0 < height < SMALL_DIGIT:
        most = (_MOST_PIXELS / pixels) ** 0.5
        return float(np.clip(COMFORTABLE_DIGIT / height, 1.0, max(1.0, min(most, _MOST_ENLARGED))))
    if height > LARGE_DIGIT:
        return min(1.0, max(LARGE_DIGIT / height, _FINEST_STROKE / max(stroke, 1e-3)))
    return 1.0


def ruling_length(shape: tuple[int, int], height: float, stroke: float) -> int:
    """Return the shortest run that is a line and no stroke of a digit, pixels."""
    return int(max(1.6 * height, 12 * stroke, 0.05 * max(shape)))


def _fixed(threshold: str | float, light: bool) -> float | None:
    """Return T for dark ink, or None where T is to be found."""
    if isinstance(threshold, str):
        return None
    return 255 - threshold if light else threshold


def _separate(
    dark: np.ndarray,
    threshold: str | float,
    fixed: float | None,
    assumption: Assumption,
    size: tuple[float, float] | None,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Divide the paper out and apply the threshold: even picture, ink mask, T.

    Args:
        dark: uint8 (height, width), dark ink.
        threshold: What was asked for.
        fixed: T on the picture as it is, or None.
        assumption: What is taken for granted of the page.
        size: Stroke width and digit height in pixels, or None when still unknown.
    """
    stroke, height = size or (0.0, 0.0)
    reach = max(4 * stroke, 0.6 * height) if size else assumption.paper_reach * max(dark.shape)
    if fixed is not None:
        return dark, _at_most(dark, fixed), float(fixed)
    even = binarize.divide_out(dark, binarize.estimate_paper(dark, reach))
    if stroke > 3:
        even = cv2.GaussianBlur(even, (0, 0), stroke / 7)
    window = int(height) or max(dark.shape) // 8
    if threshold == "otsu":
        level = binarize.otsu(even)
        return even, _at_most(even, level), level
    if threshold == "sauvola":
        levels = binarize.sauvola(even, window | 1)
        return even, _at_most(even, levels), float(levels.mean())
    levels, strong = binarize.halfway_to_ink(even, window, is_dark_only=assumption.is_dark_only)
    mask = binarize.keep_seeded(_at_most(even, levels), strong)
    level = float(levels[strong > 0].mean()) if strong.any() else -1.0
    return even, mask, level


def _at_most(even: np.ndarray, level: np.ndarray | float) -> np.ndarray:
    return (even <= level).astype(np.uint8) * 255
