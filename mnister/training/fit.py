"""The training loop: Keras' own training step and callbacks, epoch by epoch."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mnister.datasets import Digits
from mnister.errors import UserError
from mnister.training.data import TrainingBatches

STEPS_BETWEEN_CHECKS = 10
DIGITS_AT_ONCE = 1000


@dataclass
class History:
    """What happened in a run.

    Attributes:
        rows: One a finished epoch: epoch, step, loss, accuracy, validation_loss,
            validation_accuracy, learning_rate, seconds.
        train_seconds: Time in training steps, validation not counted.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    train_seconds: float = 0.0


def fit(
    network: Any,
    strategy: Any,
    batches: TrainingBatches,
    total_steps: int,
    validate: Callable[[], dict[str, float]],
    callbacks: list[Any],
) -> History:
    """Train a compiled network for a number of steps.

    Args:
        network: A built and compiled Keras network, made under `strategy`.
        strategy: The `tf.distribute.Strategy`.
        batches: What to train on.
        total_steps: Weight updates; the last epoch may be a part of one.
        validate: Called after each epoch; returns `loss` and `accuracy` on validation digits.
        callbacks: Keras callbacks.

    Raises:
        UserError: The loss is no longer finite.
    """
    import keras

    epochs = -(-total_steps // batches.steps_per_epoch)
    watchers = keras.callbacks.CallbackList(callbacks, model=network, epochs=epochs)
    train_step = _compile_step(network, strategy)
    data = strategy.experimental_distribute_dataset(batches.dataset(0, total_steps))
    stream, history = iter(data), History()
    watchers.on_train_begin()
    for epoch in range(epochs):
        steps = min(batches.steps_per_epoch, total_steps - epoch * batches.steps_per_epoch)
        watchers.set_params({"epochs": epochs, "steps": steps})
        row = _fit_epoch(network, train_step, stream, epoch, steps, watchers, history)
        measured = {f"val_{name}": value for name, value in validate().items()}
        watchers.on_epoch_end(epoch, row | measured)
        history.rows.append(_history_row(epoch, batches, steps, row | measured))
    watchers.on_train_end()
    return history


def _fit_epoch(
    network: Any, train_step: Any, stream: Any, epoch: int, steps: int, watchers: Any,
    history: History,
) -> dict[str, float]:  # fmt: skip
    """Train for the steps of one epoch and return its mean loss and accuracy."""
    network.reset_metrics()
    watchers.on_epoch_begin(epoch)
    started = time.perf_counter()
    for step in range(steps):
        watchers.on_train_batch_begin(step)
        train_step(next(stream))
        is_checked = (step + 1) % STEPS_BETWEEN_CHECKS == 0 or step + 1 == steps
        logs = _read_metrics(network, epoch, step) if is_checked else None
        watchers.on_train_batch_end(step, logs)
    seconds = time.perf_counter() - started
    history.train_seconds += seconds
    return {
        **logs,
        "learning_rate": float(network.optimizer.learning_rate),
        "seconds": seconds,
    }


def _history_row(
    epoch: int, batches: TrainingBatches, steps: int, logs: dict[str, float]
) -> dict[str, float]:
    """Return the epoch's row: `val_…`, as Keras has it, spelled out."""
    named = {name.replace("val_", "validation_"): value for name, value in logs.items()}
    return {"epoch": epoch + 1, "step": epoch * batches.steps_per_epoch + steps, **named}


def _compile_step(network: Any, strategy: Any):
    import tensorflow as tf

    @tf.function(jit_compile=False, reduce_retracing=True)
    def train_step(batch):
        strategy.run(network.train_step, args=(batch,))

    return train_step


def _read_metrics(network: Any, epoch: int, step: int) -> dict[str, float]:
    logs = {name: float(value) for name, value in network.get_metrics_result().items()}
    if not np.isfinite(logs["loss"]):
        raise UserError(
            f"The loss is no longer a finite number (epoch {epoch + 1}, step {step + 1})",
            expected="a learning rate that the network can follow",
            received=f"loss {logs['loss']}, "
            f"learning rate {float(network.optimizer.learning_rate):.2g}",
            instead="a smaller optimizer.learning_rate, or optimizer.clipnorm=1",
        )
    return logs


def make_predictor(network: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from images uint8 (N, 28, 28) to float32 (N, classes) probabilities."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def forward(images):
        return tf.nn.softmax(tf.cast(network(images, training=False), tf.float32))

    def predict(images: np.ndarray) -> np.ndarray:
        chunks = range(0, len(images), DIGITS_AT_ONCE)
        return np.concatenate(
            [forward(tf.constant(images[i : i + DIGITS_AT_ONCE, ..., None])) for i in chunks]
        )

    return predict


def measure(probabilities: np.ndarray, digits: Digits) -> dict[str, float]:
    """Return mean cross-entropy (`loss`, nats) and `accuracy` of predictions.

    Args:
        probabilities: float32 (N, classes).
        digits: The N digits they are for.
    """
    of_truth = probabilities[np.arange(len(digits)), digits.labels]
    return {
        "loss": float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        "accuracy": float((probabilities.argmax(axis=1) == digits.labels).mean()),
    }
