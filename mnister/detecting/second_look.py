"""What a page network and a crop network say together of digits that the first one found.

Source: D. Wolpert, "Stacked generalization", Neural Networks 5 (1992): a logistic regression over
what both say, learned from pages that neither has learned from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mnister.detecting.calibration import AS_IT_IS
from mnister.detecting.crops import PRINTED, WRITTEN, cut_crops
from mnister.detecting.peaks import Found, logit, sigmoid
from mnister.models.runtimes import Classifier

LEAST = 0.1  # probability by the page network, from which on a digit is looked at again
THRESHOLD = 0.5  # of both together: a digit is read where one is more likely than not
_STEPS = 30  # of Newton's method; ten are enough


@dataclass(frozen=True)
class Weights:
    """How much each network's word counts: the weights of logits, and an offset.

    Attributes:
        place: That a digit stands there: of the likeliest class and of any class by the page
            network, of any by the crop network, the offset.
        digit: That it is this digit: of the page network, of the crop network, the offset.
        printed: That it is printed: as `digit`.
    """

    place: tuple[float, float, float, float]
    digit: tuple[float, float, float]
    printed: tuple[float, float, float]


@dataclass(frozen=True)
class SecondLook:
    """A crop network, and how it is heard beside the page network.

    Attributes:
        network: The crop network.
        weights: How much each counts.
        calibration: How likely what both say is right, see `calibration.py`.
    """

    network: Classifier
    weights: Weights
    calibration: tuple[float, float] = AS_IT_IS

    def look(self, grey: np.ndarray, found: Found) -> Found:
        """Return what both networks say of digits that were found, the likeliest first.

        Args:
            grey: uint8 (H, W), the picture.
            found: By the page network.
        """
        if not len(found):
            return found
        seen = self.network.predict(cut_crops(grey, found.boxes)[..., None])
        return hear_both(found, seen, self.weights)


def hear_both(found: Found, seen: np.ndarray, weights: Weights) -> Found:
    """Return digits with the probabilities that both networks give them together.

    The likeliest come first.

    Args:
        found: By the page network.
        seen: float32 (N, 21), what the crop network says of each, see `CROP_NAMES`.
        weights: How much each counts.
    """
    said = _said(found, seen)
    place, digit, printed = (
        sigmoid(logits @ np.array(getattr(weights, name))).astype(np.float32)
        for name, logits in said.items()
    )
    both = replace(found, probabilities=digit, printed=printed, is_digit=place)
    return both[np.argsort(-both.scores, kind="stable")]


def fit_weights(found: Found, seen: np.ndarray, labels: np.ndarray) -> Weights:
    """Learn how much each network's word counts.

    Args:
        found: By the page network, on any number of pages.
        seen: float32 (N, 21), what the crop network says.
        labels: int64 (N,), what stands there, indices into `CROP_NAMES`.
    """
    said, is_digit = _said(found, seen), labels < PRINTED.stop
    of_class = np.zeros((len(labels), 10))
    of_class[is_digit, labels[is_digit] % 10] = 1
    return Weights(
        _logistic(said["place"], is_digit.astype(float)),
        _logistic(said["digit"].reshape(-1, 3), of_class.ravel()),
        _logistic(said["printed"][is_digit], (labels[is_digit] >= PRINTED.start).astype(float)),
    )


def _said(found: Found, seen: np.ndarray) -> dict[str, np.ndarray]:
    """Return both networks' logits, and ones, by the name of their weights: (N, …, weights)."""
    written, printed = seen[:, WRITTEN], seen[:, PRINTED]
    digits = written + printed
    share = printed.sum(axis=1) / np.maximum(digits.sum(axis=1), 1e-6)
    any_class = 1 - np.prod(1 - found.probabilities, axis=1)
    likeliest = found.probabilities.max(axis=1, initial=0)
    said = {
        "place": (likeliest, any_class, digits.sum(axis=1)),
        "digit": (found.probabilities, digits),
        "printed": (found.printed, share),
    }
    return {
        name: np.stack([*map(logit, words), np.ones_like(words[0])], axis=-1).astype(float)
        for name, words in said.items()
    }


def _logistic(values: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Fit a logistic regression by Newton's method.

    Args:
        values: float64 (N, weights).
        truth: float64 (N,), 0 or 1.
    """
    line = np.zeros(values.shape[1])
    for _ in range(_STEPS):
        likely = sigmoid(values @ line)
        gradient = values.T @ (truth - likely)
        curvature = (values.T * (likely * (1 - likely))) @ values + 1e-3 * np.eye(len(line))
        line = line + np.clip(np.linalg.solve(curvature, gradient), -1, 1)
    return tuple(map(float, line))


def as_described(look: Mapping[str, Any]) -> tuple[Weights, tuple[float, float]]:
    """Return weights and calibration as a manifest's `beside_page_network` describes them.

    Args:
        look: Of the manifest.

    Raises:
        KeyError: One is missing.
        TypeError: One is of another kind.
        ValueError: One is of another kind, or has another number of values.
    """
    counts = {"place": 4, "digit": 3, "printed": 3}
    weights = {name: tuple(map(float, look[name])) for name in counts}
    if any(len(weights[name]) != count for name, count in counts.items()):
        raise ValueError(f"{counts} weights are needed")
    slope, offset = map(float, look["calibration"])
    return Weights(**weights), (slope, offset)
