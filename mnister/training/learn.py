"""A built network learns: trained from the last checkpoint on, watched, and recorded."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.data.datasets import Digits
from mnister.training import report, tensorboard
from mnister.training.build import Built
from mnister.training.callbacks import make_callbacks, make_watchers
from mnister.training.checkpoints import Checkpoints, History
from mnister.training.fit import Fit, Predict, make_predictor, measure
from mnister.training.work import Work
from mnister.workers.group import Workers

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Learned:
    """A trained network as it is measured and exported.

    Attributes:
        network: A Keras network in float32.
        predict: The network as a function, from `make_predictor`.
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
    predict = make_predictor(built.network)
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
        validate=lambda: _validate(predict, work.data.validation, built.workers),
        callbacks=[*watchers, *callbacks],
        checkpoints=checkpoints,
        record=record,
    ).run()
    if history.step < work.total_steps:
        log.info("   stopped early, after %d of %d steps", history.step, work.total_steps)
    network = _as_exported(config, work, built.network)
    return Learned(network, make_predictor(network), history)


def _as_exported(config: TrainConfig, work: Work, network: Any) -> Any:
    """Return the network in float32, if asked for with the mean over views of a digit."""
    from mnister.training.export import as_float32
    from mnister.training.views import average_views

    network = as_float32(network, config, work.classes)
    return average_views(network) if config.test_time_augmentation else network


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


def _validate(predict: Predict, digits: Digits, workers: Workers) -> dict[str, float]:
    """Measure the network on the validation digits, each worker on its part."""
    if workers.count == 1:
        return measure(predict(digits.images), digits)
    part = digits[workers.index :: workers.count]
    mine = measure(predict(part.images), part) if len(part) else {}
    sums = [mine.get(name, 0.0) * len(part) for name in ("loss", "accuracy")]
    loss, accuracy = workers.total(np.array(sums)) / len(digits)
    return {"loss": float(loss), "accuracy": float(accuracy)}
