"""The reader: from a picture to a page with lines of digits.

A picture goes one way: loaded (images.files), its digits found the right way up, cut out and
looked at again (by_network; without a page network by_pieces), laid out (build_page).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnister.detecting.detector import Detector
from mnister.errors import UserError
from mnister.images.files import Picture, load_picture, picture_from_array
from mnister.models.runtimes import Classifier
from mnister.reading import layout
from mnister.reading.build_page import build_page
from mnister.reading.by_network import ByNetwork
from mnister.reading.by_pieces import ByPieces
from mnister.reading.digit_network import DigitNetwork
from mnister.reading.many import read_many
from mnister.reading.marks import MarkFinder
from mnister.reading.page import Page

MODES = ("multi_digit", "single_digit")
ROTATIONS = ("auto", 0, 90, 180, 270)
THRESHOLDS = ("auto", "otsu", "sauvola")


class Reader:
    """Reads pictures of handwritten digits. Loads once, reads many.

    Args:
        classifier: The digit network, which looks again at each digit; None: the detector reads
            alone.
        class_names: Its classes in order; "none" is the class of what is no digit. Default: 0 to
            9, and "none" where the network has an eleventh class.
        detector: Finds the digits; None: they are found as pieces of ink.
        mode: "multi_digit" reads everything on a page, "single_digit" one digit a picture.
        threshold: "auto" is the detector's way; "otsu", "sauvola", or a grey level from 0 to 255
            (dark ink is at most this) go the way without one, see `find_ink`.
        reading_order: Of the lines: "top_to_bottom" or "bottom_to_top".
        rotation: Degrees counter-clockwise to turn a picture: 0, 90, 180, 270, or "auto", by which
            the detector turns a page, on strong evidence only; without one it stays as it is.
        min_confidence: 0 to 1; a digit less probable than this is read as "?".
        read_printed: Read printed digits, too, not only handwritten ones.
        debug_images: Keep every stage of the pipeline in the page.

    Attributes:
        class_names: The names that digits can have.
        networks: Those in use.
        first_batch_ms: Milliseconds of the digit network's first call.

    Raises:
        UserError: When an option is not one of those, class names do not fit the network, or
            nothing is there to read with.
    """

    def __init__(
        self,
        classifier: Classifier | None,
        class_names: Sequence[str] | None = None,
        *,
        detector: Detector | None = None,
        mode: str = "multi_digit",
        threshold: str | float = "auto",
        reading_order: str = "top_to_bottom",
        rotation: str | int = "auto",
        min_confidence: float = 0.0,
        read_printed: bool = False,
        debug_images: bool = False,
    ) -> None:
        _check("mode", mode, mode in MODES, MODES)
        _check("reading_order", reading_order, reading_order in layout.ORDERS, layout.ORDERS)
        _check("rotation", rotation, rotation in ROTATIONS, ROTATIONS)
        _check("min_confidence", min_confidence, 0 <= min_confidence <= 1, ("0 to 1",))
        by_name = isinstance(threshold, str)
        known = threshold in THRESHOLDS if by_name else 0 <= threshold <= 255
        _check("threshold", threshold, known, (*THRESHOLDS, "0 to 255"))
        self.mode, self.reading_order, self.rotation = mode, reading_order, rotation
        self.min_confidence, self.debug_images = min_confidence, debug_images
        digits = None if classifier is None else DigitNetwork(classifier, class_names)
        self.finder: MarkFinder
        pages = []
        if detector is not None and threshold == "auto":
            pages = detector.networks
            self.finder = ByNetwork(
                detector,
                digits,
                is_page=mode == "multi_digit",
                reads_printed=read_printed,
                has_stages=debug_images,
            )
        elif digits is not None:
            self.finder = ByPieces(
                digits,
                is_page=mode == "multi_digit",
                threshold=threshold,
                has_stages=debug_images,
            )
        else:
            raise UserError(
                "There is no network to read with",
                expected="a digit network where a threshold finds the digits",
                received=f"threshold={threshold}, no digit network",
            )
        self.first_batch_ms = self.finder.first_batch_ms
        self.class_names = self.finder.names
        self.networks = [*pages, *([] if classifier is None else [classifier])]

    def read(self, picture: str | Path | np.ndarray | Picture) -> Page:
        """Read one picture.

        Args:
            picture: A file, or what `images.files.picture_from_array` takes.

        Returns:
            The page; without digits where none is found, and then `note` says why.

        Raises:
            UserError: When the file cannot be read, or `single_digit` finds no digit.
        """
        started = time.perf_counter()
        # 1. Load.
        is_given = isinstance(picture, np.ndarray | Picture)
        loaded = picture_from_array(picture) if is_given else load_picture(picture)
        load_ms = _since(started)
        # 2. Find the digits, the right way up.
        upright, marks, rotation = self.finder.find(loaded, self.rotation)
        if self.mode == "single_digit" and marks.why_none is not None:
            raise marks.why_none
        # 3. Lay them out.
        page = build_page(
            upright,
            marks,
            self.class_names,
            reading_order=self.reading_order,
            min_confidence=self.min_confidence,
        )
        milliseconds = {
            "load": load_ms,
            "find": marks.find_ms,
            "classify": marks.classify_ms,
            "total": _since(started),
        }
        file = None if is_given else str(picture)
        return replace(page, file=file, rotation=rotation, milliseconds=milliseconds)

    def read_many(
        self, pictures: Sequence[str | Path], workers: int | None = None
    ) -> Iterator[Page]:
        """Read many pictures on all cores; at most a few are in memory at a time.

        Args:
            pictures: Files.
            workers: Processes; default one for each core. As always with processes, a script
                that calls this needs its `if __name__ == "__main__":`.

        Yields:
            A page for each picture, in order. One that cannot be read has its `error`.
        """
        yield from read_many(self, pictures, workers)


def _check(name: str, value: object, is_right: bool, allowed: Sequence[object]) -> None:
    """Refuse an option that is not allowed."""
    if not is_right:
        expected = ", ".join(str(choice) for choice in allowed)
        raise UserError(f"{name} cannot be {value!r}", expected=expected, received=repr(value))


def _since(started: float) -> float:
    """Return the milliseconds since `started`."""
    return 1000 * (time.perf_counter() - started)
