"""The size of the gradients as one more metric of the training step."""

from typing import Any


def watch_gradient_norm(network: Any, optimizer: Any) -> None:
    """Give the network the metric `gradient_norm`: the mean global norm over an epoch's steps.

    Measured are the gradients that the optimizer is given, of the whole batch, before it clips
    them. Must be called in the strategy's scope, before the training step is traced.

    Args:
        network: A Keras network.
        optimizer: The Keras optimizer that it will be compiled with.
    """
    import keras

    # Keras reports, resets and saves a metric that is an attribute like any other.
    network.gradient_norm = keras.metrics.Mean(name="gradient_norm")
    apply = optimizer.apply

    def apply_measured(grads: list[Any], trainable_variables: list[Any] | None = None) -> Any:
        network.gradient_norm.update_state(_global_norm(grads))
        return apply(grads, trainable_variables)

    optimizer.apply = apply_measured


def _global_norm(gradients: list[Any]) -> Any:
    """Return the norm of the gradients that all replicas share out between them."""
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync > 1:
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
    return tf.linalg.global_norm(gradients)
