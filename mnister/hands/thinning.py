"""From a digit of MNIST to the line that the pen went: thinning, and dots along it.

A row of a digit at twice its size is one whole number of 64 bits, so that a step of thinning
looks at a whole row at once: all of MNIST takes seconds.
"""

from typing import NamedTuple

import cv2
import numpy as np

SIDE = 56  # a digit at twice MNIST's size, less than the 64 bits of a row
_INK = 110  # grey from which on a pixel is ink
_AT_ONCE = 256  # digits thinned together: their rows stay in the processor's cache


def thin(images: np.ndarray) -> np.ndarray:
    """Thin digits to lines one pixel wide (Zhang and Suen, CACM 27(3), 1984).

    Args:
        images: uint8 (N, 28, 28) or (N, 56, 56), white on black.

    Returns:
        uint64 (N, 56): of each row at twice the size, bit x is pixel x.
    """
    parts = [_thin_some(images[i : i + _AT_ONCE]) for i in range(0, len(images), _AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros((0, SIDE), np.uint64)


def _thin_some(images: np.ndarray) -> np.ndarray:
    """Take pixels off the two sides in turn until a whole round takes none."""
    large = images
    if images.shape[1] != SIDE:
        large = [
            cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) for image in images
        ]
    bits = np.packbits(np.stack(large) > _INK, axis=2, bitorder="little")
    rows = np.zeros((len(images), SIDE + 2), np.uint64)  # an empty row above and below
    rows[:, 1:-1].view(np.uint8).reshape(len(images), SIDE, 8)[:, :, : bits.shape[2]] = bits
    active = np.arange(len(images))
    while len(active):
        before = rows[active]
        after = before.copy()
        for first_side in (True, False):
            after[:, 1:-1] &= ~_removable(after, first_side)
        rows[active] = after
        active = active[(after != before).any(axis=1)]
    return np.ascontiguousarray(rows[:, 1:-1])


def _removable(rows: np.ndarray, first_side: bool) -> np.ndarray:
    """Tell which pixels of an outline can go without breaking a line, as bits of each row."""
    one = np.uint64(1)
    up, here, down = rows[:, :-2], rows[:, 1:-1], rows[:, 2:]
    north, south, west, east = up, down, here << one, here >> one
    ring = [up, up >> one, east, down >> one, south, down << one, west, up << one]
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    one_rise = _exactly_one([~a & b for a, b in pairs])
    two_to_six = _two_to_six(ring)
    if first_side:
        open_sides = ~(north & east & south) & ~(east & south & west)
    else:
        open_sides = ~(north & east & west) & ~(north & south & west)
    return here & one_rise & two_to_six & open_sides


def _exactly_one(masks: list[np.ndarray]) -> np.ndarray:
    """Tell where just one of several masks of bits is set."""
    any_set, several = np.zeros_like(masks[0]), np.zeros_like(masks[0])
    for mask in masks:
        several |= any_set & mask
        any_set |= mask
    return any_set & ~several


def _two_to_six(ring: list[np.ndarray]) -> np.ndarray:
    """Tell where two to six of the eight neighbours are set."""
    inverted = [~mask for mask in ring]
    return _two_or_more(ring) & _two_or_more(inverted)


def _two_or_more(masks: list[np.ndarray]) -> np.ndarray:
    """Tell where at least two of several masks of bits are set."""
    any_set, several = np.zeros_like(masks[0]), np.zeros_like(masks[0])
    for mask in masks:
        several |= any_set & mask
        any_set |= mask
    return several


def to_pixels(rows: np.ndarray) -> np.ndarray:
    """Unpack the rows of thinned digits.

    Args:
        rows: uint64 (N, 56).

    Returns:
        uint8 (N, 56, 56), 0 or 1.
    """
    octets = np.ascontiguousarray(rows).view(np.uint8).reshape(*rows.shape, 8)
    return np.unpackbits(octets, axis=-1, bitorder="little")[..., :SIDE]


class Line(NamedTuple):
    """The line of a pen.

    Attributes:
        dots: (2, K), x and y of dots close to each other along it.
        loops: How many loops it closes, where it is in one piece.
    """

    dots: np.ndarray
    loops: int


def lines_of(pixels: np.ndarray, rounds: int = 3) -> list[Line]:
    """Turn lines of pixels into dots that lie smoothly.

    Every pixel becomes a dot, joined to its neighbours (slantwise only where no straight way
    leads there), and moves towards their middle; where the line ends, it stays. Then a dot comes
    between every two that are joined.

    Args:
        pixels: uint8 (N, H, W), 0 or 1, lines one pixel wide; H and W at most 63.
        rounds: How many times the dots move.

    Returns:
        N lines; their dots are uint8, in quarters of a pixel, so that all of MNIST's fit into
        30 MB.
    """
    which, ys, xs = np.nonzero(pixels)
    joined = _join_neighbours(pixels.shape, which, ys, xs)
    dots = _relax(np.stack([xs, ys], axis=1).astype(np.float32), joined, rounds)
    between = (dots[joined[:, 0]] + dots[joined[:, 1]]) / 2
    owners = np.concatenate([which, which[joined[:, 0]]])
    order = np.argsort(owners, kind="stable")
    quarters = np.round(4 * np.concatenate([dots, between])[order]).astype(np.uint8).T
    ends = np.searchsorted(owners[order], np.arange(len(pixels) + 1))
    loops = 1 + np.bincount(which[joined[:, 0]], minlength=len(pixels))
    loops -= np.bincount(which, minlength=len(pixels))
    return [
        Line(np.ascontiguousarray(quarters[:, start:end]), int(count))
        for start, end, count in zip(ends, ends[1:], loops, strict=False)
    ]


def _join_neighbours(
    shape: tuple[int, ...], which: np.ndarray, ys: np.ndarray, xs: np.ndarray
) -> np.ndarray:
    """List which pixels are joined: int32 (E, 2)."""
    index = np.full((shape[0], shape[1] + 2, shape[2] + 2), -1, np.int32)
    index[which, ys + 1, xs + 1] = np.arange(len(ys))
    ends = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        there = index[which, ys + 1 + down, xs + 1 + right]
        joined = there >= 0
        if down and right:
            joined &= index[which, ys + 1, xs + 1 + right] < 0
            joined &= index[which, ys + 1 + down, xs + 1] < 0
        elif right:  # of four in a square, the lower two are joined round the upper two
            joined &= (index[which, ys, xs + 1] < 0) | (index[which, ys, xs + 2] < 0)
        ends.append(np.stack([np.flatnonzero(joined), there[joined]], axis=1))
    return np.concatenate(ends).astype(np.int32)


def _relax(dots: np.ndarray, joined: np.ndarray, rounds: int) -> np.ndarray:
    """Move dots half the way to the middle of their neighbours; ends and lone ones stay."""
    count = len(dots)
    one, other = np.concatenate([joined, joined[:, ::-1]]).T
    degree = np.bincount(one, minlength=count)
    moves = (degree > 1)[:, None]
    for _ in range(rounds):
        sums = [np.bincount(one, dots[other, axis], count) for axis in (0, 1)]
        middle = (np.stack(sums, axis=1) / np.maximum(degree, 1)[:, None]).astype(np.float32)
        dots = np.where(moves, (dots + middle) / 2, dots).astype(np.float32)
    return dots
