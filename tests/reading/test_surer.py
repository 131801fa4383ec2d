"""Of two ways to read a picture, the surer counts, unless it saw fewer digits."""

import numpy as np
import pytest

from mnister.images.files import picture_from_array
from mnister.reading.marks import Marks
from mnister.reading.surer import Surer

PICTURE = picture_from_array(np.full((40, 60), 255, np.uint8))


class Way:
    """Finds so many digits, each so likely."""

    names, first_batch_ms = tuple("0123456789"), 1.0

    def __init__(self, count, likely):
        table = np.zeros((count, 10), np.float32)
        table[:, 3] = likely
        self.marks = Marks(
            np.zeros((count, 4), np.float32),
            table,
            np.zeros((count, 28, 28), np.uint8),
            (None,) * count,
            success=likely,
            find_ms=2.0,
        )

    def find(self, picture, rotation):
        return picture, self.marks, rotation

    def look_once(self, picture):
        assert picture is PICTURE
        return self.marks


@pytest.mark.parametrize(
    ("pieces", "network", "is_pieces"),
    [
        ((3, 0.99), (3, 0.9), True),
        ((3, 0.8), (3, 0.9), False),
        ((2, 0.99), (3, 0.9), False),  # two that touch are one piece
        ((3, 0.99), (4, 0.6), True),
        ((12, 0.99), (3, 0.9), False),  # print, of which each letter looks like a digit
        ((0, 0.0), (0, 0.0), False),
    ],
)
def test_the_surer_way_counts_if_it_saw_as_many_digits(pieces, network, is_pieces):
    by_network, by_pieces = Way(*network), Way(*pieces)
    picture, marks, way = Surer(by_network, by_pieces).find(PICTURE, 90)
    assert (picture, way) == (PICTURE, 90)
    chosen = by_pieces if is_pieces else by_network
    assert marks.probabilities is chosen.marks.probabilities
    assert marks.find_ms == 4.0
