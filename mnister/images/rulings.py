"""Take ruling, grids and table lines out of the ink, but not the strokes that cross them.

A line is a long, nearly straight chain of thin runs. It is rubbed out where the ink across it is
no thicker than the line itself and no darker than the line around there: where a stroke crosses
the line the ink is thicker, where a stroke lies on it the ink is darker, and both stay. Between
two lines that lie flat, a short upright one is the side of a box or of a table's cell.
"""

import cv2
import numpy as np

from mnister.images.binarize import keep_seeded

_MOST_TILT = 0.35  # of a line: rise over run
_LEAST_COVERED = 0.8  # of a line's length; digits in a row have gaps between their level strokes
_LONG = 2  # shortest runs: a part without gaps of what else is none
_BENDS = 2  # degree of the polynomial that a line on curled paper follows
_FITS = 3  # each to what was near the one before
_SIDE = 0.6  # of the shortest line: the shortest side of a box, as tall as a digit
_DARKER = 1.4  # times as dark as the line's median is no line but ink lying on it


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
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _bar(1, round(2.5 * thickness) + 2))
    thin = cv2.bitwise_and(ink, cv2.bitwise_not(thick))
    chained = cv2.morphologyEx(thin, cv2.MORPH_CLOSE, _bar(round(4 * thickness) + 3, 1))
    tall = cv2.dilate(chained, _bar(1, 2 * slack + 1))
    runs = cv2.morphologyEx(tall, cv2.MORPH_OPEN, _bar(max(3, length), 1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    mean_thickness = stats[:, cv2.CC_STAT_AREA] / np.maximum(width, 1) - 2 * slack
    lines = (mean_thickness <= 2.5 * thickness + 1) & (
        height <= _MOST_TILT * width + 6 * thickness
    )
    lines[0] = False
    found = np.zeros_like(ink)
    for label in np.flatnonzero(lines):
        x, y, wide, tall = (int(value) for value in stats[label, :4])
        box = np.s_[y : y + tall, x : x + wide]
        found[box] |= on_one_line((labels[box] == label) & (thin[box] > 0), length, thickness)
    return follow(found, chained, length, thickness) & ink if found.any() else found


def on_one_line(chain: np.ndarray, length: int, thickness: float) -> np.ndarray:
    """Return what of a chain of runs lies on one gently bent line: nearly all, or long runs of it.

    Level strokes of digits side by side can chain up, too, but they lie higher and lower, and
    between them there are gaps.

    Args:
        chain: bool (height, width), the chain's thin ink.
        length: Pixels: the shortest run without gaps that is a line and no stroke.
        thickness: Pixels: the typical stroke width.

    Returns:
        uint8 (height, width), 255 on the line.
    """
    line, width = np.zeros(chain.shape, np.uint8), chain.shape[1]
    rows, columns = np.nonzero(chain)
    near = np.ones(rows.size, bool)
    for _ in range(_FITS):
        if np.unique(columns[near]).size <= _BENDS:
            return line
        bent = np.polynomial.Polynomial.fit(columns[near], rows[near], _BENDS)
        near = np.abs(rows - bent(columns)) <= max(thickness, 1.5)
    line[rows[near], columns[near]] = 255
    covered = line.max(axis=0, keepdims=True)
    if cv2.countNonZero(covered) < _LEAST_COVERED * width:
        closed = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, _bar(round(thickness) + 1, 1))
        line &= cv2.morphologyEx(closed, cv2.MORPH_OPEN, _bar(_LONG * length, 1))
    return line


def follow(found: np.ndarray, thin: np.ndarray, length: int, thickness: float) -> np.ndarray:
    """Follow lines beyond the ends found, straight on, for as long as there is thin ink.

    Args:
        found: uint8 (height, width), 255 on the lines found.
        thin: uint8 (height, width), 255 on all thin ink, gaps closed.
        length: Pixels to look ahead at either end.
        thickness: Pixels: the typical stroke width.

    Returns:
        uint8 (height, width), 255 on lines.
    """
    ahead = np.zeros_like(found)
    joined = cv2.morphologyEx(found, cv2.MORPH_CLOSE, _bar(length, 1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_WIDTH] >= length / 2):
        if label == 0:
            continue
        x, y, width, height = (int(v) for v in stats[label, :4])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        for part, start, stop in (
            (columns < length, x - length, x),
            (columns >= width - length, x + width, x + width + length),
        ):
            slope, offset = np.polyfit(columns[part] + x, rows[part] + y, 1)
            ends = [(start, round(slope * start + offset)), (stop, round(slope * stop + offset))]
            cv2.line(ahead, *ends, 255, round(thickness) + 2)
    reached = cv2.bitwise_or(found, cv2.bitwise_and(thin, ahead))
    return keep_seeded(reached, found)


def rub_out(ink: np.ndarray, lines: np.ndarray, thickness: float, depth: np.ndarray) -> np.ndarray:
    """Remove flat lines where nothing crosses them and nothing lies on them.

    Args:
        ink: uint8 (height, width), ink 255.
        lines: uint8 (height, width), what `find_rulings` found.
        thickness: Pixels: the typical stroke width.
        depth: uint8 (height, width), how much darker than the paper each pixel is.

    Returns:
        uint8 (height, width), the ink without the lines.
    """
    if not lines.any():
        return ink
    reach = max(2, round(line_thickness(lines) + 0.75 * thickness))
    crossing = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _bar(1, reach + 1))
    smooth = cv2.blur(depth, (round(2 * thickness) | 1, round(thickness) | 1))
    usual = depth_along(lines, smooth, round(40 * thickness) | 1)
    darker = (smooth > _DARKER * usual).astype(np.uint8) * 255
    near = cv2.dilate(lines, _bar(3, 3))
    kept = cv2.bitwise_or(cv2.bitwise_not(near), cv2.bitwise_or(crossing, darker))
    return cv2.bitwise_and(ink, kept)


def depth_along(lines: np.ndarray, depth: np.ndarray, window: int) -> np.ndarray:
    """Return how dark the lines around each pixel are, on average.

    Args:
        lines: uint8 (height, width), 255 on lines.
        depth: uint8 (height, width), how much darker than the paper each pixel is.
        window: Pixels of the neighbourhood.

    Returns:
        float32 (height, width); meaningful near lines.
    """
    on_line = (lines > 0).astype(np.float32)
    share = cv2.blur(on_line, (window, window))
    return cv2.blur(on_line * depth, (window, window)) / np.maximum(share, 1e-6)


def find_sides(
    ink: np.ndarray, flat: np.ndarray, length: int, thickness: float, depth: np.ndarray
) -> np.ndarray:
    """Find short upright lines from one flat line to another: sides of boxes, of a table's cells.

    Args:
        ink: uint8 (height, width), ink 255.
        flat: uint8 (height, width), what `find_rulings` found.
        length: Pixels: the shortest run that is a line and no stroke.
        thickness: Pixels: the typical stroke width.
        depth: uint8 (height, width), how much darker than the paper each pixel is.

    Returns:
        uint8 (height, width), 255 on the sides; a stroke clearly darker than the lines is none.
    """
    upright = find_rulings(ink.T.copy(), round(_SIDE * length), thickness).T.copy()
    darkest = _DARKER * cv2.mean(depth, flat)[0]
    reach, end = 2 * round(thickness) + 3, max(1, round(thickness))
    near = cv2.dilate(flat, _bar(reach, reach))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(upright, connectivity=8)
    sides = np.zeros_like(ink)
    for label in range(1, len(stats)):
        x, y, width, height = (int(value) for value in stats[label, :4])
        box = np.s_[y : y + height, x : x + width]
        side = (labels[box] == label).astype(np.uint8)
        begins, ends = near[box][:end].any(), near[box][-end:].any()
        if begins and ends and cv2.mean(depth[box], side)[0] <= darkest:
            sides[box] |= side * 255
    return sides


def line_thickness(lines: np.ndarray) -> float:
    """Return the mean thickness of flat lines over the columns they run through, pixels."""
    starts = lines.copy()
    starts[1:] &= ~lines[:-1]
    runs = cv2.countNonZero(starts)
    return cv2.countNonZero(lines) / runs if runs else 0.0


def remove_rulings(
    ink: np.ndarray, length: int, thickness: float, depth: np.ndarray
) -> np.ndarray:
    """Remove the lines that lie flat, those that stand upright, and the sides of boxes.

    Args:
        ink: uint8 (height, width), ink 255.
        length: Pixels: the shortest run that is a line and no stroke.
        thickness: Pixels: the typical stroke width.
        depth: uint8 (height, width), how much darker than the paper each pixel is.

    Returns:
        uint8 (height, width).
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(initial=0) < 0.8 * length:
        return ink
    flat = find_rulings(ink, length, thickness)
    upright = find_rulings(ink.T.copy(), length, thickness)
    without = rub_out(ink, flat, thickness, depth)
    if flat.any():
        upright |= find_sides(ink, flat, length, thickness, depth).T
    turned = rub_out(without.T.copy(), upright & without.T, thickness, depth.T)
    return np.ascontiguousarray(turned.T)


def _bar(width: int, height: int) -> np.ndarray:
    return np.ones((height, width), np.uint8)
