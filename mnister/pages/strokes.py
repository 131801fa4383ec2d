"""A digit of MNIST, enlarged to the strokes of a pen."""

import cv2
import numpy as np

from mnister.pages.style import PageStyle

DIGIT_BOX = 20  # a MNIST digit fills a box of 20 × 20 in its 28 × 28
SUPERSAMPLING = 4  # strokes are drawn this much larger, for smooth edges
FAINTEST_INK = 112  # grey value; what stays far below it is a smudge, not a stroke
STROKE_FLANK = 24  # grey levels either side of the edge over which a stroke fades out


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
