"""A template: the empty form that pictures are aligned to."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mnister.forms.agreement import find_pieces, print_of
from mnister.forms.features import LEVELS, Features, find_features, resized

FINEST, COARSEST = 900, 90  # pixels of a template's long side on a picture, as it is compared
_LEAST = 240
_STEP = 1.25  # sizes in between that are told apart
_GLANCE = 128  # pixels: a first look, at which sheets are turned


@dataclass(frozen=True)
class Print:
    """The print of a template at one size.

    Attributes:
        darkness: float32 (height, width), 0 to 1.
        scale: Template pixels for each of its own.
        pieces: int (N, 2), see `find_pieces`.
    """

    darkness: np.ndarray
    scale: float
    pieces: np.ndarray


class Template:
    """A template.

    Args:
        grey: uint8 (height, width).
    """

    def __init__(self, grey: np.ndarray) -> None:
        self.grey = grey
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
        return Print(print_of(small), scale, np.zeros((0, 2), int))

    def printed(self, size: float) -> Print:
        """Return the print as a picture shows it on which the long side has so many pixels."""
        steps = round(np.log(np.clip(size, COARSEST, FINEST) / COARSEST) / np.log(_STEP))
        if steps not in self._prints:
            size = round(COARSEST * _STEP**steps)
            small, _ = resized(self.grey, size)
            enlarged, _ = resized(small, max(size, _LEAST))
            darkness = print_of(enlarged)
            scale = max(self.shape) / max(enlarged.shape)
            self._prints[steps] = Print(darkness, scale, find_pieces(darkness))
        return self._prints[steps]

    def scale_on(self, homography: np.ndarray) -> float:
        """Return pixels of a picture for each of its own, by the area that it covers."""
        seen = cv2.perspectiveTransform(self.corners[None], homography)[0]
        height, width = self.shape
        return float(np.sqrt(cv2.contourArea(seen) / (width * height)))

    def size_on(self, homography: np.ndarray) -> float:
        """Return how long its long side is on a picture, pixels."""
        return self.scale_on(homography) * max(self.shape)
