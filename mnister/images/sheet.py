"""Find the sheet of paper on a photo that shows what it lies on, too."""

import cv2
import numpy as np

from mnister.images.binarize import thumbnail

_SIDE = 256  # pixels: longer side of the small copy on which the sheet is looked for
_WRITING = 1 / 12  # of the longer side: of what is narrower, grain and writing, nothing is left
_STEEPEST = 0.03  # change of the light from pixel to pixel, as a part of it: more is an edge
_LEAST_SHARE, _MOST_SHARE = 0.1, 0.95  # of the picture
_LEAST_SOLID = 0.85  # of its convex hull: a sheet has no bays
_MARGIN = 0.015  # of the longer side: the sheet's own edge and the shadow that it throws
_GAP = np.ones((5, 5))  # pixels: a gap in an edge so long is none
_DARKER = 0.9  # times as bright as the sheet's rim is what it lies on, at most


def only_sheet(grey: np.ndarray) -> np.ndarray | None:
    """Replace what a sheet of paper lies on by paper that goes on as it is at the sheet's edge.

    The sheet is the brightest large region without an edge in it, if it is solid and what
    surrounds it is darker.

    Args:
        grey: uint8 (height, width).

    Returns:
        uint8 (height, width), or None where no sheet stands out.
    """
    small = thumbnail(grey, _SIDE)
    light = cv2.medianBlur(small, round(_WRITING * max(small.shape)) | 1)
    hull = _find_hull(light)
    if hull is None:
        return None
    sheet = cv2.dilate(cv2.fillConvexPoly(np.zeros_like(light), hull, 255), _GAP)
    margin = np.ones([2 * round(_MARGIN * max(small.shape)) + 1] * 2)
    inside, edge = cv2.erode(sheet, margin, borderValue=255), cv2.dilate(sheet, margin)
    around = cv2.dilate(edge, margin)
    rim, table = (light[mask > 0] for mask in (sheet & ~inside, around & ~edge))
    if not rim.size or not table.size or table.mean() > _DARKER * rim.mean():
        return None
    beyond = cv2.resize(_continue(light, inside), grey.shape[::-1])
    is_inside = cv2.resize(inside, grey.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return np.where(is_inside, grey, beyond)


def _find_hull(light: np.ndarray) -> np.ndarray | None:
    """Return the convex hull of the brightest large solid region without an edge in it."""
    logarithm = np.log1p(light.astype(np.float32))
    across, down = (cv2.Sobel(logarithm, -1, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    smooth = ((cv2.magnitude(across, down) < _STEEPEST) * 255).astype(np.uint8)
    _, labels = cv2.connectedComponents(cv2.erode(smooth, _GAP), connectivity=4)
    shares = np.bincount(labels.ravel())[1:] / light.size
    hulls = []
    for label in 1 + np.flatnonzero((shares >= _LEAST_SHARE) & (shares <= _MOST_SHARE)):
        region = (labels == label).astype(np.uint8)
        outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        hull = cv2.convexHull(outlines[0])
        if cv2.contourArea(outlines[0]) >= _LEAST_SOLID * cv2.contourArea(hull):
            hulls.append((cv2.mean(light, region)[0], hull))
    return max(hulls, key=lambda item: item[0])[1] if hulls else None


def _continue(light: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Give every pixel outside the grey level of the nearest one inside."""
    _, nearest = cv2.distanceTransformWithLabels(
        cv2.bitwise_not(inside), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    levels = np.zeros(nearest.max() + 1, np.uint8)
    levels[nearest[inside > 0]] = light[inside > 0]
    return cv2.blur(levels[nearest], (5, 5))
