"""What is made of a network's word: unsure pictures seen in sizes, other shares of a class."""

import cv2
import numpy as np

from mnister.models.runtimes import Classifier

_SURE = 0.95  # a picture whose likeliest class is less probable is looked at again
_SIZES = (0.92, 1.08)  # smaller and larger, each counts for half of the picture as it is


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


def with_class_share(
    probabilities: np.ndarray, number: int, trained: float, met: float
) -> np.ndarray:
    """Return what a network would say that had met one class more often, or less.

    Source: M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new
    a priori probabilities", Neural Computation 14 (2002), equation 2.4.

    Args:
        probabilities: float32 (N, classes), each row summing to 1.
        number: The class.
        trained: Part of the training pictures that were of this class, above 0, below 1.
        met: Part of the pictures at hand that is.

    Returns:
        float32 (N, classes), each row summing to 1.
    """
    weights = np.full(probabilities.shape[1], (1 - met) / (1 - trained), np.float32)
    weights[number] = met / trained
    weighted = probabilities * weights
    return weighted / weighted.sum(axis=1, keepdims=True)


def _resized(images: np.ndarray, size: float) -> np.ndarray:
    """Shrink or enlarge what is on pictures around their middle: (N, 28, 28, 1)."""
    height, width = images.shape[1:3]
    change = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, size)
    return np.stack([cv2.warpAffine(i, change, (width, height)) for i in images])[..., None]
