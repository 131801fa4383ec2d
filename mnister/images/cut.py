"""Cut pieces of ink that are wide enough to be several digits where these may touch.

A cut is a path from top to bottom that goes through as little ink as it can and as straight as it
can, so that it follows the gap between slanted or round digits and crosses only the stroke that
joins them. Source of the idea: the least-cost paths of R. Casey and E. Lecolinet, "A survey of
methods and strategies in character segmentation", IEEE Trans. PAMI 18 (1996); found as the seams
of S. Avidan and A. Shamir, "Seam carving for content-aware image resizing", SIGGRAPH (2007).
"""

from itertools import pairwise

import cv2
import numpy as np

from mnister.images.components import Piece

_THINNEST = 2.6  # strokes: digits that touch do so by one stroke or two
_WAIST = 0.08  # heights: how much less tall a piece is where digits touch
_MOST_CUTS = 60
_TALLEST = 2.5  # heights: taller pieces are no digits that touch
_BLOT = 3.0  # strokes: what is less tall has none that could be cut
_ASIDE = 0.25  # pixels of ink that a step aside counts for
_SLANTED = 0.4  # more ink crosses a path that steps aside, as a diagonal is longer


def cut(piece: Piece, height: float, stroke: float, uncut: float) -> list[Piece]:
    """Cut a piece that is wider than a digit where digits may touch.

    Args:
        piece: Any.
        height: Typical height of a digit, pixels.
        stroke: Typical stroke width, pixels.
        uncut: Leave pieces narrower than so many heights whole.

    Returns:
        The piece itself where it is narrow, a blot or too tall, otherwise its parts from left to
        right.
    """
    own = min(max(piece.height, 0.6 * height), 1.5 * height)
    is_narrow, is_blot = piece.width < uncut * own, piece.height < _BLOT * stroke
    if is_narrow or is_blot or piece.height > _TALLEST * height:
        return [piece]
    columns, parts = np.arange(piece.width), []
    paths = cut_paths(piece.mask, own, stroke)
    edges = np.pad(paths, ((1, 1), (0, 0)), constant_values=((0, piece.width), (0, 0)))
    for left, right in pairwise(edges[..., None]):
        mask = np.where((left <= columns) & (columns < right), piece.mask, np.uint8(0))
        x, y, width, part_height = cv2.boundingRect(mask)
        if width:
            mask = np.ascontiguousarray(mask[y : y + part_height, x : x + width])
            parts.append(Piece(piece.x + x, piece.y + y, mask, piece.whole))
    return parts


def cut_paths(mask: np.ndarray, height: float, stroke: float) -> np.ndarray:
    """Find where digits may touch: at a waist, or where only a stroke or two join them.

    Args:
        mask: uint8 (rows, columns), ink 255.
        height: Of a digit, pixels.
        stroke: Stroke width, pixels.

    Returns:
        int (paths, rows): the column that each path takes in each row, the first beyond the cut.
        From left to right; none crosses another, and half-way down they are at least a sixth of a
        digit apart.
    """
    middle = mask.shape[0] // 2
    from_above, steps_above = _least_ink(mask[: middle + 1])
    from_below, steps_below = _least_ink(mask[middle:][::-1])
    ink = from_above + from_below - (mask[middle] > 0)
    chosen = _choose_columns(waists(mask, height), ink, height, stroke)
    above, below = _trace(steps_above, chosen), _trace(steps_below, chosen)
    return np.concatenate((above[::-1], below[1:])).T


def _choose_columns(first: list[int], ink: np.ndarray, height: float, stroke: float) -> np.ndarray:
    """Choose columns to cut at, first some, then where there is little ink: int, ascending.

    Args:
        first: Columns, the best first.
        ink: float (columns,), how much ink a cut goes through, pixels.
        height: Of a digit, pixels.
        stroke: Stroke width, pixels.
    """
    thin = np.argsort(ink, kind="stable")
    thin = thin[ink[thin] <= _THINNEST * stroke].tolist()
    spacing, margin = max(2, round(0.17 * height)), max(2, round(0.25 * height))
    is_free = np.ones(len(ink), bool)
    is_free[:margin] = is_free[len(ink) - margin + 1 :] = False
    chosen: list[int] = []
    for column in (*first, *thin):
        if is_free[column]:
            chosen.append(column)
            is_free[max(0, column - spacing + 1) : column + spacing] = False
        if len(chosen) > _MOST_CUTS:
            break
    return np.array(sorted(chosen), int)


def _least_ink(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the best path from the first row to each pixel of the last.

    Args:
        mask: uint8 (rows, columns), ink 255.

    Returns:
        float32 (columns,), how much ink each path goes through, pixels; int8 (rows, columns), the
        step aside, -1, 0 or 1, from each pixel to the row before.
    """
    ink = (mask > 0).astype(np.float32)
    aside = _ASIDE + _SLANTED * ink
    least = np.pad(ink, ((0, 0), (1, 1)), constant_values=np.inf)
    straight, left, right = least[:-1, 1:-1], least[:-1, :-2], least[:-1, 2:]
    for row in range(1, len(ink)):
        slanted = np.minimum(left[row - 1], right[row - 1]) + aside[row]
        least[row, 1:-1] += np.minimum(straight[row - 1], slanted)
    steps = np.zeros(mask.shape, np.int8)
    is_slanted = np.minimum(left, right) + aside[1:] < straight
    steps[1:] = np.where(is_slanted, np.where(left <= right, -1, 1), 0)
    return least[-1, 1:-1], steps


def _trace(steps: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Follow the paths that end at some columns: int (rows, paths), last row first."""
    places = [columns]
    for row in steps[:0:-1]:
        places.append(places[-1] + row[places[-1]])
    return np.array(places)


def waists(mask: np.ndarray, height: float) -> list[int]:
    """Find columns where a piece is less tall than on either side: two round digits touch there.

    Args:
        mask: uint8 (height, width), ink 255.
        height: Of a digit, pixels.

    Returns:
        Column numbers, the narrowest waist first.
    """
    ink = mask > 0
    spans = mask.shape[0] - ink.argmax(axis=0) - ink[::-1].argmax(axis=0)
    spans = np.where(ink.any(axis=0), spans, 0).astype(np.float32)[None]
    reach = max(2, round(0.5 * height))
    beside = np.ones((1, reach + 1), np.uint8)
    beside[0, -1] = 0  # not the column itself
    left = cv2.dilate(spans, beside, anchor=(reach, 0))
    right = cv2.dilate(spans, beside[:, ::-1].copy(), anchor=(0, 0))
    near = cv2.erode(spans, np.ones((1, 2 * (reach // 3) + 1), np.uint8))
    depths = (np.minimum(left, right) - spans)[0]
    columns = np.flatnonzero((depths >= _WAIST * height) & (spans == near)[0])
    return columns[np.argsort(-depths[columns], kind="stable")].tolist()
