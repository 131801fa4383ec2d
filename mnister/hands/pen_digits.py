"""Digits of 44 Turkish writers, whose pens were followed on a tablet.

They are of "Pen-Based Recognition of Handwritten Digits" (E. Alpaydin and F. Alimoglu, 1996, UCI
Machine Learning Repository, https://doi.org/10.24432/C5MG6K, CC BY 4.0): of each digit eight
points along the pen's way, evenly far apart, whose x and y both reach from 0 to 100.
`pen_digits.npz` holds those that `select` leaves.
"""

import functools
import math
from pathlib import Path

import numpy as np

from mnister.hands.drawing import curve

_FILE = Path(__file__).with_name("pen_digits.npz")
_UNSEEN = 10  # one in so many is never trained on
_BREADTHS = (0.75, 0.45, 0.72, 0.62, 0.72, 0.65, 0.6, 0.68, 0.6, 0.55)  # of digits, in heights
_SPREAD, _SPREAD_OF_1 = 0.2, 0.35  # deviation of the logarithm of a breadth
_DOTS = 30  # from one point to the next
_NEIGHBOURS, _ALIKE = 8, 6  # of the digits most alike, so many must be of the same class
_HIGH = {5: 50, 7: 25}  # where one ends whose bar was written last: the way to it counts as ink
_FLAG = 15  # how far a 1's flag must come down; others are a 7 elsewhere


@functools.cache
def _load(unseen: bool) -> tuple[np.ndarray, ...]:
    """Return of each class uint8 (N, 8, 2), y downwards."""
    with np.load(_FILE) as file:
        points, labels = file["points"], file["labels"]
    of_class = [points[labels == digit] for digit in range(10)]
    held_out = [np.arange(len(found)) % _UNSEEN == 0 for found in of_class]
    return tuple(
        found[out if unseen else ~out] for found, out in zip(of_class, held_out, strict=True)
    )


def write_pen_digit(rng: np.random.Generator, digit: int, unseen: bool = False) -> np.ndarray:
    """Draw a digit and how broad it is, and follow the pen.

    Args:
        rng: Where all randomness comes from.
        digit: 0 to 9.
        unseen: One of those that networks never train on.

    Returns:
        float32 (2, K), x and y of dots along the line, in heights of the digit.
    """
    found = _load(unseen)[digit]
    spread = rng.normal(0, _SPREAD_OF_1 if digit == 1 else _SPREAD)
    breadth = _BREADTHS[digit] * math.exp(spread)
    points = found[rng.integers(len(found))] * (np.array([breadth, 1.0]) / 100)
    return np.ascontiguousarray(curve(points, _DOTS).T)


def select(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Tell which digits look as they were written.

    Pens were followed in the air, too: a 5 or a 7 whose bar came last has a line to it. Others
    lost a loop or a tail to the eight points. Those go that are not like most of their kind.

    Args:
        points: (N, 8, 2), x and y upwards, as published.
        labels: (N,).

    Returns:
        bool (N,).
    """
    bar_last = np.zeros(len(labels), bool)
    for digit, high in _HIGH.items():
        bar_last |= (labels == digit) & (points[:, -1, 1] > high)
    steep = (labels != 1) | (points[:, :, 1].max(axis=1) - points[:, 0, 1] >= _FLAG)
    stick = (labels == 1) & (points[:, 0, 1] >= points[:, :, 1].max(axis=1))
    kept = np.flatnonzero(~bar_last & (steep | stick))
    flat = points[kept].reshape(len(kept), -1).astype(np.float32)
    squares = (flat**2).sum(axis=1)
    far = squares[:, None] + squares - 2 * flat @ flat.T
    np.fill_diagonal(far, np.inf)
    nearest = np.argpartition(far, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    alike = (labels[kept][nearest] == labels[kept][:, None]).sum(axis=1) >= _ALIKE
    chosen = np.zeros(len(labels), bool)
    chosen[kept[alike]] = True
    return chosen
