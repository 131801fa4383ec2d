"""What a reading gives back: a page with lines and digits, as plain dataclasses."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from mnister.arranging.numbers import Number, find_numbers
from mnister.arranging.tables import Table, find_tables
from mnister.images import draw


@dataclass(frozen=True, slots=True)
class Guess:
    """A class and how likely it is.

    Attributes:
        name: The class name, "0" to "9" for digits.
        probability: 0 to 1.
    """

    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit on a page.

    Attributes:
        box: x, y, width, height in pixels of the upright picture.
        line: Number of the line it stands in, from 0.
        name: What was read; "?" where the probability is below `min_confidence`.
        best: The likeliest digit, whatever `min_confidence` says.
        second: The second likeliest.
        image: uint8 (28, 28), what the network saw.
        label: What is written there, where labels were given.
        probabilities: Of each class, in the order of the network's class names.
    """

    box: tuple[int, int, int, int]
    line: int
    name: str
    best: Guess
    second: Guess
    image: np.ndarray = field(repr=False)
    label: str | None = None
    probabilities: tuple[float, ...] = field(default=(), repr=False)

    @property
    def probability(self) -> float:
        """Of the likeliest digit, 0 to 1."""
        return self.best.probability

    @property
    def is_right(self) -> bool | None:
        """Whether the reading is the label; None without one."""
        return None if self.label is None else self.label == self.name


@dataclass(frozen=True, slots=True)
class Rejected:
    """What may be a digit and is not read.

    Attributes:
        box: x, y, width, height in pixels of the upright picture.
        reason: Why: "printed", "not likely enough to be a digit" …
        probability: That it is the digit `name`, 0 to 1.
        name: The likeliest digit.
    """

    box: tuple[int, int, int, int]
    reason: str
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Page:
    """One picture, read.

    Attributes:
        file: Path as found, or None for an array.
        width: Pixels of the upright picture.
        height: Pixels of the upright picture.
        lines: The text, one string a line, in reading order. Digits stand side by side; classes
            with names of several characters are separated by blanks.
        digits: In reading order.
        rejected: What may be a digit and is not read.
        threshold: T as used, grey level 0 to 255 (the mean where it differs over the page); None
            where a page network found the digits.
        polarity: "dark_on_light" or "light_on_dark"; None as above.
        rotation: Degrees counter-clockwise by which the picture was turned before reading.
        milliseconds: Time by step: load, find, classify, total.
        picture: uint8 (h, w, 3) RGB, upright, perhaps scaled down.
        stages: Name and picture of each step, where `debug_images` was asked for.
        note: Why no digit was found, where none was; that the file has more pages.
        error: Why nothing could be read, where a folder is read on after a bad file.
        separator: What stands between two names in a line: nothing, or a blank.
        min_confidence: 0 to 1; a number less probable than this is not sure.
    """

    file: str | None
    width: int = 0
    height: int = 0
    lines: tuple[str, ...] = ()
    digits: tuple[Digit, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    threshold: float | None = None
    polarity: str | None = None
    rotation: int = 0
    milliseconds: dict[str, float] = field(default_factory=dict)
    picture: np.ndarray | None = field(default=None, repr=False)
    stages: tuple[tuple[str, np.ndarray], ...] = field(default=(), repr=False)
    note: str | None = None
    error: str | None = None
    separator: str = ""
    min_confidence: float = 0.0

    @property
    def text(self) -> str:
        """All digits in reading order."""
        return self.separator.join(self.lines)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The digits of each line, grouped by the gaps between them."""
        boxes, lines = [d.box for d in self.digits], [d.line for d in self.digits]
        names, sure = [d.name for d in self.digits], [d.probability for d in self.digits]
        return find_numbers(
            boxes, lines, names, sure, self.separator, min_confidence=self.min_confidence
        )

    @property
    def tables(self) -> tuple[Table, ...]:
        """The numbers that stand in rows and columns."""
        return find_tables(self.numbers)

    def annotated(self) -> np.ndarray:
        """Draw what was read onto the picture.

        Returns:
            uint8 (height, width, 3) RGB; green right, red wrong, blue where there is no label.
        """
        scale = self.width / self.picture.shape[1]
        boxes = [tuple(value / scale for value in digit.box) for digit in self.digits]
        names = [digit.name for digit in self.digits]
        return draw.annotate(self.picture, boxes, names, [digit.is_right for digit in self.digits])

    def contact_sheet(self) -> np.ndarray:
        """Return the pictures that the network saw, in one picture: uint8 (h, w, 3) RGB."""
        images = [digit.image for digit in self.digits]
        names = [digit.name for digit in self.digits]
        return draw.contact_sheet(images, names, [digit.is_right for digit in self.digits])

    def strip(self) -> np.ndarray:
        """Return every stage of the pipeline side by side: uint8 (h, w, 3) RGB."""
        return draw.strip([*self.stages, ("read", self.annotated())])

    def without_pictures(self) -> "Page":
        """Return the page without its pictures, to keep many pages in memory."""
        empty = np.zeros((0, 0), np.uint8)
        digits = tuple(replace(digit, image=empty) for digit in self.digits)
        return replace(self, digits=digits, picture=None, stages=())

    def with_labels(self, labels: list[str | None]) -> "Page":
        """Return the page with what is written at each digit.

        Args:
            labels: One for each digit, None where unknown.
        """
        digits = zip(self.digits, labels, strict=True)
        return replace(self, digits=tuple(replace(digit, label=label) for digit, label in digits))


def separator_of(class_names: Iterable[str]) -> str:
    """Return what stands between names in a line: a blank if one has several characters."""
    return "" if all(len(name) == 1 for name in class_names) else " "
