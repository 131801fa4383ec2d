"""Where the time of a training step goes, for TensorBoard's Profile tab."""

import logging
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

WARM_UP_STEPS = 10
PROFILED_STEPS = 5

log = logging.getLogger("mnister.training")


class Profiler(keras.callbacks.Callback):
    """Profiles a few steps of the run, once the first ones have warmed everything up.

    Args:
        folder: The run's TensorBoard folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._steps, self._step = folder, 0, None

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Start after the warm-up, mark each step for the profile, stop after the last."""
        self._steps += 1
        if self._steps == WARM_UP_STEPS:
            tf.profiler.experimental.start(str(self._folder))
        self._end_step()
        if WARM_UP_STEPS <= self._steps < WARM_UP_STEPS + PROFILED_STEPS:
            self._step = tf.profiler.experimental.Trace("train", step_num=self._steps, _r=1)
            self._step.__enter__()
        elif self._steps == WARM_UP_STEPS + PROFILED_STEPS:
            tf.profiler.experimental.stop()
            log.info("   profile of %d steps: %s", PROFILED_STEPS, self._folder)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Write what there is of a run that was too short."""
        if self._steps < WARM_UP_STEPS:
            log.warning("Nothing was profiled: that takes %d steps or more", WARM_UP_STEPS + 1)
        elif self._steps < WARM_UP_STEPS + PROFILED_STEPS:
            self._end_step()
            tf.profiler.experimental.stop()

    def _end_step(self) -> None:
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None
