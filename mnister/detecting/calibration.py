"""How likely a digit that was found is right, learned from how often such digits were.

Source: J. Platt, "Probabilistic outputs for support vector machines", Advances in Large Margin
Classifiers (1999): the logarithm of the odds is a straight line of the network's own.
"""

import numpy as np

from mnister.detecting.peaks import logit, sigmoid

LOWEST, HIGHEST, BINS = -4.0, 8.0, 48  # logits that are told apart
AS_IT_IS = (1.0, 0.0)
_STEPS = 30  # of Newton's method; ten are enough


def count_right(confidences: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Count digits by how likely the network says they are, and those that are right.

    Args:
        confidences: float (N,), 0 to 1.
        right: bool (N,).

    Returns:
        float64 (BINS, 2): all, right. Counts of several pages add up.
    """
    place = (logit(confidences) - LOWEST) / (HIGHEST - LOWEST) * BINS
    bins = np.clip(place, 0, BINS - 1).astype(int)
    counts = [np.bincount(bins, weights, BINS) for weights in (None, right)]
    return np.stack(counts, axis=1).astype(float)


def fit_calibration(counts: np.ndarray) -> tuple[float, float]:
    """Return slope and offset of the line from the network's logits to those of being right.

    Args:
        counts: From `count_right`. One digit that is right and one that is not are added in the
            middle, so that the line is never vertical.
    """
    logits = np.append(LOWEST + (np.arange(BINS) + 0.5) * (HIGHEST - LOWEST) / BINS, 0.0)
    all_, right = np.vstack([counts, [2.0, 1.0]]).T
    design = np.stack([logits, np.ones_like(logits)])
    line = np.array(AS_IT_IS)
    for _ in range(_STEPS):
        likely = sigmoid(line @ design)
        gradient = design @ (right - all_ * likely)
        curvature = (design * (all_ * likely * (1 - likely))) @ design.T + 1e-3 * np.eye(2)
        line = line + np.clip(np.linalg.solve(curvature, gradient), -1, 1)
    return float(line[0]), float(line[1])


def calibrated(confidences: np.ndarray, calibration: tuple[float, float]) -> np.ndarray:
    """Return how likely digits are right: of the shape of `confidences`, 0 to 1.

    Args:
        confidences: What the network says, 0 to 1.
        calibration: From `fit_calibration`.
    """
    slope, offset = calibration
    return sigmoid(slope * logit(confidences) + offset)
