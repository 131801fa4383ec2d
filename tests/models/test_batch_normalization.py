"""The fused batch normalisation gives what Keras' own gives."""

import numpy as np
import pytest

SHAPE = (6, 5, 4, 3)
DRAW = np.random.default_rng(1).normal
BATCHES = [(DRAW(3, 2, SHAPE), DRAW(size=SHAPE)) for _ in range(3)]


@pytest.fixture(scope="module")
def make_layer():
    """Give a function that builds Keras' own layer or MNISTER's."""
    from mnister.quiet import import_tensorflow

    import_tensorflow(keras=True)
    import keras

    from mnister.models.batch_normalization import BatchNormalization

    def make(*, own=True, dtype="float32"):
        kind = BatchNormalization if own else keras.layers.BatchNormalization
        layer = kind(momentum=0.5, dtype=dtype)
        layer.build(SHAPE)
        layer.gamma.assign([0.5, 1.0, 2.0])
        layer.beta.assign([0.0, 1.0, -1.0])
        return layer

    return make


def train(layer):
    """Return a layer's outputs and gradients for three batches, then what they left behind."""
    import tensorflow as tf

    results = []
    for batch, slopes in BATCHES:
        images, slope = tf.constant(batch, layer.compute_dtype), tf.constant(slopes, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = tf.cast(layer(images, training=True), tf.float32)
            loss = tf.reduce_sum(outputs * slope)
        results += [outputs, *tape.gradient(loss, [images, layer.gamma.value, layer.beta.value])]
    results += [layer(images, training=False), *layer.weights]
    return [np.asarray(tf.cast(result, tf.float32)) for result in results]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 0.02)])
def test_it_trains_as_keras_own(make_layer, dtype, tolerance):
    mine = train(make_layer(dtype=dtype))
    for own, of_keras in zip(mine, train(make_layer(own=False, dtype=dtype)), strict=True):
        np.testing.assert_allclose(own, of_keras, rtol=tolerance, atol=tolerance)
    assert np.abs(mine[-1] - 1).min() > 0.1  # the running variance has moved


def test_it_trains_by_one_operation(make_layer):
    import tensorflow as tf

    layer = make_layer()
    step = tf.function(lambda images: layer(images, training=True))
    graph = step.get_concrete_function(tf.TensorSpec(SHAPE)).graph
    assert "FusedBatchNormV3" in {operation.type for operation in graph.get_operations()}


def test_a_frozen_layer_stays_as_it_is(make_layer):
    layer = make_layer()
    layer.trainable = False
    layer(BATCHES[0][0], training=True)
    assert (np.asarray(layer.moving_mean) == 0).all()
