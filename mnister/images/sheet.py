"""Find the sheet of paper on a photo that shows what it lies on, too."""

from itertools import combinations

import cv2
import numpy as np

from mnister.images.binarize import thumbnail

_SIDE = 256  # pixels: longer side of the small copy on which the sheet is looked for
_WRITING = 1 / 12  # of the longer side: of what is narrower, grain and writing, nothing is left
_STEEPEST = 0.03  # change of the light from pixel to pixel, as a part of it: more is an edge
_LEAST_SHARE, _MOST_SHARE = 0.1, 0.95  # of the picture
_LEAST_SOLID = 0.75  # of its convex hull: a sheet has no bays, and no holes but for writing
_MARGIN = 0.015  # of the longer side: the sheet's own edge and the shadow that it throws
_GAP = np.ones((5, 5))  # pixels: a gap in an edge so long is none
_DARKER = 0.9  # times as bright as the sheet's rim is what it lies on, at most
_LEAST_DARKER = 0.8  # of all around it
_LEAST_PART, _MOST_PARTS = 0.02, 6  # of the picture: what shadows part a sheet into


def only_sheet(pixels: np.ndarray) -> np.ndarray | None:
    """Replace what a sheet of paper lies on by paper that goes on as it is at the sheet's edge.

    The sheet is the solid region without an edge in it, but for those of shadows, that stands out
    most from what surrounds it, which is darker. Colours count as dark: paper in a shadow is still
    grey.

    Args:
        pixels: uint8 (height, width, 3), RGB.

    Returns:
        uint8 (height, width), or None where no sheet stands out.
    """
    small, grey = thumbnail(pixels, _SIDE), cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    reach = round(_WRITING * max(small.shape)) | 1
    light = cv2.medianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), reach)
    palest = cv2.medianBlur(small.min(axis=2), reach)
    margin = np.ones([2 * round(_MARGIN * max(small.shape)) + 1] * 2)
    most, best = 0.0, None
    for hull in find_hulls(palest):
        sheet = cv2.dilate(cv2.fillConvexPoly(np.zeros_like(light), hull, 255), _GAP)
        inside = cv2.erode(sheet, margin, borderValue=255)
        contrast = _contrast(palest, inside, cv2.dilate(sheet, margin))
        if contrast > most:
            most, best = contrast, inside
    if best is None:
        return None
    beyond = cv2.resize(_continue(light, best), grey.shape[::-1])
    is_inside = cv2.resize(best, grey.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return np.where(is_inside, grey, beyond)


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


def _contrast(light: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> float:
    """Measure by how much a sheet is brighter than what it lies on.

    Args:
        light: uint8 (height, width).
        inside: uint8 (height, width), 255 on the sheet but for its edge.
        outside: uint8 (height, width), 0 on what it lies on but for the sheet's shadow.

    Returns:
        Mean of the ratio's logarithm all around; 0 where part of that is not darker at all.
    """
    around = cv2.bitwise_xor(outside, cv2.dilate(outside, _GAP)) > 0
    if not around.any():
        return 0.0
    ratios = (1.0 + _continue(light, inside)[around]) / (1.0 + light[around])
    is_darker = (ratios > 1 / _DARKER).mean() >= _LEAST_DARKER
    return float(np.log(ratios).mean()) if is_darker else 0.0


def _continue(light: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Give every pixel outside the grey level of the nearest one inside."""
    _, nearest = cv2.distanceTransformWithLabels(
        cv2.bitwise_not(inside), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    levels = np.zeros(nearest.max() + 1, np.uint8)
    levels[nearest[inside > 0]] = light[inside > 0]
    return cv2.blur(levels[nearest], (5, 5))
