"""Random layers that draw their own numbers in every replica."""

from typing import Any

# Apart in the first of a Keras seed's two numbers; the second counts the draws.
BETWEEN_REPLICAS = 1_000_003


def draw_apart(network: Any) -> None:
    """Let dropout and other random layers draw other numbers in each replica.

    Keras keeps one seed for all replicas. The first replica draws what one alone would.

    Args:
        network: A Keras network, before its training step is traced.
    """
    for layer in network.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.next = _drawing_apart(generator.next)


def _drawing_apart(draw: Any) -> Any:
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
