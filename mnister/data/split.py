"""Which digits of a set validate and test: a share of each class, the same from run to run.

The digits are put into an order that a key of each decides, the SHA-256 of its picture or of its
file's name, and each class gives its first ones away. So the order in which a file has them says
nothing, and one digit more moves few others into another part.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence

import numpy as np


def name_keys(names: Iterable[str]) -> list[bytes]:
    """Return a key for each name of a file."""
    return [hashlib.sha256(os.fsencode(name)).digest() for name in names]


def image_keys(images: np.ndarray) -> list[bytes]:
    """Return a key for each image, uint8 (N, H, W): equal ones have equal keys."""
    return [hashlib.sha256(np.ascontiguousarray(image)).digest() for image in images]


def mixed(labels: np.ndarray, keys: Sequence[bytes]) -> np.ndarray:
    """Return the order that the keys decide, in which the classes are mixed.

    Args:
        labels: int64 (N,), which decide where keys are equal.
        keys: N keys.

    Returns:
        int64 (N,), the places of the digits.
    """
    order = sorted(range(len(keys)), key=lambda place: (keys[place], labels[place]))
    return np.array(order, dtype=np.int64)


def split(labels: np.ndarray, sizes: np.ndarray) -> list[np.ndarray]:
    """Deal the digits of each class out to several parts, the first ones to the first.

    Args:
        labels: int64 (N,), below C, in the order that `mixed` gives.
        sizes: int64 (C, P), how many digits of each class go to each of P parts.

    Returns:
        P + 1 arrays, the places of each part's digits in their order; the last is what is left.
    """
    part = np.empty(len(labels), dtype=np.int64)
    for label, ends in enumerate(sizes.cumsum(axis=1)):
        own = np.flatnonzero(labels == label)
        part[own] = np.searchsorted(ends, np.arange(len(own)), side="right")
    return [np.flatnonzero(part == number) for number in range(sizes.shape[1] + 1)]


def shares(counts: np.ndarray, fractions: Sequence[float]) -> np.ndarray:
    """Return how many digits of each class make up parts of these fractions.

    Args:
        counts: int64 (C,), digits of each class.
        fractions: P of them, each above 0 and below 0.5.

    Returns:
        int64 (C, P); each part gets a digit of every class that has more than P, and each class
        keeps one.
    """
    most = np.maximum(0, (counts - 1) // max(1, len(fractions)))[:, None]
    wished = np.rint(counts[:, None] * np.array(fractions)[None]).astype(np.int64)
    return np.minimum(most, np.maximum(1, wished))


def apportion(counts: np.ndarray, total: int) -> np.ndarray:
    """Return how many digits of each class make up a part of `total` digits.

    They are given out one by one, each to the class that has the fewest for its size: Huntington
    and Hill's rule, which gives every class one before any gets two.

    Args:
        counts: int64 (C,), digits of each class; one of each stays.
        total: At most the sum of what each class can give.

    Returns:
        int64 (C, 1).
    """
    given = np.zeros_like(counts)
    for _ in range(total):
        weight = np.where(given > 0, np.sqrt(given * (given + 1.0)), 1e-9)
        claim = np.where(given < counts - 1, counts / weight, -1)
        given[claim.argmax()] += 1
    return given[:, None]
