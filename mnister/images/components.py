"""Connected pieces of ink, and what is measured on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mnister.images.binarize import keep_seeded
from mnister.images.normalize import stroke_width

MOST_SLENDER = 100  # strokes: the fine pen of a large hand draws digits of up to 70
_FILLS = 0.4  # of a hole: what it is drawn around is at least as large
_SIZEABLE = 3.0  # strokes: and no speck
_CLOSE = 1.5  # times as large as its hole: at most so large is what is drawn around one digit


@dataclass(frozen=True, eq=False)
class Piece:
    """One connected piece of ink, or a part of one.

    Attributes:
        x: Left edge of the bounding box, pixels.
        y: Upper edge.
        mask: uint8 (height, width) of the box, 255 where this piece has ink.
        whole: Number of the connected piece it is a part of.
    """

    x: int
    y: int
    mask: np.ndarray
    whole: int = 0

    @property
    def width(self) -> int:
        """Pixels of the bounding box."""
        return self.mask.shape[1]

    @property
    def height(self) -> int:
        """Pixels of the bounding box."""
        return self.mask.shape[0]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return x, y, width, height."""
        return self.x, self.y, self.width, self.height

    @property
    def area(self) -> int:
        """Pixels of ink."""
        return cv2.countNonZero(self.mask)

    def cut_from(self, picture: np.ndarray) -> np.ndarray:
        """Return the part of a picture of its page, (height, width), that its box covers."""
        return picture[self.y : self.y + self.height, self.x : self.x + self.width]


def label_pieces(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the 8-connected pieces of ink.

    Args:
        ink: uint8 (height, width), ink 255.

    Returns:
        uint16 or int32 (height, width), the number of the piece at each pixel, 0 where none is;
        int32 (pieces + 1, 5), left, top, width, height and area of each number, see OpenCV.
    """
    try:  # the numbers of most pages fit in 16 bits, with which OpenCV takes a third of the time
        found = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_16U)
    except cv2.error:
        found = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    return found[1], found[2]


def connected_pieces(ink: np.ndarray, least_area: int = 1, most: int = 4000) -> list[Piece]:
    """Split ink into its 8-connected pieces.

    Args:
        ink: uint8 (height, width), ink 255.
        least_area: Drop pieces with fewer pixels of ink.
        most: Keep only so many, the largest, so that a page of noise ends in reasonable time.

    Returns:
        Pieces from left to right.
    """
    labels, stats = label_pieces(ink)
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = np.flatnonzero(areas >= least_area)
    kept = kept[np.argsort(-areas[kept], kind="stable")[:most]] + 1
    pieces = []
    for label in kept:
        x, y, width, height = (int(v) for v in stats[label, :4])
        mask = (labels[y : y + height, x : x + width] == label).astype(np.uint8) * 255
        pieces.append(Piece(x, y, mask, int(label)))
    return sorted(pieces, key=lambda piece: (piece.x, piece.y))


def bounds(pieces: Sequence[Piece]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the box around several pieces, pixels.

    Args:
        pieces: At least one.
    """
    return (
        min(piece.x for piece in pieces),
        min(piece.y for piece in pieces),
        max(piece.x + piece.width for piece in pieces),
        max(piece.y + piece.height for piece in pieces),
    )


def join(pieces: Sequence[Piece]) -> Piece:
    """Return several pieces as one.

    Args:
        pieces: At least one.

    Returns:
        A piece with the box around all of them.
    """
    if len(pieces) == 1:
        return pieces[0]
    left, top, right, bottom = bounds(pieces)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for piece in pieces:
        y, x = piece.y - top, piece.x - left
        mask[y : y + piece.height, x : x + piece.width] |= piece.mask
    return Piece(left, top, mask, pieces[0].whole)


def without_frames(pieces: list[Piece], most: int = 20) -> list[Piece]:
    """Leave out pieces that stand around others: tables, boxes, circles drawn around digits.

    Args:
        pieces: Of one page.
        most: Look only at so many of the largest.

    Returns:
        Those in whose box no two other pieces of a digit's size lie, in the same order.
    """
    boxes = np.array([piece.box for piece in pieces], float).reshape(-1, 4)
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    frames = set()
    for i in np.argsort(-boxes[:, 2] * boxes[:, 3])[:most]:
        x, y, width, height = boxes[i]
        inside = (np.abs(centres - (x + width / 2, y + height / 2)) < (width / 2, height / 2)).all(
            1
        )
        sizeable = boxes[:, 2:].max(1) > 0.05 * max(width, height)
        if np.count_nonzero(inside & sizeable) > 2:
            frames.add(int(i))
    return [piece for i, piece in enumerate(pieces) if i not in frames]


def remove_enclosures(ink: np.ndarray, stroke: float) -> np.ndarray:
    """Remove what is drawn around a digit: a circle, a box.

    Args:
        ink: uint8 (height, width), ink 255.
        stroke: Typical stroke width, pixels.

    Returns:
        uint8 (height, width), without the pieces in a hole of which another piece lies that is
        large enough for the hole to be there for it: a 0 with a dot in it stays.
    """
    outlines, tree = cv2.findContours(ink, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    parents = [-1] * len(outlines) if tree is None else tree[0, :, 3].tolist()
    longer = [max(cv2.boundingRect(outline)[2:]) for outline in outlines]
    enclosing = np.zeros_like(ink)
    for inner, hole in enumerate(parents):
        outer = parents[hole] if hole >= 0 else -1
        least = max(_FILLS * longer[hole], _SIZEABLE * stroke)
        if outer >= 0 and longer[inner] >= least and longer[outer] <= _CLOSE * longer[hole]:
            x, y = outlines[outer][0, 0]
            enclosing[y, x] = 255
    return cv2.subtract(ink, keep_seeded(ink, enclosing)) if enclosing.any() else ink


def typical_stroke(pieces: list[Piece]) -> float:
    """Return the stroke width that most of the writing has.

    Args:
        pieces: Of one page.

    Returns:
        Pixels: the median over the pieces, each weighing as much as it is long; 0 without pieces.
    """
    if not pieces:
        return 0.0
    widths = np.array([stroke_width(piece.mask) for piece in pieces])
    weights = np.array([piece.width + piece.height for piece in pieces], float)
    return weighted_median(widths, weights)


def typical_height(pieces: list[Piece], stroke: float) -> float:
    """Return the height that most of the digits have.

    Args:
        pieces: Of one page.
        stroke: Its stroke width in pixels; pieces shorter than two strokes are specks, those
            three times as thick are shadows and blots.

    Returns:
        Pixels: the median over the pieces, each weighing the square of its height, so
        that dust does not count, nor what is left of a line; 0 without pieces.
    """
    thin = [piece for piece in pieces if stroke_width(piece.mask) < 3 * stroke] or pieces
    shaped = [
        piece
        for piece in thin
        if 0.06 < piece.width / piece.height < 3 and piece.height <= MOST_SLENDER * stroke
    ] or thin
    heights = np.array([piece.height for piece in shaped if piece.height > 2 * stroke], float)
    return weighted_median(heights, heights**2) if heights.size else 0.0


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the value that half of the weight lies below.

    Args:
        values: (N,), at least one.
        weights: (N,), none negative.
    """
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
