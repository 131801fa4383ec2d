"""One training run, from config to exported version, as numbered steps."""

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnister import figures, model_store, run_files
from mnister.config.schema import TrainConfig
from mnister.datasets import rightly_told_apart
from mnister.errors import UserError
from mnister.training import report, tensorboard
from mnister.training.checkpoints import History
from mnister.training.data import load_data, run_batches
from mnister.training.worker import tell

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Result:
    """What a run ends with: the exported version and the flat metrics."""

    exported: model_store.ExportedModel
    metrics: dict[str, Any]


def run(config: TrainConfig, run_folder: Path) -> Result | None:
    """Train, evaluate and export as the config says, in this process or in several.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Returns:
        The exported version and the metrics; None after a dry run, and of a worker that is not
        the chief.

    Raises:
        UserError: Anything the user can mend: files, a full disk, devices, layers, divergence.
    """
    with explained_write_errors(config, run_folder), _alone_in(run_folder):
        if config.device.kind != "multi_worker":
            return run_steps(config, run_folder)
        from mnister.training.supervisor import supervise

        metrics = supervise(config, run_folder)
        if metrics is None:
            return None
        written = f"{metrics['model_name']}/{metrics['model_version']}"
        return Result(model_store.find_model(config.export.dir, written), metrics)


def run_steps(config: TrainConfig, run_folder: Path) -> Result | None:
    """Do the steps of a run in this process; see `run`. Of several workers the chief evaluates."""
    job = _make_run(config, run_folder)
    log.info("1. Read the data")
    job.read_data()
    log.info("2. Build the network")
    job.build()
    if config.dry_run:
        job.print_summary()
        return None
    whom = f" each of {config.members} networks" if config.members > 1 else ""
    log.info("3. Train%s for %d steps of %d digits", whom, job.total_steps, config.batch_size)
    job.fit()
    tell(trained=True)
    if not job.workers.is_chief:
        return None
    log.info("4. Evaluate on the test digits")
    job.evaluate()
    job.write_figures()
    log.info("5. Export")
    job.export()
    job.write_metrics()
    log.info("   run: %s", run_folder)
    return Result(job.exported, job.metrics)


def _make_run(config: TrainConfig, run_folder: Path) -> "Run":
    from mnister.training.ensemble import EnsembleRun

    return (EnsembleRun if config.members > 1 else Run)(config, run_folder)


@contextlib.contextmanager
def explained_write_errors(config: TrainConfig, run_folder: Path) -> Iterator[None]:
    """Say of a full disk, and of all that keeps files from being written, what is kept."""
    try:
        yield
    except Exception as error:
        reason = run_files.why_not_written(error)
        if reason is None:
            raise
        saved = run_folder.rglob("checkpoints/step-*.npz")
        kept = max(saved, key=lambda path: path.stat().st_mtime, default=None)
        command = f"python train.py resume={run_folder}" if kept else "the same command again"
        raise UserError(
            f"A file of the run could not be written: {reason}",
            expected=f"room and permission to write in {run_folder} and {config.export.dir}",
            received=f"last good checkpoint: {kept or 'none yet'}",
            instead=f"make room, then: {command}",
        ) from error


@contextlib.contextmanager
def _alone_in(run_folder: Path) -> Iterator[None]:
    """Refuse to work in a folder in which another process is training."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(run_folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise UserError(
            f"Another process is training in {run_folder}",
            instead="wait for it, or stop it first",
        ) from None


class Run:
    """The state that the steps of a run hand on: data, network, history, metrics."""

    def __init__(self, config: TrainConfig, run_folder: Path) -> None:
        self.config, self.folder = config, run_folder

    def read_data(self) -> None:
        """Read the data set; find out how many steps there are to do."""
        config, export = self.config, self.config.export
        model_store.check_can_write(export.dir)
        model_store.check_number_is_free(export.dir, export.name, config.model_version)
        self.data = data = load_data(config)
        log.info("   %s: %d to train on, %d to validate, %d to test; %d classes",
                 config.data.kind, len(data.train), len(data.validation), len(data.test),
                 len(data.class_names))  # fmt: skip
        per_epoch = len(data.train) // config.batch_size
        self.total_steps = config.steps or max(1, round(config.epochs * per_epoch))
        self.batches = run_batches(config, data, self.total_steps)
        _refuse_if_finished(self.folder, self.total_steps * config.members)

    def build(self) -> None:
        """Build and compile the network under its strategy; TensorFlow starts here."""
        from mnister.quiet import import_tensorflow

        import_tensorflow(keras=True)
        import keras

        from mnister.training.devices import choose_strategy
        from mnister.training.fit import make_predictor
        from mnister.training.precision import choose_precision
        from mnister.training.summary import name_strategy
        from mnister.training.workers import Workers, check_same_config

        config = self.config
        self.strategy = choose_strategy(config.device, config.batch_size)
        self.workers = Workers(self.strategy)
        check_same_config(config, self.workers)
        tell(run=self.workers.from_chief(str(self.folder).encode()).decode())
        self.precision = choose_precision(
            config, self._compiled_network, self.strategy, self.folder
        )
        keras.utils.clear_session()
        keras.mixed_precision.set_dtype_policy(self.precision)
        keras.utils.set_random_seed(config.seed)
        with self.strategy.scope():
            self.network = network = self._compiled_network()
        self.predict = make_predictor(network)
        log.info("   %s: %d layers, %s parameters, %s on %d × %s", network.name,
                 len(network.layers), f"{network.count_params():,}", self.precision,
                 self.strategy.num_replicas_in_sync, name_strategy(self.strategy))  # fmt: skip

    def _compiled_network(self) -> Any:
        """Return the network with every variable made that a checkpoint holds."""
        import keras

        from mnister.training.gradients import watch_gradient_norm
        from mnister.training.model import build_network, with_dropout
        from mnister.training.optimizer import make_optimizer
        from mnister.training.replicas import draw_apart

        config, classes = self.config, len(self.data.class_names)
        layers = with_dropout(config.model.layers, config.dropout)
        network = build_network(layers, classes, config.model.name)
        draw_apart(network)
        optimizer = make_optimizer(config.optimizer, config.schedule, self.total_steps)
        if config.tensorboard.gradient_norm:
            watch_gradient_norm(network, optimizer)
        network.compile(
            optimizer,
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=config.label_smoothing
            ),
            metrics=["accuracy"],
            jit_compile=getattr(config.device, "xla", False),
        )
        network.optimizer.build(network.trainable_variables)
        # The metrics' variables too are made here: inside a step several replicas cannot.
        nothing = keras.ops.zeros((1, classes))
        network.compute_metrics(None, nothing, nothing)
        network.reset_metrics()
        return network

    def print_summary(self) -> None:
        """Print the network's layers and how a batch is spread over the devices."""
        from mnister.training.summary import print_summary

        if self.workers.is_chief:
            print_summary(self.network, self.strategy, self.config.batch_size)

    def fit(self) -> None:
        """Train the network, from the run's last checkpoint on if there is one."""
        from mnister.training.callbacks import make_callbacks
        from mnister.training.checkpoints import Checkpoints
        from mnister.training.export import as_float32
        from mnister.training.fit import Fit

        callbacks = make_callbacks(self.config.callbacks)
        watchers, record = self._make_recorders() if self.workers.is_chief else ([], _ignore)
        saving = self.config.checkpoint.model_dump()
        self.history = Fit(
            self.network,
            self.strategy,
            self.batches,
            self.total_steps,
            validate=self._validate,
            callbacks=[*watchers, *callbacks],
            checkpoints=Checkpoints(
                self.folder / "checkpoints", self.network, callbacks, self.workers, **saving
            ),
            record=record,
        ).run()
        if self.history.step < self.total_steps:
            log.info("   stopped early, after %d of %d steps", self.history.step, self.total_steps)
        self.take([as_float32(self.network, self.config, len(self.data.class_names))])

    def take(self, networks: list[Any]) -> None:
        """Go on with the mean of what was trained: this is measured, and this is exported.

        Args:
            networks: Keras networks in float32.
        """
        from mnister.training.averaging import MOVED, PLAIN, average
        from mnister.training.fit import make_predictor

        moves = MOVED if self.config.test_time_augmentation else PLAIN
        is_one = len(networks) * len(moves) == 1
        self.network = networks[0] if is_one else average(networks, self.config.model.name, moves)
        self.predict = make_predictor(self.network)

    def _make_recorders(self) -> tuple[list[Any], Callable[[History], None]]:
        """Return the callbacks that show the training, and what writes its history."""
        from mnister.training.callbacks import make_watchers

        board = self.folder / "tensorboard"
        scalars = tensorboard.Scalars(board)
        tensorboard.write_graph(board, self.network)

        def record(history: History) -> None:
            report.write_history_csv(history.rows, self.folder / "metrics.csv")
            scalars.write(history.rows)

        return make_watchers(self.config, self.folder, self.batches), record

    def _validate(self) -> dict[str, float]:
        """Measure the network on the validation digits, each worker on its part."""
        from mnister.training.fit import measure

        workers, digits = self.workers, self.data.validation
        if workers.count == 1:
            return measure(self.predict(digits.images), digits)
        part = digits[workers.index :: workers.count]
        mine = measure(self.predict(part.images), part) if len(part) else {}
        sums = [mine.get(name, 0.0) * len(part) for name in ("loss", "accuracy")]
        loss, accuracy = workers.total(np.array(sums)) / len(digits)
        return {"loss": float(loss), "accuracy": float(accuracy)}

    def evaluate(self) -> None:
        """Measure the run; the test digits are looked at here and only here."""
        from mnister.training.fit import measure

        history, config = self.history, self.config
        self.probabilities = self.predict(self.data.test.images)
        test, last = measure(self.probabilities, self.data.test), history.rows[-1]
        # Measured again: a callback may have brought back the weights of an earlier epoch.
        held_out = self.data.validation
        validation = measure(self.predict(held_out.images), held_out)
        images = history.step * config.batch_size
        self.metrics = {
            "test_accuracy": test["accuracy"],
            **self._told_apart(),
            "test_loss": test["loss"],
            "validation_accuracy": validation["accuracy"],
            "validation_loss": validation["loss"],
            "train_accuracy": last["accuracy"],
            "train_loss": last["loss"],
            "train_seconds": round(history.train_seconds, 3),
            "images_per_second": round(images / history.train_seconds, 1),
            "steps": history.step,
            "epochs": round(images / len(self.data.train), 4),
            "batch_size": config.batch_size,
            "precision": self.precision,
            "parameters": self.network.count_params(),
            "seed": config.seed,
        }
        log.info("   test accuracy %.2f %%, validation accuracy %.2f %%",
                 100 * test["accuracy"], 100 * validation["accuracy"])  # fmt: skip

    def _told_apart(self) -> dict[str, float]:
        """Return the test accuracy with "none" left out, if the network knows that class."""
        data = self.data
        accuracy = rightly_told_apart(self.probabilities, data.test, data.class_names)
        return {} if accuracy is None else {"test_accuracy_without_none": accuracy}

    def export(self) -> None:
        """Write a new version of the model."""
        from mnister.training.export import export

        self.exported = exported = export(
            self.network, self.config, self.data, self.metrics, self.predict
        )
        self.metrics |= {"model_name": exported.name, "model_version": exported.version}
        log.info("   model %s/%d: %s", exported.name, exported.version, exported.path)

    def write_figures(self) -> None:
        """Write curves, confusion matrix and wrong digits, and what the run ran on."""
        data, folder, names = self.data, self.folder, self.data.class_names
        predictions = self.probabilities.argmax(axis=1)
        matrix = figures.confusion_matrix(data.test.labels, predictions, len(names))
        confusion_png, wrong_png = folder / "confusion_matrix.png", folder / "wrong_digits.png"
        figures.write_curves(self.history.rows, folder / "curves.png")
        figures.write_confusion_matrix(matrix, names, confusion_png)
        test, probabilities = data.test, self.probabilities
        figures.write_wrong_digits(
            test.images, test.labels, predictions, probabilities, names, wrong_png
        )
        run_files.write_environment(folder / "environment.json")
        board, first_images = folder / "tensorboard", self.batches.batch(0)[0]
        tensorboard.write_images(board, first_images, confusion_png, wrong_png)

    def write_metrics(self) -> None:
        """Write the metrics; their file says that the run is finished."""
        board, config = self.folder / "tensorboard", self.config.model_dump()
        tensorboard.write_hyper_parameters(board, config, self.metrics)
        report.write_metrics_json(self.metrics, self.folder / "metrics.json")


def _ignore(_history: History) -> None:
    """Record nothing."""


def _refuse_if_finished(run_folder: Path, total_steps: int) -> None:
    """Say so if the run to go on with has nothing left to do."""
    path = run_folder / "metrics.json"
    steps = json.loads(path.read_text(encoding="utf-8"))["steps"] if path.is_file() else 0
    if steps >= total_steps:
        raise UserError(
            f"The run in {run_folder} is finished",
            expected=f"more than the {steps} steps it has done",
            received=f"{total_steps} steps",
            instead="a larger epochs= or steps= to extend it",
        )
