"""Take ruling, grids and table lines out of the ink, but not the strokes that cross them.

A line is a long, thin, nearly straight run. It is found by opening the ink with a long bar (after
thickening it across, so that a line may tilt), and rubbed out only where the ink across it is no
thicker than the line itself: where a stroke crosses, the ink is thicker and stays.
"""

import cv2
import numpy as np


def find_rulings(ink: np.ndarray, length: int, thickness: float) -> np.ndarray:
    """Find the lines that lie flat.

    Args:
        ink: uint8 (height, width), ink 255.
        length: Pixels: the shortest run that is a line and no stroke.
        thickness: Pixels: the typical stroke width; lines are at most about twice as thick.

    Returns:
        uint8 (height, width), 255 on lines.
    """
    slack = max(1, round(thickness / 2))
    tall = cv2.dilate(ink, np.ones((2 * slack + 1, 1), np.uint8))
    runs = cv2.morphologyEx(tall, cv2.MORPH_OPEN, np.ones((1, max(3, length)), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    mean_thickness = stats[:, cv2.CC_STAT_AREA] / np.maximum(width, 1) - 2 * slack
    lines = (mean_thickness <= 2.5 * thickness + 1) & (height <= 0.35 * width + 6 * thickness)
    lines[0] = False
    return cv2.bitwise_and(ink, lines.astype(np.uint8)[labels] * 255)


def rub_out(ink: np.ndarray, lines: np.ndarray, thickness: float) -> np.ndarray:
    """Remove flat lines where nothing crosses them.

    Args:
        ink: uint8 (height, width), ink 255.
        lines: uint8 (height, width), what `find_rulings` found.
        thickness: Pixels: the typical stroke width.

    Returns:
        uint8 (height, width), the ink without the lines.
    """
    if not lines.any():
        return ink
    own = line_thickness(lines)
    reach = max(2, round(own + 0.75 * thickness))
    tall = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((reach + 1, 1), np.uint8))
    near = cv2.dilate(lines, np.ones((3, 3), np.uint8))
    return cv2.bitwise_and(ink, cv2.bitwise_or(cv2.bitwise_not(near), tall))


def line_thickness(lines: np.ndarray) -> float:
    """Return the median thickness of flat lines over the columns they run through, pixels."""
    starts = lines.copy()
    starts[1:] &= ~lines[:-1]
    runs = cv2.countNonZero(starts)
    return cv2.countNonZero(lines) / runs if runs else 0.0


def remove_rulings(ink: np.ndarray, length: int, thickness: float) -> np.ndarray:
    """Remove the lines that lie flat and those that stand upright.

    Args:
        ink: uint8 (height, width), ink 255.
        length: Pixels: the shortest run that is a line and no stroke.
        thickness: Pixels: the typical stroke width.

    Returns:
        uint8 (height, width).
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(initial=0) < 0.8 * length:
        return ink
    flat = find_rulings(ink, length, thickness)
    upright = find_rulings(ink.T.copy(), length, thickness)
    without = rub_out(ink, flat, thickness)
    return np.ascontiguousarray(rub_out(without.T.copy(), upright & without.T, thickness).T)
