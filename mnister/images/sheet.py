"""Regions of a photo that may be a sheet of paper, beside what it lies on."""

from itertools import combinations

import cv2
import numpy as np

_STEEPEST = 0.03  # change of the light from pixel to pixel, as a part of it: more is an edge
_LEAST_SHARE, _MOST_SHARE = 0.1, 0.95  # of the picture
_LEAST_SOLID = 0.75  # of its convex hull: a sheet has no bays, and no holes but for writing
_GAP = np.ones((5, 5))  # pixels: a gap in an edge so long is none
_LEAST_PART, _MOST_PARTS = 0.02, 6  # of the picture: what shadows part a sheet into


def find_hulls(light: np.ndarray) -> list[np.ndarray]:
    """Return the convex hulls of large solid regions without an edge in them.

    Shadows part a sheet into several: any of them together may be one.

    Args:
        light: uint8 (height, width), of some 256 pixels, without the writing.

    Returns:
        int32 (N, 1, 2) each, x and y.
    """
    logarithm = np.log1p(light.astype(np.float32))
    across, down = (cv2.Sobel(logarithm, -1, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    smooth = ((cv2.magnitude(across, down) < _STEEPEST) * 255).astype(np.uint8)
    _, labels = cv2.connectedComponents(cv2.erode(smooth, _GAP), connectivity=4)
    areas = np.bincount(labels.ravel())[1:]
    parts = 1 + np.argsort(-areas, kind="stable")[:_MOST_PARTS]
    parts = [int(part) for part in parts if areas[part - 1] >= _LEAST_PART * light.size]
    outlines = {part: _outline(labels == part) for part in parts}
    least, most, hulls = _LEAST_SHARE * light.size, _MOST_SHARE * light.size, []
    for count in range(1, len(parts) + 1):
        for together in combinations(parts, count):
            hull = cv2.convexHull(np.concatenate([outlines[part] for part in together]))
            size, solid = cv2.contourArea(hull), sum(areas[part - 1] for part in together)
            if least <= size <= most and solid >= _LEAST_SOLID * size:
                hulls.append(hull)
    return hulls


def _outline(region: np.ndarray) -> np.ndarray:
    """Return the outer outline of one connected region."""
    (outline,), _ = cv2.findContours(
        region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return outline
