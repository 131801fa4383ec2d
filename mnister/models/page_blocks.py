"""The layers of a page network: local contrast, and blocks that branch and join again.

Each block holds a functional network (`inner`), made when the block is built. All of them keep to
operations whose shapes follow from the input's, so that a converted network takes pictures of any
size; upsampling by `tf.repeat` or a resize would fix the size, or compute it while it runs.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

PACKAGE = "mnister"
CELL = 4  # pixels: edge of the squares on which the local statistics are taken


@keras.saving.register_keras_serializable(PACKAGE)
class DepthToSpace(keras.layers.Layer):
    """Lays the channels of each place out as a square of places, each with fewer channels.

    Args:
        edge: Of the square, places.

    Source: W. Shi et al., "Real-time single image and video super-resolution using an efficient
    sub-pixel convolutional neural network", CVPR (2016), section 3.2.
    """

    def __init__(self, edge: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.edge = edge

    def call(self, inputs: Any) -> Any:
        """Return (N, edge × H, edge × W, C / edge²)."""
        return tf.nn.depth_to_space(inputs, self.edge)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Return the shape of the answer; a free edge stays free."""
        count, *edges, channels = input_shape
        longer = (edge and edge * self.edge for edge in edges)
        return (count, *longer, channels // self.edge**2)

    def get_config(self) -> dict[str, Any]:
        """Return the layer's arguments."""
        return super().get_config() | {"edge": self.edge}


@keras.saving.register_keras_serializable(PACKAGE)
class LocalContrast(keras.layers.Layer):
    """Each pixel's difference from the mean around it, in deviations around it.

    Light and pen no longer matter, only what stands out from its surroundings. Always in float32.

    Args:
        window: Edge of the surroundings, pixels; a multiple of 4.
        floor: Added to the deviation (root of the sum of squares), in units of the input: what
            varies less is not blown up.
        limit: Larger differences are cut off, deviations either way.
    """

    def __init__(self, window: int, floor: float, limit: float = 5.0, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32"} | kwargs)
        if window % CELL or window < CELL:
            raise ValueError(f"window must be a multiple of {CELL}. Received: {window}")
        self.window, self.floor, self.limit = window, floor, limit

    def call(self, inputs: Any) -> Any:
        """Return (N, H, W, 1) of the input's shape; H and W are multiples of 4."""
        difference = inputs - self._mean_around(inputs)
        variance = tf.nn.relu(self._mean_around(tf.square(difference)))
        scaled = difference * tf.math.rsqrt(variance + self.floor**2)
        return tf.clip_by_value(scaled, -self.limit, self.limit)

    def _mean_around(self, pixels: Any) -> Any:
        """Average over the window: in squares of pixels, then between their centres linearly."""
        coarse = tf.nn.avg_pool2d(pixels, CELL, CELL, "VALID")
        for edges in ((self.window // CELL, 1), (1, self.window // CELL)):
            coarse = tf.nn.avg_pool2d(coarse, edges, 1, "SAME")  # leaves out what is off the page
        repeated_at_the_edge = tf.pad(coarse, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
        between = tf.nn.conv2d(repeated_at_the_edge, _between_centres(), 1, "VALID")
        return tf.nn.depth_to_space(between, CELL)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the layer's arguments."""
        own = {"window": self.window, "floor": self.floor, "limit": self.limit}
        return super().get_config() | own


def _between_centres() -> Any:
    """Return float32 (3, 3, 1, 16): a square's pixels, interpolated from its own and the next."""
    places = (tf.range(CELL, dtype=tf.float32) + 0.5) / CELL - 0.5
    weights = tf.stack([tf.nn.relu(-places), 1 - tf.abs(places), tf.nn.relu(places)])
    both = tf.einsum("ap,bq->abpq", weights, weights)
    return tf.reshape(both, (3, 3, 1, CELL * CELL))


class Block(keras.layers.Layer):
    """A layer that is a small functional network, made for the input that it is built with."""

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the network inside."""
        inputs = keras.Input(tuple(input_shape)[1:])
        self.inner = keras.Model(inputs, self.connect(inputs), name=f"{self.name}_inner")
        super().build(input_shape)

    def connect(self, inputs: Any) -> Any:
        """Return the block's answer to a symbolic input."""
        raise NotImplementedError

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the block's answer."""
        return self.inner(inputs, training=training)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Return the shape of the answer."""
        return self.inner.compute_output_shape(input_shape)


@keras.saving.register_keras_serializable(PACKAGE)
class Residual(Block):
    """Two convolutions of 3×3, whose result is added to what comes in.

    The second begins with zeros: at first the block changes nothing, and deep networks learn
    without normalisation.

    Args:
        filters: Channels, as many as come in.

    Source: K. He et al., "Deep residual learning for image recognition", CVPR (2016); the zeros
    after S. De, S. Smith, "Batch normalization biases residual blocks towards the identity
    function in deep networks", NeurIPS (2020).
    """

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters

    def connect(self, inputs: Any) -> Any:
        """Return the sum, cut off below zero."""
        change = convolve(inputs, self.filters)
        change = keras.layers.Conv2D(self.filters, 3, padding="same", kernel_initializer="zeros")(
            change
        )
        return keras.layers.ReLU()(keras.layers.Add()([inputs, change]))

    def get_config(self) -> dict[str, Any]:
        """Return the layer's arguments."""
        return super().get_config() | {"filters": self.filters}


@keras.saving.register_keras_serializable(PACKAGE)
class DownAndUp(Block):
    """Goes down to ever coarser places and comes up again, joined with what was on the way.

    At each level down a convolution of stride 2 and residual blocks; on the way up what comes
    from below is added to that of the same level.

    Args:
        filters: Channels of each level, from the top down.
        repeats: Residual blocks of each level.

    Source: T.-Y. Lin et al., "Feature pyramid networks for object detection", CVPR (2017).
    """

    def __init__(self, filters: Sequence[int], repeats: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if len(filters) != len(repeats):
            raise ValueError(f"filters and repeats must agree. Received: {filters}, {repeats}")
        self.filters, self.repeats = list(filters), list(repeats)

    def connect(self, inputs: Any) -> Any:
        """Return (N, H, W, C) of the input's shape."""
        levels = [inputs]
        for filters, repeats in zip(self.filters, self.repeats, strict=True):
            down = convolve(levels[-1], filters, strides=2)
            for _ in range(repeats):
                down = Residual(filters)(down)
            levels.append(down)
        up = levels.pop()
        for level in reversed(levels):
            channels = level.shape[-1]
            larger = DepthToSpace(2)(convolve(up, 4 * channels, size=1))
            up = convolve(keras.layers.Add()([level, larger]), channels)
        return up

    def get_config(self) -> dict[str, Any]:
        """Return the layer's arguments."""
        return super().get_config() | {"filters": self.filters, "repeats": self.repeats}


def convolve(inputs: Any, filters: int, size: int = 3, strides: int = 1) -> Any:
    """Return a convolution with ReLU of a symbolic input, made for networks without normalisation.

    Args:
        inputs: (N, H, W, C).
        filters: Channels that go out.
        size: Edge of the kernel, places.
        strides: Step of the kernel, places.

    Source of the initial values: K. He et al., "Delving deep into rectifiers", ICCV (2015).
    """
    return keras.layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
    )(inputs)
