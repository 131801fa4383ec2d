"""A page while it is being made: what was written and printed on it, and the truth about it."""

from dataclasses import dataclass, field

import numpy as np

from mnister.hands.drawing import lay, stroke
from mnister.hands.fonts import Text
from mnister.hands.hand import Hand, Ink, write_digit
from mnister.hands.page_digits import PageDigits

HANDWRITTEN, PRINTED, IGNORED = 0, 1, 2


@dataclass
class Truth:
    """A digit that stands on the page.

    Attributes:
        hull: float32 (K, 2), x and y of the corners of a convex shape around its ink.
        digit: 0 to 9.
        kind: HANDWRITTEN, PRINTED or IGNORED.
    """

    hull: np.ndarray
    digit: int
    kind: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Return x, y, width, height of the hull."""
        (x, y), (right, bottom) = self.hull.min(axis=0), self.hull.max(axis=0)
        return float(x), float(y), float(right - x), float(bottom - y)


@dataclass
class Draft:
    """A page while it is being made.

    Attributes:
        size: Of its side, pixels.
        rng: Where all randomness comes from.
        hand: Who writes on it.
        digits: What the digits are written with.
        height: Of the digits, pixels.
        most_digits: How many of them there may be.
        is_unseen: It is drawn from the kinds that training never sees.
    """

    size: int
    rng: np.random.Generator
    hand: Hand
    digits: PageDigits
    height: float
    most_digits: int
    is_unseen: bool = False
    written: np.ndarray = field(init=False)  # uint8 (size, size), what the pen covers
    printed: np.ndarray = field(init=False)  # … what the press, or another pen, covers
    taken: np.ndarray = field(init=False)  # bool, where nothing more should go
    truths: list[Truth] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.written = np.zeros((self.size, self.size), np.uint8)
        self.printed = np.zeros((self.size, self.size), np.uint8)
        self.taken = np.zeros((self.size, self.size), bool)

    @property
    def pen_width(self) -> float:
        """Return how wide the pen's line is, pixels."""
        return max(self.hand.width * self.height, 0.75)

    @property
    def is_full(self) -> bool:
        """Tell whether no more digits may be written."""
        return len(self.truths) >= self.most_digits

    def is_free(self, x: float, y: float, width: float, height: float) -> bool:
        """Tell whether nothing stands in a rectangle; what lies beyond the edge is free."""
        rows, columns = _span(y, height), _span(x, width)
        return not self.taken[rows, columns].any()

    def take(self, x: float, y: float, width: float, height: float) -> None:
        """Keep a rectangle from being written on."""
        self.taken[_span(y, height), _span(x, width)] = True

    def ink(self, digit: int, height: float | None = None) -> Ink:
        """Write a digit, not yet on the page, some of them a little higher or lower."""
        wanted = (height or self.height) * np.exp(self.rng.normal(0, 0.06))
        return write_digit(self.rng, digit, wanted, self.hand, self.digits)

    def put(self, ink: Ink, digit: int, x: float, bottom: float) -> Truth | None:
        """Put a digit on the page: the left edge and the lower one of its box are given.

        Returns:
            The truth about it; None where all of it is beyond the page's edge.
        """
        box_x, box_y, width, height = ink.box
        left, top = round(x) - box_x, round(bottom) - height - box_y
        if not (-width < x < self.size and 0 < bottom < self.size + height):
            return None
        lay(self.written, ink.coverage, left, top)
        self.take(x - 1, bottom - height - 1, width + 2, height + 2)
        hull = pixel_corners(ink.hull) + np.float32((left, top))
        self.truths.append(Truth(hull, digit, HANDWRITTEN))
        return self.truths[-1]

    def put_text(self, text: Text, words: str, x: float, baseline: float, layer: np.ndarray,
                 kind: int = PRINTED) -> None:  # fmt: skip
        """Put a line of text on the page; its digits are kept as truths of a kind."""
        left, top = round(x), round(baseline - text.baseline)
        lay(layer, text.ink, left, top)
        self.take(left, top, text.ink.shape[1], text.ink.shape[0])
        for character, box in zip(words, text.boxes, strict=True):
            if character in "0123456789":
                hull = corners(box) + np.float32((left, top))
                self.truths.append(Truth(hull, int(character), kind))

    def line(self, points: np.ndarray, width: float | None = None) -> None:
        """Let the pen go through points."""
        stroke(self.written, points, width or self.pen_width)


def corners(box: np.ndarray) -> np.ndarray:
    """Return the corners of x, y, width, height: float32 (4, 2)."""
    x, y, width, height = box
    right, bottom = x + width, y + height
    return np.array([(x, y), (right, y), (right, bottom), (x, bottom)], np.float32)


def pixel_corners(pixels: np.ndarray) -> np.ndarray:
    """Return the corners of pixels, given by x and y: float32 (4 K, 2)."""
    offsets = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    return (pixels[:, None] + offsets).reshape(-1, 2)


def _span(start: float, length: float) -> slice:
    """Return the rows or columns that a stretch covers, beyond the edge none."""
    return slice(max(0, int(start)), max(0, int(np.ceil(start + length))))
