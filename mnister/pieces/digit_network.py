"""The digit network behind the names of its classes: pictures of 28 × 28 go in."""

import time
from collections.abc import Sequence

import numpy as np

from mnister.data.datasets import DIGIT_NAMES, NONE_NAME
from mnister.errors import UserError
from mnister.models.runtimes import Classifier
from mnister.pieces.classify import predict_in_sizes


class DigitNetwork:
    """Tells the classes of digits apart. It is run once as it is made: its warm-up.

    Args:
        classifier: The network.
        class_names: Its classes in order; "none" is the class of what is no digit. Default: 0 to
            9, and "none" where the network has an eleventh class.

    Attributes:
        class_names: The classes in order.
        none: The class "no digit"; None where the network has none.
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
        self.class_names = _check_class_names(class_names, classes)
        has_none = NONE_NAME in self.class_names
        self.none = self.class_names.index(NONE_NAME) if has_none else None
        self._is_digit = np.array([name != NONE_NAME for name in self.class_names])
        self.names = tuple(name for name in self.class_names if name != NONE_NAME)

    def classify(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Classify uint8 (28, 28) pictures: float32 (N, classes), each row summing to 1."""
        if not len(images):
            return np.zeros((0, len(self.class_names)), np.float32)
        return predict_in_sizes(self.classifier, np.stack(images)[..., None])

    def predict(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Classify uint8 (28, 28) pictures as digits.

        Returns:
            float32 (N, names), at least 0; what is missing from 1 is "none".
        """
        return self.without_none(self.classify(images))

    def without_none(self, probabilities: np.ndarray) -> np.ndarray:
        """Return (N, names) of (N, classes)."""
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
