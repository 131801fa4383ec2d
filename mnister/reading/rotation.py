"""Tell whether a page lies on its side or stands on its head."""

from collections.abc import Callable, Sequence

import numpy as np

from mnister.images.normalize import normalize_digit
from mnister.reading.choose import Verdict

_CLEAR = 0.8  # mean probability above which a page stands upright
_MARGIN = 0.2  # by which another way up must read better
_FEWEST = 4  # digits that evidence is taken from


def find_rotation(
    verdicts: list[Verdict],
    predict: Callable[[Sequence[np.ndarray]], np.ndarray],
    none: int | None,
) -> int:
    """Find how to turn a page so that its digits stand upright.

    Args:
        verdicts: What was found on the page as it is.
        predict: Classifies uint8 (28, 28) pictures: float32 (N, classes).
        none: The class "no digit", or None when the network has none.

    Returns:
        Degrees counter-clockwise: 0, 90, 180 or 270; 0 unless the evidence is strong.
    """
    heights = np.array([max(v.candidate.piece.box[2:]) for v in verdicts], float)
    if len(verdicts) < _FEWEST:
        return 0
    large = heights > 0.5 * np.median(heights)
    images = [
        normalize_digit(verdict.candidate.piece.mask)
        for verdict, is_large in zip(verdicts, large, strict=True)
        if is_large
    ]
    upright = likelihood(predict(images), none)
    if len(images) < _FEWEST or upright > _CLEAR:
        return 0
    turned = {
        90 * k: likelihood(predict([np.rot90(image, k) for image in images]), none)
        for k in (1, 2, 3)
    }
    best = max(turned, key=lambda rotation: turned[rotation])
    return best if turned[best] > upright + _MARGIN else 0


def likelihood(probabilities: np.ndarray, none: int | None) -> float:
    """Return how much a set of pictures looks like digits: the mean of the best probabilities.

    Args:
        probabilities: float32 (N, classes).
        none: The class "no digit", or None.
    """
    digits = probabilities if none is None else np.delete(probabilities, none, axis=1)
    return float(digits.max(axis=1).mean()) if len(digits) else 0.0
