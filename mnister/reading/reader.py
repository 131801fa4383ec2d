"""The reader: from a picture to a page with lines of digits.

A picture goes one way: loaded (images.files), turned and looked at (looks), found, classified,
chosen and dropped (finder), the best of several looks taken (best), laid out (build_page).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnister.errors import UserError
from mnister.images.files import Picture, load_picture, picture_from_array
from mnister.models.runtimes import Classifier
from mnister.reading import layout, notes
from mnister.reading.best import find_best
from mnister.reading.build_page import build_page
from mnister.reading.finder import DIGIT_SHARE, Finder
from mnister.reading.many import read_many
from mnister.reading.page import Page

MODES = ("multi_digit", "single_digit")
ROTATIONS = ("auto", 0, 90, 180, 270)
THRESHOLDS = ("auto", "otsu", "sauvola")


class Reader:
    """Reads pictures of handwritten digits. Loads once, reads many.

    Args:
        classifier: The network.
        class_names: Its classes in order; "none" is the class of what is no digit. Default: 0 to
            9, and "none" where the network has an eleventh class.
        digit_share: Part of the network's training pictures that were digits, the others "none".
        mode: "multi_digit" reads everything on a page, "single_digit" one digit a picture.
        threshold: "auto", "otsu", "sauvola", or a grey level from 0 to 255 (ink is at most this).
        reading_order: Of the lines: "top_to_bottom" or "bottom_to_top".
        rotation: Degrees counter-clockwise to turn a picture: 0, 90, 180, 270, or "auto", which
            turns a page only on strong evidence.
        min_confidence: 0 to 1; a digit less probable than this is read as "?".
        debug_images: Keep every stage of the pipeline in the page.

    Attributes:
        finder: Finds digits with the network.
        class_names: The network's classes in order.
        first_batch_ms: Milliseconds of the network's first call.

    Raises:
        UserError: When an option is not one of those, or class names do not fit the network.
    """

    def __init__(
        self,
        classifier: Classifier,
        class_names: Sequence[str] | None = None,
        *,
        digit_share: float = DIGIT_SHARE["multi_digit"],
        mode: str = "multi_digit",
        threshold: str | float = "auto",
        reading_order: str = "top_to_bottom",
        rotation: str | int = "auto",
        min_confidence: float = 0.0,
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
        self.finder = Finder(classifier, class_names, digit_share, mode, threshold)
        self.class_names = self.finder.class_names
        self.first_batch_ms = self.finder.first_batch_ms

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
        is_file = isinstance(picture, str | Path)
        loaded = load_picture(picture) if is_file else picture_from_array(picture)
        load_ms = _since(started)
        # 2. Find the digits: of several looks, and ways up, those of the best.
        upright, found, rotation = find_best(loaded, self.finder, self.rotation)
        if self.mode == "single_digit" and not found.count:
            raise notes.no_digit(upright, found.ink, has_ink=bool(found.verdicts))
        # 3. Lay them out.
        page = build_page(
            upright,
            found,
            self.class_names,
            reading_order=self.reading_order,
            min_confidence=self.min_confidence,
            has_stages=self.debug_images,
        )
        milliseconds = {"load": load_ms, "find": found.find_ms, "classify": found.classify_ms}
        milliseconds["total"] = _since(started)
        file = str(picture) if is_file else None
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
