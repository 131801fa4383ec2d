"""The training loop: Keras' own training step and callbacks, from any step of the run on."""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterator
from signal import Signals
from typing import Any

import numpy as np

from mnister.errors import UserError
from mnister.invocation import command_for
from mnister.stopping import STOPPING, Stopped, stop_requests
from mnister.tasks.batches import Batches
from mnister.training.checkpoints import Checkpoints, History, list_checkpoints
from mnister.workers.group import Workers
from mnister.workers.telling import tell

log = logging.getLogger("mnister.training")

STEPS_BETWEEN_CHECKS = 10


class Fit:
    """Trains a compiled network for a number of steps; goes on where its checkpoints end.

    Keras' own `fit` cannot start in the middle of an epoch.

    Args:
        network: A built and compiled Keras network, made under `strategy`.
        strategy: The `tf.distribute.Strategy`.
        batches: What to train on.
        total_steps: Weight updates; the last epoch may be a part of one.
        validate: Called after each epoch; returns `loss`, `accuracy` and more on validation
            images.
        callbacks: Keras callbacks.
        checkpoints: Where the run is saved and restored from.
        record: Called with the history when it is restored and after each epoch.

    Several workers must make the same calls, each in its process.
    """

    def __init__(
        self,
        network: Any,
        strategy: Any,
        batches: Batches,
        total_steps: int,
        validate: Callable[[], dict[str, float]],
        callbacks: list[Any],
        checkpoints: Checkpoints,
        record: Callable[[History], None],
    ) -> None:
        import keras

        self.network, self.strategy, self.batches = network, strategy, batches
        self.total_steps = total_steps
        self.epochs = -(-total_steps // batches.steps_per_epoch)
        self.validate, self.checkpoints, self.record = validate, checkpoints, record
        self.workers = Workers(strategy)
        self.history = History()
        self.callbacks = keras.callbacks.CallbackList(callbacks, model=network)

    def run(self) -> History:
        """Train to the end.

        Returns:
            The whole run's history.

        Raises:
            Stopped: A signal asked to stop; the run is saved.
            UserError: The loss or a weight is no longer finite.
            OSError: A checkpoint cannot be written.
        """
        self.network.stop_training = False
        self.callbacks.set_params({"epochs": self.epochs, "steps": self.batches.steps_per_epoch})
        self.callbacks.on_train_begin()
        self.history = self.checkpoints.restore()
        self._tell_new_length()
        self.record(self.history)
        with stop_requests() as self._stop:
            first, last = self.history.step, max(self.total_steps, self.history.step)
            stream = iter(self.batches.dataset(first, last, self.workers.part))
            train_step = _compile_step(self.network, self.strategy, self.workers.count)
            while not self._is_finished():
                self._train_epoch(stream, train_step)
                self._end_epoch()
        # Weights averaged over the run (use_ema) take the place of the last ones.
        self.network.optimizer.finalize_variable_values(self.network.trainable_variables)
        self.callbacks.on_train_end()
        return self.history

    @property
    def _epoch(self) -> int:
        """The epoch under way, 0 for the first: every one that ended has its row."""
        return len(self.history.rows)

    def _is_finished(self) -> bool:
        is_between_epochs = (
            bool(self._epoch) and self.history.rows[-1]["step"] == self.history.step
        )
        is_enough = self.history.step >= self.total_steps or self.network.stop_training
        return is_enough and is_between_epochs

    def _tell_new_length(self) -> None:
        """Say what changes when a run goes on with another length than it had.

        Epochs that are over keep their rows. That of a part of an epoch becomes that of the whole.
        """
        history, before = self.history, self.history.total_steps
        rate = float(self.network.optimizer.learning_rate)
        rate_before = rate if history.learning_rate is None else history.learning_rate
        history.total_steps, history.learning_rate = self.total_steps, rate_before
        if before in (None, self.total_steps):
            return
        log.info("   %d steps, %d before: schedule and plain_end are those of the new length",
                 self.total_steps, before)  # fmt: skip
        if not math.isclose(rate, rate_before, rel_tol=1e-5, abs_tol=1e-12):
            log.warning("   learning rate after step %d: %.3g, %.3g before; epochs that are over "
                        "keep their rows", history.step, rate, rate_before)  # fmt: skip
        if before == history.step < self._end_of(self._epoch):
            log.info("   epoch %d goes on: its row becomes that of the whole", self._epoch + 1)

    def _end_of(self, epoch: int) -> int:
        return min((epoch + 1) * self.batches.steps_per_epoch, self.total_steps)

    def _epoch_images(self) -> int:
        """Images trained on in the epoch under way, over all replicas."""
        batches = self.batches
        return (self.history.step - self._epoch * batches.steps_per_epoch) * batches.batch_size

    def _train_epoch(self, stream: Iterator, train_step: Callable) -> None:
        """Train to the end of the epoch that is under way."""
        history = self.history
        if history.step == self._epoch * self.batches.steps_per_epoch:
            self.network.reset_metrics()
            history.epoch_seconds = 0.0
        self.callbacks.on_epoch_begin(self._epoch)
        started = time.perf_counter()
        while history.step < self._end_of(self._epoch):
            train_step(stream)
            history.step += 1
            now = time.perf_counter()
            history.epoch_seconds += now - started
            self._after_step()
            started = time.perf_counter()

    def _after_step(self) -> None:
        """Look at the metrics now and then, and save when it is time to."""
        step, is_last = self.history.step, self.history.step == self._end_of(self._epoch)
        is_checked = step % STEPS_BETWEEN_CHECKS == 0 or is_last
        logs = self._read_metrics() if is_checked else None
        if is_checked:
            tell(step=step)
        position = step - self._epoch * self.batches.steps_per_epoch
        self.callbacks.on_train_batch_end(position - 1, logs)
        is_due, signal = False, None
        if is_checked or self.workers.count == 1:  # to agree takes workers a few milliseconds
            is_due, signal = self._agree()
        if is_last or is_due or signal is not None or self.checkpoints.is_step_due(step):
            self._save()
        if signal is not None:
            command = command_for("train", f"resume={self.checkpoints.folder.parent}")
            raise Stopped(signal, step, command)

    def _agree(self) -> tuple[bool, Signals | None]:
        """Return whether it is time to save, and a signal to stop: what one wants, all do."""
        wishes = [self.checkpoints.is_time_due(), *(self._stop.signal == s for s in STOPPING)]
        is_due, *asked = self.workers.total(np.array(wishes, dtype=np.int64)) > 0
        return bool(is_due), next(
            (s for s, is_asked in zip(STOPPING, asked, strict=True) if is_asked), None
        )

    def _save(self) -> None:
        self.history.learning_rate = float(self.network.optimizer.learning_rate)
        try:
            with self._stop.saving():
                self.checkpoints.save(self.history)
        except FloatingPointError as error:
            raise self._diverged(f"{error} is no longer finite") from None

    def _end_epoch(self) -> None:
        """Validate, add the epoch's row to the history and tell the callbacks."""
        history, epoch = self.history, self._epoch
        logs = {"step": history.step} | self._read_metrics()
        with _averaged_weights(self.network):
            logs |= {f"val_{name}": value for name, value in self.validate().items()}
            logs |= {
                "learning_rate": history.learning_rate,  # saved at its end; that of now may differ
                "seconds": history.epoch_seconds,
                "images_per_second": round(self._epoch_images() / history.epoch_seconds, 1),
            }
            named = {name.replace("val_", "validation_"): value for name, value in logs.items()}
            history.rows.append({"epoch": epoch + 1, **named})
            history.train_seconds = sum(row["seconds"] for row in history.rows)
            # Inside: the best weights that a callback keeps are those that were validated.
            self.callbacks.on_epoch_end(epoch, logs)
        self.record(history)

    def _read_metrics(self) -> dict[str, float]:
        logs = {name: float(v) for name, v in self.network.get_metrics_result().items()}
        if not np.isfinite(logs["loss"]):
            raise self._diverged(f"loss {logs['loss']}")
        return logs

    def _diverged(self, sign: str) -> UserError:
        rate = float(self.network.optimizer.learning_rate)
        kept = next(iter(list_checkpoints(self.checkpoints.folder)), "none yet")
        return UserError(
            f"The training has diverged at step {self.history.step}: {sign}",
            expected="a learning rate that the network can follow",
            received=f"learning rate {rate:.2g}; last good checkpoint: {kept}",
            instead="a smaller optimizer.learning_rate, or optimizer.clipnorm=1",
        )


@contextlib.contextmanager
def _averaged_weights(network: Any) -> Iterator[None]:
    """Use the weights' running average inside the block, where the optimizer keeps one."""
    optimizer = network.optimizer
    if not optimizer.use_ema:
        yield
        return
    kept = [np.asarray(variable) for variable in network.trainable_variables]
    optimizer.finalize_variable_values(network.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(network.trainable_variables, kept, strict=True):
            variable.assign(value)


def _compile_step(network: Any, strategy: Any, workers: int) -> Callable[[Iterator], None]:
    """Return a step of training; every replica of this process takes its part of the batch.

    The batches are not a distributed dataset of TensorFlow's: the thread that tunes one for speed
    often sleeps on for up to a minute when it is to end, and nothing here is to be tuned.
    """
    import tensorflow as tf

    replicas = strategy.num_replicas_in_sync // workers
    step = network.train_step
    if network.jit_compile:  # XLA cannot take the batch from the stream
        step = tf.function(step, jit_compile=True, reduce_retracing=True, autograph=False)

    def own_part(whole):
        place = tf.distribute.get_replica_context().replica_id_in_sync_group % replicas
        return tf.reshape(whole, (replicas, -1, *whole.shape[1:]))[place]

    def replica_step(batch):
        step(batch if replicas == 1 else tuple(map(own_part, batch)))

    # The batch is taken inside: outside, it is 0.3 ms of Python a step.
    @tf.function(jit_compile=False, reduce_retracing=True, autograph=False)
    def train_step(stream):
        strategy.run(replica_step, args=(next(stream),))

    return train_step
