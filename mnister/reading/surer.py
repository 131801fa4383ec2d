"""Of two ways to read a picture, the surer."""

from dataclasses import replace

from mnister.images.files import Picture
from mnister.reading.by_network import ByNetwork
from mnister.reading.by_pieces import ByPieces
from mnister.reading.marks import Marks

MANY = 3.0  # times as many digits as a page network expects: more are something else


class Surer:
    """Reads with a page network, and by pieces of ink; what is surer counts.

    Where digits stand apart on plain paper, nearly all of the ink reads as digits, piece by piece.
    Where anything else is on the page, it does not; and where digits touch, there are fewer pieces
    than digits, or many more where there is print, which look sure all the same.

    Args:
        by_network: Finds the way up, too.
        by_pieces: Looks once at the picture as that turned it.

    Attributes:
        names: That digits can have.
        first_batch_ms: Milliseconds of the digit network's first call.
    """

    def __init__(self, by_network: ByNetwork, by_pieces: ByPieces) -> None:
        self.by_network, self.by_pieces = by_network, by_pieces
        self.names, self.first_batch_ms = by_pieces.names, by_pieces.first_batch_ms

    def find(self, picture: Picture, rotation: str | int) -> tuple[Picture, Marks, int]:
        """Find the digits of a picture, see `MarkFinder`."""
        upright, marks, way = self.by_network.find(picture, rotation)
        pieces = self.by_pieces.look_once(upright)
        expected, count = marks.expected_digits, len(pieces.digits)
        is_plain = expected <= count <= MANY * expected + 1
        surer = pieces if is_plain and pieces.success > marks.success else marks
        times = {
            name: getattr(marks, name) + getattr(pieces, name)
            for name in ("find_ms", "classify_ms")
        }
        return upright, replace(surer, **times), way
