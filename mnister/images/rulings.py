"""Take ruling, grids and table lines out of the ink, but not the strokes that cross them.

A line is a long, nearly straight chain of thin runs; it goes on beyond its ends, where it is faint
or written on. It is rubbed out where the ink across it is no thicker than the line itself and no
darker than the line around there: where a stroke crosses the line the ink is thicker, where a
stroke lies on it the ink is darker, and both stay. Between two lines that lie flat, a short
upright one is the side of a box or of a table's cell.
"""

import cv2
import numpy as np

from mnister.images.binarize import keep_seeded
from mnister.images.components import label_pieces

_SHORTEST = 3  # pixels: what is shorter has no direction
_MOST_TILT = 0.35  # of a line: rise over run
_LEAST_COVERED = 0.8  # of a line's length; digits in a row have gaps between their level strokes
_LONG = 2  # shortest runs: a part without gaps of what else is none
_BENDS = 2  # degree of the polynomial that a line on curled paper follows
_FITS = 3  # each to what was near the one before
_FAINT = 0.5  # as dark as the lines found: what they are followed in, beside writing
_END = 2  # shortest runs: the part of a line that says where it goes on
_AHEAD = 8  # shortest runs: how far a line is followed beyond its ends
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
    thin = _thin(ink, thickness)
    chained = _chained(thin, thickness)
    tall = cv2.dilate(chained, _bar(1, 2 * slack + 1))
    runs = cv2.morphologyEx(tall, cv2.MORPH_OPEN, _bar(max(_SHORTEST, length), 1))
    labels, stats = label_pieces(runs)
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
    return found


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
    powers = np.vander(columns / (width / 2) - 1, _BENDS + 1)
    for _ in range(_FITS):
        bent, _, rank, _ = np.linalg.lstsq(powers[near], rows[near], rcond=None)
        if rank <= _BENDS:  # too few columns to tell
            return line
        near = np.abs(rows - powers @ bent) <= max(thickness, 1.5)
    line[rows[near], columns[near]] = 255
    covered = line.max(axis=0, keepdims=True)
    if cv2.countNonZero(covered) < _LEAST_COVERED * width:
        closed = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, _bar(round(thickness) + 1, 1))
        line &= cv2.morphologyEx(closed, cv2.MORPH_OPEN, _bar(_LONG * length, 1))
    return line


def follow(
    found: np.ndarray, ink: np.ndarray, length: int, thickness: float, depth: np.ndarray
) -> np.ndarray:
    """Follow flat lines beyond the ends found, straight on, through faint ink and what is written.

    Args:
        found: uint8 (height, width), 255 on the lines found.
        ink: uint8 (height, width), ink 255.
        length: Pixels: the shortest run that is a line and no stroke.
        thickness: Pixels: the typical stroke width.
        depth: uint8 (height, width), how much darker than the paper each pixel is.

    Returns:
        uint8 (height, width), 255 on lines; all of it is ink, thin and not much darker.
    """
    if not found.any():
        return found
    usual = cv2.mean(depth, found)[0]
    faint = _chained(ink | cv2.compare(depth, _FAINT * usual, cv2.CMP_GT), thickness)
    reached = keep_seeded(found | faint & _ways_on(found, length, thickness), found)
    alike = _thin(ink, thickness) & cv2.compare(depth, _DARKER * usual, cv2.CMP_LE)
    return found | reached & alike


def _ways_on(found: np.ndarray, length: int, thickness: float) -> np.ndarray:
    """Draw the way that flat lines would go on, straight beyond either end."""
    ahead = np.zeros_like(found)
    end, reach = _END * length, _AHEAD * length
    joined = cv2.morphologyEx(found, cv2.MORPH_CLOSE, _bar(length, 1))
    labels, stats = label_pieces(joined)
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_WIDTH] >= length / 2):
        if label == 0:
            continue
        x, y, width, height = (int(v) for v in stats[label, :4])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        for part, start, stop in (
            (columns < end, x - reach, x),
            (columns >= width - end, x + width, x + width + reach),
        ):
            slope, offset = np.polyfit(columns[part] + x, rows[part] + y, 1)
            ends = [(start, round(slope * start + offset)), (stop, round(slope * stop + offset))]
            cv2.line(ahead, *ends, 255, round(thickness) + 2)
    return ahead


def rub_out(ink: np.ndarray, lines: np.ndarray, thickness: float, depth: np.ndarray) -> np.ndarray:
    """Remove flat lines where nothing crosses them and nothing lies on them.

    Args:
        ink: uint8 (height, width), ink 255.
        lines: uint8 (height, width), what was found and followed.
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
        flat: uint8 (height, width), what `find_rulings` found and `follow` followed.
        length: Pixels: the shortest run that is a line and no stroke.
        thickness: Pixels: the typical stroke width.
        depth: uint8 (height, width), how much darker than the paper each pixel is.

    Returns:
        uint8 (height, width), 255 on the sides; a stroke clearly darker than the lines is none.
    """
    upright = find_rulings(ink.T.copy(), round(_SIDE * length), thickness)
    joined = _chained(upright, thickness).T.copy()  # what crosses a side parts it
    upright = upright.T
    darkest = _DARKER * cv2.mean(depth, flat)[0]
    reach, end = 2 * round(thickness) + 3, max(1, round(thickness))
    near = cv2.dilate(flat, _bar(reach, reach))
    labels, stats = label_pieces(joined)
    sides = np.zeros_like(ink)
    for label in range(1, len(stats)):
        x, y, width, height = (int(value) for value in stats[label, :4])
        box = np.s_[y : y + height, x : x + width]
        side = (labels[box] == label) * (upright[box] & 1)
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
    length = max(_SHORTEST, length)
    _, stats = label_pieces(ink)
    if stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(initial=0) < 0.8 * length:
        return ink
    turned, turned_depth = ink.T.copy(), depth.T.copy()
    flat = find_rulings(ink, length, thickness)
    upright = find_rulings(turned, length, thickness)
    upright = follow(upright, turned, length, thickness, turned_depth)
    flat = follow(flat, ink, length, thickness, depth)
    if flat.any():
        upright |= find_sides(ink, flat, length, thickness, depth).T
    without = rub_out(ink, flat, thickness, depth).T.copy()
    without = rub_out(without, upright & without, thickness, turned_depth)
    return np.ascontiguousarray(without.T)


def _thin(ink: np.ndarray, thickness: float) -> np.ndarray:
    """Return the ink that is no thicker, up and down, than a line may be."""
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, _bar(1, round(2.5 * thickness) + 2))
    return cv2.bitwise_and(ink, cv2.bitwise_not(thick))


def _chained(ink: np.ndarray, thickness: float) -> np.ndarray:
    """Close the gaps that crossing strokes leave in flat lines."""
    return cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _bar(round(4 * thickness) + 3, 1))


def _bar(width: int, height: int) -> np.ndarray:
    return np.ones((height, width), np.uint8)
