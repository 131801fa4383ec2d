"""What every part of a made page is drawn with: chances, curves, lines, fields, places.

Layers are uint8 (H, W), how much of each pixel is covered; points are x, y in pixels.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

_SHIFT = 4  # lines are placed to a sixteenth of a pixel


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a positive number all whose orders of size are equally likely."""
    return float(low * (high / low) ** rng.random())


def pick(rng: np.random.Generator, weighted: Sequence[tuple[Callable, float]]) -> Callable:
    """Draw one of several functions by their weights, which need not add up to 1."""
    ends = np.cumsum([weight for _, weight in weighted])
    return weighted[int(np.searchsorted(ends, rng.random() * ends[-1], side="right"))][0]


def curve(points: np.ndarray, steps: int = 6) -> np.ndarray:
    """Lay a smooth curve through points (Catmull and Rom, 1974).

    Args:
        points: float (K, 2), at least two.
        steps: Points of the curve from one of them to the next.

    Returns:
        float32 ((K - 1) * steps + 1, 2).
    """
    knots = np.asarray(points, np.float32)
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = (np.arange(steps, dtype=np.float32) / steps)[None, :, None]
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    inner = b + (c - a) * t / 2 + (2 * a - 5 * b + 4 * c - d) * t**2 / 2
    inner = inner + (3 * b - a - 3 * c + d) * t**3 / 2
    return np.concatenate([inner.reshape(-1, 2), knots[-1:]]).astype(np.float32)


def stroke(layer: np.ndarray, points: np.ndarray, width: float, strength: int = 255) -> None:
    """Draw a line through points, with soft edges.

    Args:
        layer: uint8 (H, W); drawn into.
        points: float (K, 2).
        width: Pixels; what is thinner than one is fainter instead.
        strength: Of its middle, 1 to 255.
    """
    thickness = max(1, int(width + 0.5))
    value = int(strength * min(1.0, max(0.25, width / thickness)))
    fixed = np.round(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(layer, [fixed], False, value, thickness, cv2.LINE_AA, _SHIFT)


def lay(layer: np.ndarray, ink: np.ndarray, x: int, y: int) -> None:
    """Lay a piece of ink on a layer, the stronger counting; what falls off the edge is lost.

    Args:
        layer: uint8 (H, W); drawn into.
        ink: uint8 (h, w).
        x: Column of the layer where the piece's first column goes; may be negative.
        y: Row likewise.
    """
    left, top = max(x, 0), max(y, 0)
    right = min(x + ink.shape[1], layer.shape[1])
    bottom = min(y + ink.shape[0], layer.shape[0])
    if left < right and top < bottom:
        place = layer[top:bottom, left:right]
        np.maximum(place, ink[top - y : bottom - y, left - x : right - x], out=place)


def field(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Make a random field that changes smoothly.

    Args:
        rng: Where all randomness comes from.
        shape: Its height and width, pixels.
        cells: How many independent values it has downwards and across, at least one each.

    Returns:
        float32 (H, W), of mean 0 and deviation 1 at its knots.
    """
    coarse = rng.standard_normal(cells, dtype=np.float32)
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_LINEAR)


def scaled(ink: np.ndarray, scale: float) -> np.ndarray:
    """Shrink or enlarge a piece of ink; it keeps at least one pixel each way."""
    size = [max(1, round(side * scale)) for side in ink.shape[::-1]]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(ink, size, interpolation=way)


def turned(ink: np.ndarray, degrees: float, slant: float = 0.0) -> np.ndarray:
    """Turn and slant a piece of ink; the canvas grows so that nothing is lost.

    Args:
        ink: uint8 (h, w).
        degrees: Against the clock.
        slant: Columns to the right a pixel moves for each row up.

    Returns:
        uint8 (h', w').
    """
    height, width = ink.shape
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.array([[cos, sin], [-sin, cos]]) @ np.array([[1, -slant], [0, 1]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.ceil(high - low).astype(int) + 1
    return cv2.warpAffine(ink, np.column_stack([matrix, -low]), tuple(int(v) for v in size))
