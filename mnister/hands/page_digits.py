"""The digits of MNIST that made pages are written with, and the lines that the pen went."""

import functools

import numpy as np

from mnister.bundled import find_bundled
from mnister.data.datasets import Digits
from mnister.data.idx_sets import load_mnist
from mnister.hands.thinning import Line, lines_of, thin, to_pixels

_AT_ONCE = 256  # digits thinned together when the first of them is wanted


class PageDigits:
    """Digits to write with, by class.

    Args:
        digits: What there is; every class must have at least one.

    Raises:
        ValueError: A class has none.
    """

    def __init__(self, digits: Digits):
        self.images = digits.images
        self.labels = digits.labels
        self._of_class = [np.flatnonzero(digits.labels == digit) for digit in range(10)]
        self._lines: dict[int, list[Line]] = {}
        if not all(len(found) for found in self._of_class):
            raise ValueError(
                "Each of the ten digits must be there at least once. "
                f"Received: {[len(found) for found in self._of_class]} of them"
            )

    def draw(self, rng: np.random.Generator, digit: int) -> int:
        """Draw one of a class: return its index."""
        found = self._of_class[digit]
        return int(found[rng.integers(len(found))])

    def line(self, index: int) -> Line:
        """Return the line of the pen, found when first wanted."""
        chunk, within = divmod(index, _AT_ONCE)
        if chunk not in self._lines:
            images = self.images[chunk * _AT_ONCE : (chunk + 1) * _AT_ONCE]
            self._lines[chunk] = lines_of(to_pixels(thin(images)))
        return self._lines[chunk][within]


def load_page_digits(unseen: bool = False) -> PageDigits:
    """Load MNIST's training digits once a process.

    Args:
        unseen: The 5,000 that validate instead of the 55,000 that networks train on.

    Raises:
        UserError: MNIST's files are missing or broken.
    """
    return _load()[unseen]


@functools.cache
def _load() -> tuple[PageDigits, PageDigits]:
    """Load those to train on and those to validate with."""
    mnist = load_mnist(find_bundled("data/mnist"))
    return PageDigits(mnist.train), PageDigits(mnist.validation)
