"""Several networks, or several views of each digit, averaged inside one network."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mnister.training.augmentation import affine_sources
from mnister.training.model import IMAGE_SHAPE

PLAIN = ({},)  # the digit as it is
# As it is, turned, slanted and sized, by what writers differ in: degrees, part of the size.
CHANGED = (
    {},
    {"rotation": 8.0},
    {"rotation": -8.0},
    {"shear": 8.0},
    {"shear": -8.0},
    {"scale": 0.1},
    {"scale": -0.1},
)


def average(networks: Sequence[Any], name: str, views: Sequence[dict[str, float]] = PLAIN) -> Any:
    """Join networks into one whose probabilities are the mean of theirs, over views of a digit.

    Args:
        networks: Keras networks from (N, 28, 28, 1) to logits.
        name: Name of the network that joins them.
        views: How each digit is changed before a network sees it: arguments of `affine_sources`.

    Returns:
        A `keras.Model` from (N, 28, 28, 1) to float32 (N, classes): the mean's logarithm, which
        is a logit.

    Source of the views: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with
    deep convolutional neural networks", NIPS (2012), section 4.1.
    """
    import keras

    images = keras.Input(IMAGE_SHAPE)
    seen = [_view(images, **changes) if changes else images for changes in views]
    logits = [keras.ops.cast(network(view), "float32") for network in networks for view in seen]
    probabilities = keras.ops.mean(keras.ops.softmax(keras.ops.stack(logits)), axis=0)
    return keras.Model(images, keras.ops.log(probabilities + 1e-9), name=name)


def _view(images: Any, **changes: float) -> Any:
    """Change every picture in the same way, by operations that LiteRT has, too."""
    import keras

    flat = keras.ops.reshape(images, (-1, IMAGE_SHAPE[0] * IMAGE_SHAPE[1]))
    pixels, weights = bilinear(affine_sources((1, *IMAGE_SHAPE[:2]), **changes)[:, 0])
    parts = [keras.ops.take(flat, pixels[corner], axis=1) * weights[corner] for corner in range(4)]
    return keras.ops.reshape(sum(parts), (-1, *IMAGE_SHAPE))


def bilinear(sources: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say which four pixels make up each pixel of a changed picture, and how much each counts.

    Args:
        sources: float32 (2, P): x and y of where each pixel comes from.

    Returns:
        int32 (4, P), positions in the flattened picture, and float32 (4, P), their weights; those
        of what lies outside are 0.
    """
    height, width = IMAGE_SHAPE[:2]
    left, top = np.floor(sources).astype(np.int32)
    right_part, lower_part = sources - (left, top)
    pixels, weights = [], []
    for down, share_down in ((0, 1 - lower_part), (1, lower_part)):
        for across, share_across in ((0, 1 - right_part), (1, right_part)):
            x, y = left + across, top + down
            is_inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            pixels.append(np.where(is_inside, y * width + x, 0))
            weights.append(share_down * share_across * is_inside)
    return np.array(pixels, np.int32), np.array(weights, np.float32)
