"""The way without a page network: pieces of ink, of which the digit network is the judge."""

import numpy as np

from mnister.images.files import Picture
from mnister.images.normalize import normalize_digit
from mnister.pieces.best import find_best
from mnister.pieces.digit_network import DigitNetwork
from mnister.pieces.finder import DIGIT_SHARE, Finder, Found
from mnister.reading import notes
from mnister.reading.marks import Marks

_SPECK = 0.3  # of a digit's height: what is smaller and no digit is not worth a word


class ByPieces:
    """Finds digits with a threshold and the digit network.

    Args:
        digits: The digit network.
        digit_share: Part of the network's training pictures that were digits, the others "none".
        mode: "multi_digit" finds everything, "single_digit" one digit.
        threshold: "auto", "otsu", "sauvola", or a grey level from 0 to 255 (ink is at most this).
        has_stages: Keep a picture of each step.

    Attributes:
        names: That digits can have.
        first_batch_ms: Milliseconds of the network's first call.
    """

    def __init__(
        self,
        digits: DigitNetwork,
        *,
        digit_share: float = DIGIT_SHARE["multi_digit"],
        mode: str = "multi_digit",
        threshold: str | float = "auto",
        has_stages: bool = False,
    ) -> None:
        self.finder = Finder(digits, digit_share, mode, threshold)
        self.digits, self.names, self.has_stages = digits, digits.names, has_stages
        self.first_batch_ms = digits.first_batch_ms

    def find(self, picture: Picture, rotation: str | int) -> tuple[Picture, Marks, int]:
        """Find the digits of a picture, see `MarkFinder`."""
        upright, found, way = find_best(picture, self.finder, rotation)
        return upright, self._marks(upright, found), way

    def _marks(self, picture: Picture, found: Found) -> Marks:
        """Return what was found, without specks, in pixels of the picture."""
        ink, pairs = found.ink, list(zip(found.verdicts, found.reasons, strict=True))
        has_ink = bool(pairs)
        pairs = [
            (verdict, reason)
            for verdict, reason in pairs
            if reason is None or verdict.candidate.box[3] > _SPECK * ink.height
        ]
        images = [normalize_digit(verdict.candidate.piece.mask) for verdict, _ in pairs]
        boxes = np.array([verdict.candidate.box for verdict, _ in pairs], np.float32)
        table = np.array([verdict.probabilities for verdict, _ in pairs], np.float32)
        none = None
        if not found.count:
            none = notes.no_digit_in_ink(picture, ink, has_ink=has_ink)
        return Marks(
            boxes.reshape(-1, 4) / ink.scale,
            self.digits.without_none(table.reshape(-1, len(self.digits.class_names))),
            np.array(images, np.uint8).reshape(-1, 28, 28),
            tuple(reason for _, reason in pairs),
            why_none=none,
            threshold=ink.threshold,
            is_light_on_dark=ink.is_light_on_dark,
            look=found.look,
            stages=tuple(ink.stages) if self.has_stages else (),
            find_ms=found.find_ms,
            classify_ms=found.classify_ms,
            cut_short=found.cut_short,
        )
