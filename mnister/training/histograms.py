"""Histograms of weights and gradients for TensorBoard, once an epoch."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from mnister.tasks.batches import Batches


class Histograms(keras.callbacks.Callback):
    """Writes the distribution of every weight and of its gradient when an epoch ends.

    The gradients are those of the epoch's last batch, with dropout off: to compute them changes
    nothing in the run.

    Args:
        folder: The run's TensorBoard folder.
        batches: What the network trains on.
    """

    def __init__(self, folder: Path, batches: Batches) -> None:
        super().__init__()
        self._writer = tf.summary.create_file_writer(str(folder / "histograms"))
        self._batches = batches

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:  # noqa: ARG002
        """Write the epoch's histograms."""
        variables, step = self.model.trainable_variables, int(logs["step"])
        gradients = self._gradients(*self._batches.batch(step - 1))
        with self._writer.as_default(step=step):
            for variable, gradient in zip(variables, gradients, strict=True):
                name = variable.path.removeprefix(f"{self.model.name}/")
                tf.summary.histogram(f"weights/{name}", variable)
                tf.summary.histogram(f"gradients/{name}", gradient)
        self._writer.flush()

    def _gradients(self, images: Any, targets: Any) -> list[tf.Tensor]:
        network = self.model
        with tf.GradientTape() as tape:
            logits = network(images, training=False)
            loss = network.compute_loss(images, targets, logits, training=False)
        return tape.gradient(loss, network.trainable_variables)
