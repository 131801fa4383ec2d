"""A built network learns: trained from the last checkpoint on, watched, and recorded."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnister.config.schema import TrainConfig
from mnister.tasks.task import Predict, Task
from mnister.training import report, tensorboard
from mnister.training.build import Built
from mnister.training.callbacks import make_callbacks, make_watchers
from mnister.training.checkpoints import Checkpoints, History
from mnister.training.export import as_float32
from mnister.training.fit import Fit
from mnister.training.work import Work
from mnister.workers.group import Workers

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Learned:
    """A trained network as it is measured and exported.

    Attributes:
        network: A Keras network in float32.
        predict: The network as a function, from the task's `make_predictor`.
        history: Of the whole run.
    """

    network: Any
    predict: Predict
    history: History


def learn(config: TrainConfig, work: Work, built: Built, run_folder: Path) -> Learned:
    """Train the network, from the run's last checkpoint on if there is one.

    Args:
        config: A checked config.
        work: What the network is to learn.
        built: The network; trained in place.
        run_folder: Where the run's files go.

    Raises:
        Stopped: A signal asked to stop; the run is saved.
        UserError: The training diverged.
    """
    callbacks = make_callbacks(config.callbacks)
    watchers, record = [], _ignore
    if built.workers.is_chief:
        watchers, record = _make_recorders(config, work, built, run_folder)
    predict = work.task.make_predictor(built.network)
    checkpoints = Checkpoints(
        run_folder / "checkpoints",
        built.network,
        callbacks,
        built.workers,
        **config.checkpoint.model_dump(),
    )
    history = Fit(
        built.network,
        built.strategy,
        work.batches,
        work.total_steps,
        validate=lambda: _validate(work.task, predict, built.workers),
        callbacks=[*watchers, *callbacks],
        checkpoints=checkpoints,
        record=record,
    ).run()
    if history.step < work.total_steps:
        log.info("   stopped early, after %d of %d steps", history.step, work.total_steps)
    network = work.task.finish(as_float32(built.network, config, work.task))
    return Learned(network, work.task.make_predictor(network), history)


def _make_recorders(
    config: TrainConfig, work: Work, built: Built, run_folder: Path
) -> tuple[list[Any], Callable[[History], None]]:
    """Return the callbacks that show the training, and what writes its history."""
    board = run_folder / "tensorboard"
    scalars = tensorboard.Scalars(board)
    tensorboard.write_graph(board, built.network)

    def record(history: History) -> None:
        report.write_history_csv(history.rows, run_folder / "metrics.csv")
        scalars.write(history.rows)

    return make_watchers(config, run_folder, work.batches), record


def _ignore(_history: History) -> None:
    """Record nothing."""


def _validate(task: Task, predict: Predict, workers: Workers) -> dict[str, float]:
    """Measure the network on the validation images, each worker on its part."""
    return task.summarize(workers.total(task.tally(predict, workers.part)))
