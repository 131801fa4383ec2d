"""How often a network is right on labelled digits, class by class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnister.data.datasets import Digits
from mnister.errors import UserError
from mnister.figures import confusion_matrix
from mnister.models.runtimes import Classifier, batches


@dataclass(frozen=True)
class Evaluation:
    """How a model did on labelled digits.

    Attributes:
        class_names: C names.
        digits: The N digits, their labels the true classes.
        probabilities: float32 (N, C), as the model gave them.
        matrix: int64 (C, C), a row for each true class, a column for each class named.
    """

    class_names: tuple[str, ...]
    digits: Digits
    probabilities: np.ndarray
    matrix: np.ndarray

    @property
    def predictions(self) -> np.ndarray:
        """The most probable classes, int64 (N,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def right(self) -> int:
        """How many digits were named rightly; "none" is a wrong answer."""
        return int(np.trace(self.matrix))

    @property
    def accuracy(self) -> float:
        """Share of all digits that were named rightly, 0 to 1."""
        return self.right / len(self.digits)

    @property
    def support(self) -> np.ndarray:
        """How many digits each class has, int64 (C,)."""
        return self.matrix.sum(axis=1)

    @property
    def recall(self) -> np.ndarray:
        """Share of each class's digits that got its name, float64 (C,); NaN without digits."""
        return _shares(np.diag(self.matrix), self.support)

    @property
    def precision(self) -> np.ndarray:
        """Share of each name's uses that were right, float64 (C,); NaN where never used."""
        return _shares(np.diag(self.matrix), self.matrix.sum(axis=0))


def evaluate(
    classifier: Classifier, digits: Digits, class_names: Sequence[str], batch_size: int
) -> Evaluation:
    """Classify labelled digits and count.

    Args:
        classifier: The network.
        digits: At least one; their labels are indices into `class_names`.
        class_names: One for each of the network's outputs.
        batch_size: Digits the network is given at once.

    Raises:
        UserError: The network has more or fewer outputs than there are names.
    """
    images = digits.images[..., None]
    probabilities = np.concatenate([classifier.predict(b) for b in batches(images, batch_size)])
    classes = probabilities.shape[1]
    if classes != len(class_names):
        raise UserError(
            "The class names do not fit the network",
            expected=f"{classes} names, one for each output",
            received=f"{len(class_names)}: {', '.join(class_names)}",
        )
    matrix = confusion_matrix(digits.labels, probabilities.argmax(axis=1), classes)
    return Evaluation(tuple(class_names), digits, probabilities, matrix)


def confidence_interval(right: int, total: int) -> tuple[float, float]:
    """Bound the accuracy on all digits like these, with 95 % confidence.

    Args:
        right: How many were right.
        total: Of how many, at least one.

    Returns:
        Lowest and highest, 0 to 1: the score interval of Wilson (1927), which also holds for few
        digits and for accuracies near 1.
    """
    deviations = 1.959964  # of a normal distribution, which hold 95 %
    share, weight = right / total, deviations**2 / total
    middle = share + weight / 2
    spread = math.sqrt(weight * (share * (1 - share) + weight / 4))
    low, high = ((middle + sign * spread) / (1 + weight) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def _shares(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)
