"""The digit network behind the names of its classes: pictures of 28 × 28 go in."""

import time
from collections.abc import Sequence

import cv2
import numpy as np

from mnister.data.datasets import DIGIT_NAMES, NONE_NAME
from mnister.errors import UserError
from mnister.models.runtimes import Classifier

_SURE = 0.95  # a picture whose likeliest class is less probable is looked at again
_SIZES = (0.92, 1.08)  # smaller and larger, each counts for half of the picture as it is


class DigitNetwork:
    """Tells the classes of digits apart. It is run once as it is made: its warm-up.

    Args:
        classifier: The network.
        class_names: Its classes in order; "none" is the class of what is no digit. Default: 0 to
            9, and "none" where the network has an eleventh class.

    Attributes:
        names: The classes in order, without "none".
        first_batch_ms: Milliseconds of the network's first call.

    Raises:
        UserError: Class names do not fit the network.
    """

    def __init__(self, classifier: Classifier, class_names: Sequence[str] | None = None) -> None:
        self.classifier = classifier
        started = time.perf_counter()
        classes = classifier.predict(np.zeros((1, 28, 28, 1), np.uint8)).shape[1]
        self.first_batch_ms = 1000 * (time.perf_counter() - started)
        class_names = _check_class_names(class_names, classes)
        self._is_digit = np.array([name != NONE_NAME for name in class_names])
        self.names = tuple(name for name in class_names if name != NONE_NAME)

    def predict(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Classify uint8 (28, 28) pictures as digits.

        Returns:
            float32 (N, names), at least 0; what is missing from 1 is "none".
        """
        if not len(images):
            return np.zeros((0, len(self.names)), np.float32)
        probabilities = predict_in_sizes(self.classifier, np.stack(images)[..., None])
        return probabilities[:, self._is_digit]


def _check_class_names(names: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    """Return the names of a network's classes, checked against how many it has.

    Args:
        names: What was given; None or nothing: the usual ones.
        classes: How many the network has.

    Raises:
        UserError: They are not as many.
    """
    default = DIGIT_NAMES if classes == 10 else (*DIGIT_NAMES, NONE_NAME)
    chosen = tuple(str(name) for name in names) if names else default
    if len(chosen) != classes:
        raise UserError(
            "The class names do not fit the network",
            expected=f"{classes} names",
            received=f"{len(chosen)}: {', '.join(chosen)}",
        )
    return chosen


def predict_in_sizes(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """Classify pictures; where the network is not sure, a little smaller and larger, too.

    What it says of three sizes is averaged. Source: K. Simonyan, A. Zisserman, "Very deep
    convolutional networks for large-scale image recognition", ICLR (2015), section 4.2.

    Args:
        classifier: The network.
        images: uint8 (N, 28, 28, 1), white on black.

    Returns:
        float32 (N, classes), each row summing to 1.
    """
    probabilities = classifier.predict(images)
    unsure = np.flatnonzero(probabilities.max(axis=1, initial=0) < _SURE)
    if len(unsure):
        total = 2 * probabilities[unsure]
        for size in _SIZES:
            total += classifier.predict(_resized(images[unsure], size))
        probabilities[unsure] = total / (2 + len(_SIZES))
    return probabilities


def _resized(images: np.ndarray, size: float) -> np.ndarray:
    """Shrink or enlarge what is on pictures around their middle: (N, 28, 28, 1)."""
    height, width = images.shape[1:3]
    change = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, size)
    return np.stack([cv2.warpAffine(i, change, (width, height)) for i in images])[..., None]
