"""What the replicas of a network do for themselves and what they share."""

import functools
from collections.abc import Callable
from typing import Any

# Apart in the first of a Keras seed's two numbers; the second counts the draws.
BETWEEN_REPLICAS = 1_000_003


def prepare_replicas(network: Any) -> None:
    """Let replicas draw their own random numbers and share batch statistics in one exchange.

    Alone, a network trains as it would without.

    Args:
        network: A Keras network, before its training step is traced.
    """
    for layer in network.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.next = _drawing_apart(generator.next)
        if getattr(layer, "synchronized", False):
            layer._moments = functools.partial(_shared_moments, layer.axis, layer._moments)


def _drawing_apart(draw: Callable) -> Callable:
    """Draw other numbers in each replica, in the first those that one alone would.

    Keras keeps one seed for all replicas.
    """
    import keras
    import tensorflow as tf

    def draw_own(ordered: bool = True) -> Any:
        seed = draw(ordered)
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return seed
        own = keras.ops.cast(context.replica_id_in_sync_group, seed.dtype) * BETWEEN_REPLICAS
        return seed + keras.ops.stack([own, 0 * own])

    return draw_own


def _shared_moments(axis: int, moments: Callable, inputs: Any, mask: Any) -> tuple[Any, Any]:
    """Return mean and variance over all replicas, whose parts of the batch are equally large.

    Keras exchanges sum, sum of squares and count one after another, forward and back; between
    many machines exchanges are most of a step's time (docs/scaling.md).

    Args:
        axis: Of the channels.
        moments: Keras' own function of inputs and mask, for all other cases.
        inputs: float32 tensor.
        mask: As Keras gives it.
    """
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if mask is not None or context is None or context.num_replicas_in_sync == 1:
        return moments(inputs, mask)
    rank = len(inputs.shape)
    axes = [each for each in range(rank) if each != axis % rank]
    own = tf.stack([tf.reduce_mean(inputs, axes), tf.reduce_mean(tf.square(inputs), axes)])
    mean, mean_square = tf.unstack(context.all_reduce(tf.distribute.ReduceOp.MEAN, own))
    return mean, tf.maximum(mean_square - tf.square(mean), 0.0)
