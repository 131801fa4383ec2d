"""A template: the empty form that pictures are aligned to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mnister.forms.agreement import find_pieces, print_of
from mnister.forms.features import LEVELS, Features, find_features, resized

FINEST, COARSEST = 900, 90  # pixels of a template's long side on a picture, as it is compared
_LEAST = 240
_STEP = 1.25  # sizes in between that are told apart
_PRINTED = 0.05  # of the paper's light: as dark a place in a field is printed
_GLANCE = 128  # pixels: a first look, at which sheets are turned


@dataclass(frozen=True)
class Print:
    """The print of a template at one size.

    Attributes:
        darkness: float32 (height, width), 0 to 1.
        unwritten: uint8 (height, width), 255 where nothing is filled in: outside fields, and on
            and beside what is printed inside them; else 0.
        scale: Template pixels for each of its own.
        pieces: int (N, 2), see `find_pieces`.
    """

    darkness: np.ndarray
    unwritten: np.ndarray
    scale: float
    pieces: np.ndarray


class Template:
    """A template.

    Args:
        grey: uint8 (height, width).
        fields: x, y, width, height of each, pixels of it; what is filled in there is not compared.
    """

    def __init__(self, grey: np.ndarray, fields: Sequence[Sequence[float]] = ()) -> None:
        self.grey = grey
        self._outside = np.full(grey.shape, 255, np.uint8)
        for x, y, width, height in fields:
            self._outside[round(y) : round(y + height), round(x) : round(x + width)] = 0
        self._prints: dict[int, Print] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.grey.shape

    @property
    def corners(self) -> np.ndarray:
        """Left upper, right upper, right lower, left lower: float32 (4, 2)."""
        height, width = self.shape
        return np.float32([(0, 0), (width, 0), (width, height), (0, height)])

    @cached_property
    def features(self) -> list[Features]:
        """Points of the template, those of its fine print first."""
        return [find_features(self.grey, side) for side in LEVELS]

    @cached_property
    def glance(self) -> Print:
        """The print as at a first glance; without pieces."""
        small, scale = resized(self.grey, _GLANCE)
        darkness = print_of(small)
        return Print(darkness, self._unwritten(darkness), scale, np.zeros((0, 2), int))

    def printed(self, size: float) -> Print:
        """Return the print as a picture shows it on which the long side has so many pixels."""
        steps = round(np.log(np.clip(size, COARSEST, FINEST) / COARSEST) / np.log(_STEP))
        if steps not in self._prints:
            size = round(COARSEST * _STEP**steps)
            small, _ = resized(self.grey, size)
            enlarged, _ = resized(small, max(size, _LEAST))
            darkness = print_of(enlarged)
            scale = max(self.shape) / max(enlarged.shape)
            unwritten = self._unwritten(darkness)
            pieces = find_pieces(darkness, unwritten)
            self._prints[steps] = Print(darkness, unwritten, scale, pieces)
        return self._prints[steps]

    def _unwritten(self, darkness: np.ndarray) -> np.ndarray:
        """Return where a print of a darkness shows nothing that is filled in: uint8 (h, w)."""
        outside = cv2.resize(self._outside, darkness.shape[::-1], interpolation=cv2.INTER_AREA)
        is_beside_print = cv2.dilate(darkness, np.ones((3, 3), np.uint8)) > _PRINTED
        return np.where(is_beside_print | (outside > 127), 255, 0).astype(np.uint8)

    def scale_on(self, homography: np.ndarray) -> float:
        """Return pixels of a picture for each of its own, by the area that it covers."""
        seen = cv2.perspectiveTransform(self.corners[None], homography)[0]
        height, width = self.shape
        return float(np.sqrt(cv2.contourArea(seen) / (width * height)))

    def size_on(self, homography: np.ndarray) -> float:
        """Return how long its long side is on a picture, pixels."""
        return self.scale_on(homography) * max(self.shape)
