"""The digit network behind the names of its classes: pictures of 28 × 28 go in."""

import time
from collections.abc import Sequence

import numpy as np

from mnister.data.datasets import NONE_NAME
from mnister.models.runtimes import Classifier
from mnister.pieces.classify import predict_in_sizes
from mnister.pieces.finder import check_class_names


class DigitNetwork:
    """Tells the classes of digits apart.

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
        names = check_class_names(class_names, classes)
        self._is_class = np.array([name != NONE_NAME for name in names])
        self.names = tuple(name for name in names if name != NONE_NAME)

    def predict(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Classify uint8 (28, 28) pictures.

        Returns:
            float32 (N, names), at least 0; what is missing from 1 is "none".
        """
        if not len(images):
            return np.zeros((0, len(self.names)), np.float32)
        return predict_in_sizes(self.classifier, np.stack(images)[..., None])[:, self._is_class]
