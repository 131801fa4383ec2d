"""Tell ink from paper, by one threshold T for a whole picture or one for each of its pixels.

Sources: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9
(1979); J. Sauvola, M. Pietikäinen, "Adaptive document image binarization", Pattern Recognition
33 (2000).
"""

from dataclasses import dataclass

import cv2
import numpy as np

_LEAST_CONTRAST = 14  # grey levels between ink and paper: fainter marks are the paper's texture
_THUMBNAIL = 256  # pixels: longer side of the copy on which polarity and light are told
_WINDOW = 1 / 4  # of the longer side: Sauvola's neighbourhood, wider than any stroke


@dataclass(frozen=True)
class Ink:
    """The ink of one picture.

    Attributes:
        mask: uint8 (height, width), ink 255.
        threshold: T, the mean of all where they differ; grey level 0 to 255.
        is_light_on_dark: True for chalk on a board.
    """

    mask: np.ndarray
    threshold: float
    is_light_on_dark: bool


def find_ink(grey: np.ndarray, threshold: str | float = "auto") -> Ink:
    """Find the ink of a picture.

    Args:
        grey: uint8 (height, width).
        threshold: "otsu"; "auto", the same once the light is even; "sauvola"; or T from 0 to 255.
            Dark ink is at most T, light ink above it.
    """
    is_light = is_light_on_dark(grey)
    if threshold == "sauvola":
        level = 255 - sauvola(255 - grey) if is_light else sauvola(grey)
    elif threshold == "auto":
        level = 255 - in_even_light(255 - grey) if is_light else in_even_light(grey)
    else:
        level = otsu(grey) if isinstance(threshold, str) else float(threshold)
    is_ink = grey > level if is_light else grey <= level
    is_found = threshold in ("auto", "otsu")
    if is_ink.all() or (is_found and _contrast(grey, is_ink) < _LEAST_CONTRAST):
        is_ink = np.zeros_like(is_ink)
    return Ink(is_ink.astype(np.uint8) * 255, float(np.mean(level)), is_light)


def is_light_on_dark(grey: np.ndarray) -> bool:
    """Tell whether the writing is lighter than what it is written on.

    The writing is the rarer of the two, so the differences from the local median lean its way.

    Args:
        grey: uint8 (height, width).
    """
    small = _thumbnail(grey)
    reach = max(3, min(81, (min(small.shape) // 2) | 1))
    difference = small.astype(np.float32) - cv2.medianBlur(small, reach)
    return float((difference**3).sum()) > 0


def otsu(grey: np.ndarray) -> float:
    """Return the threshold that splits a histogram into the two tightest classes (Otsu 1979).

    Args:
        grey: uint8 of any shape.

    Returns:
        T, 0 to 255; the darker class is what is at most T.
    """
    threshold, _ = cv2.threshold(grey.reshape(1, -1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(threshold)


def in_even_light(grey: np.ndarray) -> np.ndarray:
    """Return a threshold for every pixel: so far below the paper there as Otsu's method says.

    Args:
        grey: uint8 (height, width), dark ink.

    Returns:
        float32 (height, width): ink is what is at most this.
    """
    small = _thumbnail(grey)
    reach = max(small.shape) // 2 | 1
    paper = cv2.resize(cv2.medianBlur(small, reach), grey.shape[::-1]).astype(np.float32)
    depth = np.clip(paper - grey, 0, 255).astype(np.uint8)
    return np.clip(paper - otsu(depth) - 1, 0, 255)


def sauvola(grey: np.ndarray, k: float = 0.2, deviation: float = 128) -> np.ndarray:
    """Return a threshold for every pixel from the mean and spread around it (Sauvola 2000).

    Args:
        grey: uint8 (height, width), dark ink.
        k: How far below the mean; 0.2 to 0.5.
        deviation: The spread of full contrast, R in the paper.

    Returns:
        float32 (height, width): ink is what is at most this.
    """
    values, window = grey.astype(np.float32), [int(_WINDOW * max(grey.shape)) | 1] * 2
    mean = cv2.blur(values, window)
    spread = np.sqrt(np.maximum(cv2.blur(values * values, window) - mean * mean, 0))
    return mean * (1 + k * (spread / deviation - 1))


def _thumbnail(grey: np.ndarray) -> np.ndarray:
    """Shrink a picture to `_THUMBNAIL`; a smaller one stays as it is."""
    scale = min(1.0, _THUMBNAIL / max(grey.shape))
    size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _contrast(grey: np.ndarray, is_ink: np.ndarray) -> float:
    """Return how many grey levels lie between the mean of ink and that of paper."""
    return abs(float(grey[is_ink].mean() - grey[~is_ink].mean())) if is_ink.any() else 0.0
