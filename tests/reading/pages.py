"""Pages composed of MNIST digits that every reader must read."""

import cv2
import numpy as np

from mnister.hands.fonts import typeset
from tests.reading.nearest import mnist

DIGITS = "0123456789"
LINES = [DIGITS, "147", "2968"]


def digit(value: int, number: int = 0, height: int = 48) -> np.ndarray:
    """Return an MNIST training digit of a value, `height` pixels tall, white on black."""
    images, labels = mnist("train", 400)
    image = images[labels == value][number]
    x, y, width, tall = cv2.boundingRect(image)
    scale = height / tall
    ink = image[y : y + tall, x : x + width]
    return cv2.resize(ink, (max(1, round(width * scale)), height), interpolation=cv2.INTER_CUBIC)


def page(
    lines: list[str], height: int = 48, margin: int = 40, paper: int = 225, pitch: float = 1.25
) -> np.ndarray:
    """Write lines of digits, `pitch` heights apart, onto even paper: uint8 (h, w) grey."""
    step = round(pitch * height)
    width = 2 * margin + step * max(len(line) for line in lines)
    grey = np.full((2 * margin + 2 * height * len(lines), width), paper, np.uint8)
    for n, line in enumerate(lines):
        for i, name in enumerate(line):
            ink = digit(int(name), 2, height)
            y, x = margin + n * 2 * height, margin + i * step
            under = grey[y : y + height, x : x + ink.shape[1]]
            written = paper - ink.astype(int) * (paper - 40) // 255
            under[:] = np.minimum(under, written).astype(np.uint8)
    return grey


def misread(read):
    """Count the digits of LINES that are read as others; all must be found, each in its line."""
    assert [len(line) for line in read.lines] == [len(line) for line in LINES]
    return sum(a != b for a, b in zip(read.text, "".join(LINES), strict=True))


def printed_form():
    """Return a form with two numbers in print: uint8 (200, 420)."""
    form = np.full((200, 420), 245, np.uint8)
    for top, words in ((20, "Invoice 31415"), (100, "Total 92653")):
        ink = typeset(words, "DejaVuSans", 24).ink
        form[top : top + ink.shape[0], 10 : 10 + ink.shape[1]] -= ink // 2
    return form
