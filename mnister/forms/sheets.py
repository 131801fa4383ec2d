"""The corners of sheets of paper on a photo: quadrangles brighter than what they lie on.

Regions that are bright, regions without an edge in them, and straight edges (`edges.py`) show
them, where the others do not: a sheet half in a shadow, a table as bright as paper, a bent sheet.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from mnister.forms.edges import find_quadrangles
from mnister.images.sheet import find_hulls

_WRITING = 1 / 16  # of the long side: of what is narrower nothing is left
_SIDE = 320  # pixels of the long side of the copy on which sheets are looked for
_LEVELS = (1.0, 0.8, 0.65, 1.15, 1.3)  # times Otsu's threshold: in a shadow paper is darker
_LEAST = 0.15  # of the picture
_SOLID = 0.9  # of a quadrangle is sheet
_COARSE = (0.02, 0.03, 0.045, 0.06)  # of its outline, by which a side may be bent
_BY_EDGES = 8  # quadrangles that only their sides show
_SAME = 0.01  # of the long side: corners nearer by are the same


def find_sheets(grey: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the corners of what may be a sheet; at last those of the picture.

    Args:
        grey: uint8 (height, width).

    Yields:
        float32 (4, 2), x and y, clockwise.
    """
    height, width = grey.shape
    seen: list[np.ndarray] = []
    for corners in _quadrangles(grey):
        if not any(np.abs(corners - other).max() < _SAME * max(grey.shape) for other in seen):
            seen.append(corners)
            yield corners
    yield np.float32([(0, 0), (width, 0), (width, height), (0, height)])


def _quadrangles(grey: np.ndarray) -> Iterator[np.ndarray]:
    """Yield those of every level, of regions without an edge, and of edges: float32 (4, 2)."""
    scale = max(1.0, max(grey.shape) / _SIDE)
    size = [max(8, round(side / scale)) for side in grey.shape[::-1]]
    light = cv2.medianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), 5)
    otsu = cv2.threshold(light, 0, 255, cv2.THRESH_OTSU)[0]
    for level in _LEVELS:
        mask = (light > level * otsu).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for outline in outlines:
            area = cv2.contourArea(outline)
            corners = None if area < _LEAST * mask.size else _corners(outline, area)
            if corners is not None:
                yield _whole(corners, mask, grey)
    for hull in find_hulls(cv2.medianBlur(light, round(_WRITING * max(light.shape)) | 1)):
        corners = _corners(hull, cv2.contourArea(hull))
        if corners is not None:
            yield _whole(corners, light, grey)
    for corners in find_quadrangles(light, _LEAST, _BY_EDGES):
        yield _whole(corners, light, grey)


def _whole(corners: np.ndarray, small: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Return corners on a small copy as those on the picture: float32 (4, 2)."""
    per_pixel = np.array(grey.shape[::-1]) / small.shape[::-1]
    return ((corners + 0.5) * per_pixel).astype(np.float32)


def _corners(outline: np.ndarray, area: float) -> np.ndarray | None:
    """Return the four corners of an outline that is nearly a quadrangle: int (4, 2)."""
    hull = cv2.convexHull(outline)
    around = cv2.arcLength(hull, closed=True)
    for coarse in _COARSE:
        corners = cv2.approxPolyDP(hull, coarse * around, closed=True)[:, 0]
        if len(corners) == 4:
            is_solid = area >= _SOLID * cv2.contourArea(corners)
            is_clockwise = cv2.contourArea(corners, oriented=True) > 0
            return (corners if is_clockwise else corners[::-1]) if is_solid else None
    return None
