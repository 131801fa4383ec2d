"""The way without a page network: a threshold, connected pieces of ink, the digit network."""

import time

import cv2
import numpy as np

from mnister.images.components import MOST_PIECES, Piece, find_pieces
from mnister.images.files import Picture, turned
from mnister.images.ink import find_ink
from mnister.images.normalize import normalize_digit
from mnister.reading import notes
from mnister.reading.digit_network import DigitNetwork
from mnister.reading.marks import Marks


class ByPieces:
    """Finds digits with a threshold: each piece of ink of a digit's size is one.

    Args:
        digits: The digit network.
        is_page: Whether a picture has any number of digits, or one.
        threshold: "auto", "otsu", "sauvola", or a grey level from 0 to 255, see `find_ink`.
        has_stages: Keep a picture of each step.

    Attributes:
        names: That digits can have.
        first_batch_ms: Milliseconds of the network's first call.
    """

    def __init__(
        self,
        digits: DigitNetwork,
        *,
        is_page: bool = True,
        threshold: str | float = "auto",
        has_stages: bool = False,
    ) -> None:
        self.digits, self.is_page, self.threshold = digits, is_page, threshold
        self.has_stages = has_stages
        self.names, self.first_batch_ms = digits.names, digits.first_batch_ms

    def find(self, picture: Picture, rotation: str | int) -> tuple[Picture, Marks, int]:
        """Find the digits of a picture, see `MarkFinder`; "auto" leaves it as it is."""
        started = time.perf_counter()
        way = 0 if rotation == "auto" else int(rotation)
        picture = turned(picture, way)
        # 1. Tell ink from paper.
        grey = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY)
        ink = find_ink(grey, self.threshold)
        # 2. Cut out.
        pieces, is_cut = find_pieces(ink.mask, MOST_PIECES)
        images = [normalize_digit(piece.mask) for piece in pieces]
        find_ms = 1000 * (time.perf_counter() - started)
        # 3. Classify.
        probabilities = self.digits.predict(images)
        reasons = tuple(piece.reason for piece in pieces)
        none = None if None in reasons else notes.no_digit_in_ink(picture, ink.threshold, reasons)
        marks = Marks(
            np.array([piece.box for piece in pieces], np.float32).reshape(-1, 4),
            probabilities,
            np.array(images, np.uint8).reshape(-1, 28, 28),
            reasons,
            why_none=none,
            threshold=ink.threshold,
            is_light_on_dark=ink.is_light_on_dark,
            stages=(("grey", grey), ("ink", ink.mask)) if self.has_stages else (),
            find_ms=find_ms,
            classify_ms=1000 * (time.perf_counter() - started) - find_ms,
            cut_short=MOST_PIECES if is_cut else 0,
        )
        if not self.is_page and none is None:
            marks = marks.only(_largest(pieces), "not the largest")
        return picture, marks, way


def _largest(pieces: list[Piece]) -> int:
    """Return the number of the piece that has most ink of those that may be digits."""
    areas = [piece.area if piece.reason is None else 0 for piece in pieces]
    return int(np.argmax(areas))
