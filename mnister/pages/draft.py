"""A page while it is being made: what was written and printed on it, and the truth about it."""

from dataclasses import dataclass, field

import numpy as np

from mnister.hands.drawing import lay, stroke
from mnister.hands.fonts import Text
from mnister.hands.hand import Hand, Ink, write_digit
from mnister.hands.page_digits import PageDigits

HANDWRITTEN, PRINTED, IGNORED = 0, 1, 2


class Truth:
    """A digit that stands on the page.

    Attributes:
        outline: float32 (2, K), x and y of points that its ink reaches around.
        reach: How far, pixels.
        box: x, y, width, height of its ink.
        digit: 0 to 9.
        kind: HANDWRITTEN, PRINTED or IGNORED.
    """

    def __init__(self, outline: np.ndarray, reach: float, digit: int, kind: int):
        self.digit, self.kind = digit, kind
        self.move(outline, reach)

    def move(self, outline: np.ndarray, reach: float) -> None:
        """Put it elsewhere."""
        self.outline, self.reach = outline, reach
        x, y = (outline.min(axis=1) - reach).tolist()
        right, bottom = (outline.max(axis=1) + reach).tolist()
        self.box = (x, y, right - x, bottom - y)


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

    def is_beyond(self, x: float, bottom: float, height: float) -> bool:
        """Tell whether a digit that would stand there is off the page, whatever its breadth."""
        return x >= self.size or x <= -height or bottom <= 0 or bottom - height >= self.size

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
        left, top = round(x - box_x), round(bottom - height - box_y)
        if not (-width < x < self.size and 0 < bottom < self.size + height):
            return None
        lay(self.written, ink.coverage, left, top)
        self.take(x - 1, bottom - height - 1, width + 2, height + 2)
        outline = ink.outline + np.array([[left], [top]], np.float32)
        self.truths.append(Truth(outline, ink.reach, digit, HANDWRITTEN))
        return self.truths[-1]

    def put_text(self, text: Text, words: str, x: float, baseline: float, layer: np.ndarray,
                 kind: int = PRINTED) -> None:  # fmt: skip
        """Put a line of text on the page; its digits are kept as truths of a kind."""
        left, top = round(x), round(baseline - text.baseline)
        lay(layer, text.ink, left, top)
        self.take(left, top, text.ink.shape[1], text.ink.shape[0])
        for character, box in zip(words, text.boxes, strict=True):
            if character in "0123456789":
                outline = corners(box) + np.array([[left], [top]], np.float32)
                self.truths.append(Truth(outline, 0.0, int(character), kind))

    def line(self, points: np.ndarray, width: float | None = None) -> None:
        """Let the pen go through points."""
        stroke(self.written, points, width or self.pen_width)


def corners(box: np.ndarray) -> np.ndarray:
    """Return the corners of x, y, width, height: float32 (2, 4)."""
    x, y, width, height = box
    right, bottom = x + width, y + height
    return np.array([(x, right, right, x), (y, y, bottom, bottom)], np.float32)


def _span(start: float, length: float) -> slice:
    """Return the rows or columns that a stretch covers, beyond the edge none."""
    return slice(max(0, int(start)), max(0, int(np.ceil(start + length))))
