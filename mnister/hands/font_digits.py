"""From the digits of a handwriting font to the lines that a pen would go."""

import functools

import numpy as np

from mnister.hands.drawing import lay, scaled
from mnister.hands.fonts import letter
from mnister.hands.thinning import SIDE, lines_of, thin, to_pixels

_TALL, _WIDE = 40, 52  # pixels of a digit within SIDE × SIDE, as high as those of MNIST


@functools.cache
def font_line(name: str, digit: int) -> np.ndarray:
    """Return the line of a font's digit, thinned as MNIST's digits are.

    Args:
        name: Of the font.
        digit: 0 to 9.

    Returns:
        float32 (2, K), x and y of dots along it, in quarters of a pixel, 160 from top to foot.
    """
    ink = letter(name, str(digit)).ink
    scale = min(_TALL / ink.shape[0], _WIDE / ink.shape[1])
    ink = scaled(ink, scale)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top, left = ((SIDE - side) // 2 for side in ink.shape)
    lay(canvas, ink, left, top)
    return lines_of(to_pixels(thin(canvas[None])))[0].dots.astype(np.float32)
