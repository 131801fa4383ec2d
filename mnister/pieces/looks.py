"""Ways to look at a picture: the usual one, and others where that reads little."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from mnister.images.colors import ink_density, palest_channel, separate_inks
from mnister.images.files import Picture
from mnister.images.ink import UNUSUAL, USUAL, Assumption
from mnister.images.sheet import only_sheet

_OUTLINES = 0.01  # of the ink: with so little changed, another look shows nothing new


@dataclass(frozen=True)
class Look:
    """One way to look at a picture.

    Attributes:
        grey: uint8 (height, width).
        assumption: What is taken for granted of it.
    """

    grey: np.ndarray
    assumption: Assumption = USUAL


def usual_look(picture: Picture) -> Look:
    """Look at a picture without its colours."""
    return Look(_in_grey(picture))


def _in_grey(picture: Picture) -> np.ndarray:
    return cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY)


def other_looks(picture: Picture) -> Iterator[Look]:
    """Look at a picture in unusual ways.

    Under unusual assumptions; without what its paper lies on; one colour of ink at a time;
    where the ink of its lines is palest.

    Args:
        picture: Upright.
    """
    grey = _in_grey(picture)
    for assumption in UNUSUAL:
        yield Look(grey, assumption)
    sheet = only_sheet(picture.pixels)
    if sheet is not None:
        for assumption in (USUAL, *UNUSUAL):
            yield Look(sheet, replace(assumption, name="sheet on a desk"))
    density = ink_density(picture.pixels)
    for one_ink in separate_inks(picture.pixels, density):
        yield Look(one_ink, replace(USUAL, name="one of two inks"))
    channel = palest_channel(picture.pixels, density)
    if channel is not None:
        yield Look(channel, replace(USUAL, name="pencil among colored lines"))


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
