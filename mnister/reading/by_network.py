"""The way with a page network: it finds every digit, the digit network looks again at each."""

import time
from collections.abc import Iterator

import cv2
import numpy as np

from mnister.data.datasets import DIGIT_NAMES
from mnister.detecting.detector import Detector
from mnister.detecting.peaks import IS_PRINTED, Found, with_printed_of_neighbours
from mnister.detecting.pyramid import find_on_picture, heat_map
from mnister.detecting.second_look import LEAST, THRESHOLD
from mnister.detecting.upright import READS_WELL, find_upright, is_better, mean_score, turn
from mnister.images.files import Picture, turned
from mnister.reading import notes
from mnister.reading.digit_network import DigitNetwork
from mnister.reading.look_again import combine, cut_digit
from mnister.reading.marks import Marks

UNLIKELY = 0.4  # part of the threshold: what is as likely is told of, though not read
COLOURED = 80  # between red, green and blue where a pixel has a colour, as rules and inks do
LEAST_COLOURED = 0.02  # of a picture's pixels: with fewer no rules are in colour
FAINTEST = 0.05  # probability of the digit of a picture that has one


class ByNetwork:
    """Finds digits with a page network.

    Args:
        detector: The page network.
        digits: What looks again at each digit; None: the page network's word counts alone.
        is_page: Whether a picture has any number of digits, or one.
        reads_printed: Read printed digits, too.
        has_stages: Keep a picture of each step.

    Attributes:
        names: That digits can have.
        first_batch_ms: Milliseconds of the digit network's first call.
    """

    def __init__(
        self,
        detector: Detector,
        digits: DigitNetwork | None = None,
        *,
        is_page: bool = True,
        reads_printed: bool = False,
        has_stages: bool = False,
    ) -> None:
        self.detector, self.digits = detector, digits
        self.is_page, self.reads_printed, self.has_stages = is_page, reads_printed, has_stages
        self.names = digits.names if digits else DIGIT_NAMES
        self.first_batch_ms = digits.first_batch_ms if digits else 0.0
        look = detector.second_look
        self._threshold = THRESHOLD if look else detector.threshold  # of what was found in the end
        self._calibration = look.calibration if look else detector.calibration
        self._least = UNLIKELY * self._threshold if is_page else FAINTEST

    def find(self, picture: Picture, rotation: str | int) -> tuple[Picture, Marks, int]:
        """Find the digits of a picture, see `MarkFinder`."""
        started = time.perf_counter()
        # 1. Find, the right way up.
        grey, found, way = self._find(picture.pixels, rotation)
        picture, grey = turned(picture, way), turn(grey, way // 90)
        if self.detector.second_look:
            found = self.detector.second_look.look(grey, found)
            found = found[found.scores >= (self._least if self.is_page else 0)]
        found = with_printed_of_neighbours(found)
        # 2. Cut out.
        cut = [cut_digit(grey, box) for box in found.boxes]
        images = [image for image, _ in cut]
        are_whole = np.array([is_whole for _, is_whole in cut], bool)
        find_ms = 1000 * (time.perf_counter() - started)
        # 3. Look again.
        seen = self.digits.predict(images) if self.digits else None
        probabilities = combine(found, seen, are_whole, self.names, self._calibration)
        reasons = tuple(self._reasons(found))
        marks = Marks(
            found.boxes,
            probabilities,
            np.array(images, np.uint8).reshape(-1, 28, 28),
            reasons,
            why_none=None if None in reasons else notes.no_digit(picture, reasons),
            stages=self._stages(grey) if self.has_stages else (),
            find_ms=find_ms,
            classify_ms=1000 * (time.perf_counter() - started) - find_ms,
        )
        if not self.is_page and len(found):
            marks = marks.only(int(probabilities.max(axis=1).argmax()))
        return picture, marks, way

    def _find(self, pixels: np.ndarray, rotation: str | int) -> tuple[np.ndarray, Found, int]:
        """Return the grey picture that reads best, what may be digits, and how it was turned.

        Rules in a colour may be as dark as the ink, but light in that colour alone.
        """
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        found, way = self._find_on(grey, rotation)
        threshold = self.detector.threshold
        coloured = pixels[np.ptp(pixels, axis=2) >= COLOURED]
        is_in_colour = len(coloured) >= LEAST_COLOURED * grey.size
        if self.is_page and is_in_colour and mean_score(found, threshold) < READS_WELL:
            lightest = int(coloured.mean(axis=0).argmax())  # there what has a colour fades
            single = np.ascontiguousarray(pixels[..., lightest])
            other, _ = self._find_on(single, way)
            if is_better(other, found, threshold):
                return single, other, way
        return grey, found, way

    def _find_on(self, grey: np.ndarray, rotation: str | int) -> tuple[Found, int]:
        """Return what may be digits, and by how many degrees the picture was turned."""
        network, threshold = self.detector.network, self.detector.threshold
        least = LEAST if self.detector.second_look and self.is_page else self._least
        if rotation != "auto":
            upright = turn(grey, int(rotation) // 90)
            return find_on_picture(network, upright, least), int(rotation)
        if not self.is_page:
            return find_on_picture(network, grey, least), 0
        return find_upright(network, grey, threshold, least)

    def _reasons(self, found: Found) -> Iterator[str | None]:
        """Say why each is not read; None for a digit."""
        least = self._threshold if self.is_page else 0.0
        for score, printed in zip(found.scores, found.printed, strict=True):
            if score < least:
                yield "not likely enough to be a digit"
            elif printed > IS_PRINTED and self.is_page and not self.reads_printed:
                yield "printed"
            else:
                yield None

    def _stages(self, grey: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        """Return pictures of where the page network sees digits, and printed ones."""
        digits, printed = heat_map(self.detector.network, grey)
        return ("grey", grey), ("digits", digits), ("printed", printed)
