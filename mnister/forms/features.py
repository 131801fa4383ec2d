"""Points of a picture that can be found again on another one, and which of two pictures pair.

SIFT (D. Lowe 2004) with the square roots of its values (R. Arandjelović and A. Zisserman 2012).
"""

from dataclasses import dataclass

import cv2
import numpy as np

LEVELS = (1000, 500, 250)  # pixels of the long side: a small photo shows none of the fine print
_MOST = 4000  # points of a picture, the strongest
_FAINT = 0.015  # contrast of a point, of the whole range: print in a shadow has little
_RATIO = 0.85  # nearest to next nearest: likelier ones are not told apart
_NEAREST = 3  # looked at: the same letter stands on a form many times


@dataclass(frozen=True)
class Features:
    """Points of a picture.

    Attributes:
        points: float32 (N, 2), x and y, pixels of the whole picture.
        descriptors: float32 (N, 128).
        scale: How many pixels of the whole picture one pixel is on which they were found.
    """

    points: np.ndarray
    descriptors: np.ndarray
    scale: float


def find_features(grey: np.ndarray, longest: int) -> Features:
    """Find points.

    Args:
        grey: uint8 (height, width).
        longest: Pixels of the long side on which they are looked for.
    """
    scaled, scale = resized(grey, longest)
    sift = cv2.SIFT_create(nfeatures=_MOST, contrastThreshold=_FAINT)
    keypoints, descriptors = sift.detectAndCompute(scaled, None)
    if not keypoints:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32), scale)
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    points = (np.float32([point.pt for point in keypoints]) + 0.5) * np.float32(scale)
    return Features(points, np.sqrt(shares), scale)


def resized(grey: np.ndarray, longest: int) -> tuple[np.ndarray, float]:
    """Scale a picture to a long side; return it, and its pixels for each of the new ones."""
    scale = max(grey.shape) / longest
    size = [max(1, round(side / scale)) for side in grey.shape[::-1]]
    way = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    return cv2.resize(grey, size, interpolation=way), scale


def pair(one: Features, other: Features) -> tuple[np.ndarray, np.ndarray]:
    """Pair the points of two pictures that are more alike than any others.

    Returns:
        float32 (K, 2) and (K, 2): points of one, and those of the other that they pair with.
    """
    none = np.zeros((0, 2), np.float32)
    if len(one.points) < _NEAREST or len(other.points) < _NEAREST:
        return none, none
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    found = matcher.knnMatch(other.descriptors, one.descriptors, k=2)
    kept = [a for a, b in found if a.distance < _RATIO * b.distance]
    if not kept:
        return none, none
    return (
        one.points[[match.trainIdx for match in kept]],
        other.points[[match.queryIdx for match in kept]],
    )
