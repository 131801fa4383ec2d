"""What was found on a picture, before it is laid out."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from mnister.errors import UserError
from mnister.images.files import Picture


@dataclass(frozen=True)
class Marks:
    """What may be digits on a picture.

    Attributes:
        boxes: float32 (N, 4), x, y, width, height, pixels of the working picture.
        probabilities: float32 (N, classes), that it is a digit of each class; what is missing
            from 1 is how likely it is no digit.
        images: uint8 (N, 28, 28), what the digit network sees of it.
        reasons: Why each is not read; None for a digit.
        why_none: Why no digit was found; None where one was.
        threshold: T that ink was told from paper with, 0 to 255; None: without any.
        is_light_on_dark: Whether ink is lighter than paper; None where nothing depends on it.
        stages: Name and picture of each step, for a debugging strip.
        find_ms: Milliseconds to find them.
        classify_ms: Milliseconds in the digit network.
        cut_short: So many were looked at, the largest; 0: all.
    """

    boxes: np.ndarray
    probabilities: np.ndarray
    images: np.ndarray
    reasons: tuple[str | None, ...]
    why_none: UserError | None = None
    threshold: float | None = None
    is_light_on_dark: bool | None = None
    stages: tuple[tuple[str, np.ndarray], ...] = ()
    find_ms: float = 0.0
    classify_ms: float = 0.0
    cut_short: int = 0

    @property
    def digits(self) -> np.ndarray:
        """The numbers of those that are read: int (K,)."""
        return np.flatnonzero([reason is None for reason in self.reasons])

    def only(self, number: int, why: str = "not the likeliest") -> "Marks":
        """Return them with one alone read, and why the others are not."""
        reasons = tuple(
            reason or (None if i == number else why) for i, reason in enumerate(self.reasons)
        )
        return replace(self, reasons=reasons)


class MarkFinder(Protocol):
    """A way to find the digits of a picture: with a page network, or with a threshold.

    Attributes:
        names: That digits can have, in the order of `Marks.probabilities`.
    """

    names: tuple[str, ...]

    def find(self, picture: Picture, rotation: str | int) -> tuple[Picture, Marks, int]:
        """Find the digits of a picture.

        Args:
            picture: As loaded.
            rotation: Degrees counter-clockwise to turn it first, or "auto".

        Returns:
            The picture as it was turned, what was found on it, and by how much it was turned.
        """
        ...
