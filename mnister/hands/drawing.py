"""What every part of a made page is drawn with: chances, curves, lines, fields, places.

Layers are uint8 (H, W), how much of each pixel is covered; points are x, y in pixels.
"""

import functools
import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

_SINE = np.array([math.sin(step * math.pi / 512) for step in range(1024)], np.float32)
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
    t = (np.arange(steps, dtype=np.float32) / steps)[:, None]
    weights = (2 * t**2 - t - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
    last = len(knots) - 1
    inner = sum(padded[i : last + i, None] * weight for i, weight in enumerate(weights)) / 2
    return np.concatenate([inner.reshape(-1, 2), knots[-1:]])


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


def wave(phase: np.ndarray) -> np.ndarray:
    """Return the sine of a phase given in whole turns: float32 of its shape, -1 to 1.

    It comes out of a table: the same bits on any processor.
    """
    return _SINE[(phase * len(_SINE)).astype(np.int32) & (len(_SINE) - 1)]


@functools.lru_cache(maxsize=512)
def _between(count: int, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each of many places the values before and behind it, and how far it is on."""
    places = np.clip((np.arange(length) + 0.5) * (count / length) - 0.5, 0, count - 1)
    before = places.astype(np.intp)
    behind = np.minimum(before + 1, count - 1)
    return before, behind, (places - before).astype(np.float32)[:, None]


def enlarge(coarse: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Enlarge a field smoothly, for OpenCV's way depends on the processor.

    Args:
        coarse: float32 (h, w).
        shape: H and W.

    Returns:
        float32 (H, W).
    """
    before, behind, on = _between(coarse.shape[1], shape[1])
    columns = coarse.T
    across = columns[before] + (columns[behind] - columns[before]) * on
    before, behind, on = _between(coarse.shape[0], shape[0])
    rows = np.ascontiguousarray(across.T)
    first = rows[before]
    return first + (rows[behind] - first) * on


def field(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Make a random field that changes smoothly.

    Args:
        rng: Where all randomness comes from.
        shape: Its height and width, pixels.
        cells: How many independent values it has downwards and across, at least one each.

    Returns:
        float32 (H, W), of mean 0 and deviation 1 at its knots.
    """
    return enlarge(rng.standard_normal(cells, dtype=np.float32), shape)


def look_up(
    picture: np.ndarray, xs: np.ndarray, ys: np.ndarray, border: int = cv2.BORDER_CONSTANT
) -> np.ndarray:
    """Take each pixel from a place between those of another picture.

    Places are rounded to 1/32 pixel and all is reckoned in whole numbers: the same bits on any
    processor.

    Args:
        picture: uint8 (h, w).
        xs: float (H, W), columns of the picture, pixels.
        ys: float (H, W), rows.
        border: What lies beyond its edge, as OpenCV names it; black.

    Returns:
        uint8 (H, W).
    """
    columns, rows = np.rint(xs * 32).astype(np.int32), np.rint(ys * 32).astype(np.int32)
    places = np.stack([columns >> 5, rows >> 5], axis=-1).astype(np.int16)
    shares = ((rows & 31) << 5 | (columns & 31)).astype(np.uint16)
    return cv2.remap(picture, places, shares, cv2.INTER_LINEAR, None, border)


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
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    matrix = np.array([[cos, sin - slant * cos], [-sin, cos + slant * sin]])
    corners = matrix[:, :1] * (0, width, 0, width) + matrix[:, 1:] * (0, 0, height, height)
    left, top = corners.min(axis=1).tolist()
    columns, rows = (np.ceil(np.ptp(corners, axis=1)).astype(int) + 1).tolist()
    xs = np.arange(columns, dtype=np.float32)[None] + np.float32(left)
    ys = np.arange(rows, dtype=np.float32)[:, None] + np.float32(top)
    (a, b), (c, d) = inverse(matrix)
    return look_up(ink, xs * a + ys * b, xs * c + ys * d)


def inverse(matrix: np.ndarray) -> list[list[np.float32]]:
    """Return the inverse of a matrix of two rows, written out: the same bits on any processor."""
    (a, b), (c, d) = matrix.tolist()
    area = a * d - b * c
    rows = ((d / area, -b / area), (-c / area, a / area))
    return [[np.float32(value) for value in row] for row in rows]
