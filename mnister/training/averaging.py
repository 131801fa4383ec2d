"""Several networks, or several views of each digit, averaged inside one network."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from mnister.training.model import IMAGE_SHAPE

PLAIN = ((0, 0),)  # the digit as it is
MOVED = tuple(product((0, -1, 1), repeat=2))  # and moved to its eight neighbouring places


def average(networks: Sequence[Any], name: str, moves: Sequence[tuple[int, int]] = PLAIN) -> Any:
    """Join networks into one whose probabilities are the mean of theirs, over views of a digit.

    Args:
        networks: Keras networks from (N, 28, 28, 1) to logits.
        name: Name of the network that joins them.
        moves: By how much each digit is moved down and across before a network sees it: one
            pixel at most.

    Returns:
        A `keras.Model` from (N, 28, 28, 1) to float32 (N, classes): the mean's logarithm, which
        is a logit.

    Source of the views: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with
    deep convolutional neural networks", NIPS (2012), section 4.1.
    """
    import keras

    images = keras.Input(IMAGE_SHAPE)
    height, width = IMAGE_SHAPE[:2]
    larger = keras.ops.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))  # black comes in
    views = [larger[:, 1 - y : 1 - y + height, 1 - x : 1 - x + width] for y, x in moves]
    logits = [keras.ops.cast(network(view), "float32") for network in networks for view in views]
    probabilities = keras.ops.mean(keras.ops.softmax(keras.ops.stack(logits)), axis=0)
    return keras.Model(images, keras.ops.log(probabilities + 1e-9), name=name)
