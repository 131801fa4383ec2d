"""Several views of each digit, averaged inside the network."""

from itertools import product
from typing import Any

from mnister.data.datasets import SIDE

SHAPE = (SIDE, SIDE, 1)
# The digit as it is, and moved to its eight neighbouring places.
MOVES = tuple(product((0, -1, 1), repeat=2))


def average_views(network: Any) -> Any:
    """Return a network whose probabilities are the mean of another's, over views of a digit.

    Args:
        network: A Keras network from (N, 28, 28, 1) to logits.

    Returns:
        A `keras.Model` of the same name from (N, 28, 28, 1) to float32 (N, classes): the mean's
        logarithm, which is a logit. A view is the digit moved by one pixel at most.

    Source: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep
    convolutional neural networks", NIPS (2012), section 4.1.
    """
    import keras

    images = keras.Input(SHAPE)
    height, width = SHAPE[:2]
    larger = keras.ops.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))  # black comes in
    views = [larger[:, 1 - y : 1 - y + height, 1 - x : 1 - x + width] for y, x in MOVES]
    logits = [keras.ops.cast(network(view), "float32") for view in views]
    probabilities = keras.ops.mean(keras.ops.softmax(keras.ops.stack(logits)), axis=0)
    return keras.Model(images, keras.ops.log(probabilities + 1e-9), name=network.name)
