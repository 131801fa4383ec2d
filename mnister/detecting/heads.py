"""The answer of a page network: for every square of 4×4 pixels, fifteen channels.

channels  what they are
0 to 9    logit of each digit: its centre lies in this square
10        logit of a printed digit
11, 12    from the square's centre to the digit's, along x and y, in squares
13, 14    natural logarithm of the digit's width and height, in units of 24 pixels

Source: X. Zhou, D. Wang, P. Krähenbühl, "Objects as points", arXiv:1904.07850 (2019).
"""

import numpy as np

STRIDE = 4  # pixels: edge of a square
MULTIPLE = 16  # pixels: height and width of a picture are multiples of it
UNIT = 24.0  # pixels: a digit whose logarithms are 0

DIGITS, PRINTED, MOVES, SIZES = slice(0, 10), 10, slice(11, 13), slice(13, 15)
LOGITS = slice(0, 11)
CHANNELS = 15


def to_squares(boxes: np.ndarray) -> np.ndarray:
    """Return where the centres of boxes lie, in squares; the centre of the first square is 0, 0.

    Args:
        boxes: (N, 4), x, y, width, height in pixels.

    Returns:
        float32 (N, 2), x and y.
    """
    boxes = np.asarray(boxes, dtype=np.float32)
    return (boxes[:, :2] + boxes[:, 2:] / 2) / STRIDE - 0.5


def to_boxes(squares: np.ndarray, moves: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the boxes that an answer tells; what `to_squares` undoes.

    Args:
        squares: int (N, 2), column and row.
        moves: float32 (N, 2), channels 11 and 12 there.
        sizes: float32 (N, 2), channels 13 and 14 there.

    Returns:
        float32 (N, 4), x, y, width, height in pixels.
    """
    centres = (squares + moves + 0.5) * STRIDE
    edges = UNIT * np.exp(np.clip(sizes, -4, 4))
    return np.concatenate([centres - edges / 2, edges], axis=1).astype(np.float32)
