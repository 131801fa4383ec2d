"""Guess whether a page lies on its side or stands on its head; the reader tries a guess out."""

from collections.abc import Callable, Sequence

import numpy as np

from mnister.images.components import Piece
from mnister.images.normalize import normalize_digit

_CLEAR = 0.8  # mean probability above which a page stands upright
_LIKELY = 0.55  # and that another way up must reach to be worth a try
_MARGIN = 0.15  # by which its pieces must look more like digits
_FEWEST = 3  # pieces that evidence is taken from
_MOST = 100
_SMALLEST, _LARGEST = 0.5, 2.0  # sizes of these pieces, in heights of a digit


def guess_rotation(
    pieces: list[Piece],
    height: float,
    predict: Callable[[Sequence[np.ndarray]], np.ndarray],
    none: int | None,
) -> int:
    """Guess how to turn a page so that its digits stand upright.

    Args:
        pieces: Connected pieces of ink of the page as it is.
        height: Typical height of a digit, pixels.
        predict: Classifies uint8 (28, 28) pictures: float32 (N, classes).
        none: The class "no digit", or None when the network has none.

    Returns:
        Degrees counter-clockwise: 0, or 90, 180 or 270 where that is worth a try.
    """
    sizes = [max(piece.width, piece.height) / max(height, 1.0) for piece in pieces]
    images = [
        normalize_digit(piece.mask)
        for piece, size in zip(pieces, sizes, strict=True)
        if _SMALLEST < size < _LARGEST
    ][:_MOST]
    if len(images) < _FEWEST:
        return 0
    upright = likelihood(predict(images), none)
    if upright > _CLEAR:
        return 0
    turned = {
        90 * k: likelihood(predict([np.rot90(image, k) for image in images]), none)
        for k in (1, 2, 3)
    }
    best = max(turned, key=lambda rotation: turned[rotation])
    return best if turned[best] > max(_LIKELY, upright + _MARGIN) else 0


def likelihood(probabilities: np.ndarray, none: int | None) -> float:
    """Return how much a set of pictures looks like digits: the mean of the best probabilities.

    Args:
        probabilities: float32 (N, classes).
        none: The class "no digit", or None.
    """
    digits = probabilities if none is None else np.delete(probabilities, none, axis=1)
    return float(digits.max(axis=1).mean()) if len(digits) else 0.0
