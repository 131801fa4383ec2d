"""What an 8-bit export of a page network must say."""

import numpy as np

from mnister.detecting.heads import CHANNELS, DIGITS, MOVES
from mnister.tasks.pages import PagesTask


def said(**changes):
    """Return what is compared of one square with the changes by channel."""
    answer = np.full((1, 1, 1, CHANNELS), -8.0, np.float32)
    for channel, value in changes.values():
        answer[..., channel] = value
    return PagesTask.compared(None, answer)


def test_a_digit_that_is_nowhere_near_may_be_less_near_still():
    assert np.abs(said() - said(far=(DIGITS, -5.0))).max() < PagesTask.quantized_tolerance
    assert np.abs(said() - said(moved=(MOVES, 3.0))).max() < PagesTask.quantized_tolerance


def test_a_digit_may_be_neither_missed_nor_moved():
    seven = (7, 2.0)
    assert np.abs(said() - said(seven=seven)).max() > 0.8
    moved = np.abs(said(seven=seven) - said(seven=seven, moved=(MOVES, -7.0))).max()
    assert moved > PagesTask.quantized_tolerance
