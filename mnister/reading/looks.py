"""Unusual ways to look at a picture, which the reader tries where the usual one reads little."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from mnister.images.colors import ink_density, palest_channel, separate_inks
from mnister.images.files import Picture
from mnister.images.ink import UNUSUAL, USUAL, Assumption
from mnister.images.sheet import only_sheet

_OUTLINES = 0.01  # of the ink: with so little changed, another look shows nothing new


def in_grey(picture: Picture) -> np.ndarray:
    """Return a picture without its colours: uint8 (height, width)."""
    return cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY)


def other_looks(picture: Picture) -> Iterator[tuple[np.ndarray, Assumption]]:
    """Look at a picture in unusual ways: a grey picture of it and what to take for granted.

    Under unusual assumptions; without what its paper lies on; one colour of ink at a time;
    where the ink of its lines is palest.

    Args:
        picture: Upright.

    Yields:
        uint8 (height, width), and what to assume of it.
    """
    grey = in_grey(picture)
    for assumption in UNUSUAL:
        yield grey, assumption
    sheet = only_sheet(picture.pixels)
    if sheet is not None:
        for assumption in (USUAL, *UNUSUAL):
            yield sheet, replace(assumption, name="sheet on a desk")
    density = ink_density(picture.pixels)
    for one_ink in separate_inks(picture.pixels, density):
        yield one_ink, replace(USUAL, name="one of two inks")
    channel = palest_channel(picture.pixels, density)
    if channel is not None:
        yield channel, replace(USUAL, name="pencil among colored lines")


def show_the_same(mask: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two masks show the same ink, but for a few pixels of its outlines.

    Args:
        mask: uint8 (height, width), ink above 0.
        other: Another, of any size.
    """
    if mask.shape != other.shape:
        return False
    different = cv2.countNonZero(cv2.bitwise_xor(mask, other))
    return different <= _OUTLINES * cv2.countNonZero(other)
