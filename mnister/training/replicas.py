"""What each replica of a network does for itself."""

from collections.abc import Callable
from typing import Any

# Apart in the first of a Keras seed's two numbers; the second counts the draws.
BETWEEN_REPLICAS = 1_000_003


def draw_apart(network: Any) -> None:
    """Let replicas draw their own random numbers.

    Alone, a network trains as it would without.

    Args:
        network: A Keras network, before its training step is traced.
    """
    for layer in network.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.next = _drawing_apart(generator.next)


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
