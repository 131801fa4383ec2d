"""From ink to what may be digits: its connected pieces, by their size beside each other."""

from dataclasses import dataclass

import cv2
import numpy as np

MOST_PIECES = 4000  # of a page that are looked at, so that a texture ends in reasonable time
_LEAST, _MOST = 1 / 3, 3.0  # times as tall as the usual piece: smaller is a speck, larger no digit
_SAME = 0.5  # of the narrower of two pieces lies above or below the other: they are one digit


@dataclass(frozen=True, eq=False)
class Piece:
    """A connected piece of ink, or some that belong together.

    Attributes:
        box: x, y, width, height, pixels.
        mask: uint8 (height, width) of the box, 255 where it has ink.
        reason: Why it is no digit; None where it may be one.
    """

    box: tuple[int, int, int, int]
    mask: np.ndarray
    reason: str | None = None

    @property
    def area(self) -> int:
        """Pixels of ink."""
        return cv2.countNonZero(self.mask)


def find_pieces(ink: np.ndarray, most: int = MOST_PIECES) -> tuple[list[Piece], bool]:
    """Find what may be digits by its size, specks left out.

    Args:
        ink: uint8 (height, width), ink 255.
        most: Take only so many pieces, the largest.

    Returns:
        Pieces from left to right, and whether there were more.
    """
    labels, boxes = _label(ink)
    usual = usual_height(boxes)
    numbers = np.flatnonzero(boxes[:, 2:].max(axis=1, initial=0) >= _LEAST * usual)
    is_cut = len(numbers) > most
    largest = numbers[np.argsort(-boxes[numbers, 2:].sum(axis=1), kind="stable")[:most]]
    is_large = boxes[largest, 2:].max(axis=1, initial=0) > _MOST * usual
    large, others = largest[is_large], largest[~is_large]
    groups = [[i] for i in large]
    groups += [[others[i] for i in group] for group in belonging(boxes[others])]
    pieces = [_piece(labels, boxes, group, usual) for group in groups]
    return sorted(pieces, key=lambda piece: piece.box), is_cut


def usual_height(boxes: np.ndarray) -> float:
    """Return the usual height of pieces: their median, each counted as often as it is tall.

    So neither the many specks of a page nor its few large shadows say how tall its digits are.

    Args:
        boxes: int (N, 4), x, y, width, height.

    Returns:
        Pixels; 0 without pieces.
    """
    heights = np.sort(boxes[:, 3])
    total = np.cumsum(heights)
    return float(heights[np.searchsorted(total, total[-1] / 2)]) if len(heights) else 0.0


def belonging(boxes: np.ndarray) -> list[list[int]]:
    """Group pieces into digits: a 5 and its bar, a ring and the line that closes it.

    Two belong together whose boxes meet and of which half of the narrower lies above or below the
    other.

    Args:
        boxes: int (N, 4), x, y, width, height.

    Returns:
        The numbers of each group's pieces.
    """
    left, top, width, height = boxes.T
    right, bottom = left + width, top + height
    group = np.arange(len(boxes))
    for i in range(len(boxes)):
        across = np.minimum(right, right[i]) - np.maximum(left, left[i])
        down = np.minimum(bottom, bottom[i]) - np.maximum(top, top[i])
        same = (across >= _SAME * np.minimum(width, width[i])) & (down >= 0)
        group[np.isin(group, group[same])] = group[i]
    return [list(np.flatnonzero(group == number)) for number in np.unique(group)]


def _label(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the 8-connected pieces: int32 (height, width), from 0, -1 on paper; boxes (N, 4)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return labels - 1, stats[1:, : cv2.CC_STAT_HEIGHT + 1]


def _piece(labels: np.ndarray, boxes: np.ndarray, group: list[int], usual: float) -> Piece:
    """Join pieces, and say why they are no digit, if they are none."""
    left, top = (int(value) for value in boxes[group, :2].min(axis=0))
    right, bottom = (int(value) for value in (boxes[group, :2] + boxes[group, 2:]).max(axis=0))
    mask = np.isin(labels[top:bottom, left:right], group).astype(np.uint8) * 255
    reason = None
    if bottom - top < _LEAST * usual:
        reason = "too low for this page"
    elif max(right - left, bottom - top) > _MOST * usual:
        reason = "too large for this page"
    return Piece((left, top, right - left, bottom - top), mask, reason)
