"""One training run, from config to exported version, as numbered steps."""

import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnister import figures, model_store, run_files
from mnister.config.schema import TrainConfig
from mnister.datasets import DataSet
from mnister.errors import UserError
from mnister.training import report, tensorboard
from mnister.training.checkpoints import History
from mnister.training.data import TrainingBatches, load_data, make_augment

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Result:
    """What a run ends with: the exported version and the flat metrics."""

    exported: model_store.ExportedModel
    metrics: dict[str, Any]


def run(config: TrainConfig, run_folder: Path) -> Result | None:
    """Train, evaluate and export as the config says.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Returns:
        The exported version and the metrics; None after a dry run.

    Raises:
        UserError: Anything the user can mend: files, devices, layers, a diverging loss.
    """
    with _alone_in(run_folder):
        return _run(config, run_folder)


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


def _run(config: TrainConfig, run_folder: Path) -> Result | None:
    log.info("1. Read the data")
    model_store.check_number_is_free(config.export.dir, config.export.name, config.model_version)
    data = load_data(config)
    log.info("   %s: %d to train on, %d to validate, %d to test; %d classes",
             config.data.kind, len(data.train), len(data.validation), len(data.test),
             len(data.class_names))  # fmt: skip
    batches = TrainingBatches(
        data.train,
        len(data.class_names),
        config.batch_size,
        config.seed,
        make_augment(config.augmentation),
    )
    total_steps = config.steps or max(1, round(config.epochs * batches.steps_per_epoch))

    _refuse_if_finished(run_folder, total_steps)

    log.info("2. Build the network")
    network, strategy = _build(config, len(data.class_names), total_steps)

    if config.dry_run:
        from mnister.training.summary import print_summary

        print_summary(network, strategy, config.batch_size)
        return None

    log.info("3. Train for %d steps of %d digits", total_steps, config.batch_size)
    history, predict = _fit(config, run_folder, network, strategy, batches, total_steps, data)

    log.info("4. Evaluate on the test digits")
    metrics = _measure(config, network, history, predict, data, total_steps)
    log.info("   test accuracy %.2f %%, validation accuracy %.2f %%",
             100 * metrics["test_accuracy"], 100 * metrics["validation_accuracy"])  # fmt: skip

    log.info("5. Export")
    from mnister.training.export import export

    exported = export(network, config, data, metrics, predict)
    metrics |= {"model_name": exported.name, "model_version": exported.version}
    _write_reports(config, run_folder, data, batches, history, metrics, predict)
    log.info("   model %s/%d: %s\n   run: %s", exported.name, exported.version, exported.path,
             run_folder)  # fmt: skip
    return Result(exported, metrics)


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


def _build(config: TrainConfig, classes: int, total_steps: int):
    """Return the compiled network and the strategy it was made under."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    import keras

    from mnister.training.devices import choose_strategy
    from mnister.training.model import build_network
    from mnister.training.optimizer import make_optimizer

    keras.utils.clear_session()
    strategy = choose_strategy(config.device, config.batch_size)
    keras.utils.set_random_seed(config.seed)
    with strategy.scope():
        network = build_network(config.model.layers, classes, config.model.name)
        network.compile(
            make_optimizer(config.optimizer, config.schedule, total_steps),
            keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=config.label_smoothing
            ),
            metrics=["accuracy"],
            jit_compile=False,
        )
        network.optimizer.build(network.trainable_variables)
        # The metrics' variables too are made here: inside a step several replicas cannot.
        nothing = keras.ops.zeros((1, classes))
        network.compute_metrics(None, nothing, nothing)
        network.reset_metrics()
    log.info("   %s: %d layers, %s parameters, %s on %d × %s", config.model.name,
             len(network.layers), f"{network.count_params():,}", config.device.precision,
             strategy.num_replicas_in_sync, type(strategy).__name__)  # fmt: skip
    return network, strategy


def _fit(
    config: TrainConfig, run_folder: Path, network: Any, strategy: Any,
    batches: TrainingBatches, total_steps: int, data: DataSet,
):  # fmt: skip
    """Train the network; return the history and the trained network as a function."""
    from mnister.training.callbacks import make_callbacks
    from mnister.training.checkpoints import Checkpoints
    from mnister.training.fit import Fit, make_predictor, measure
    from mnister.training.progress import ProgressBar

    predict = make_predictor(network)
    callbacks = make_callbacks(config.callbacks)
    scalars = tensorboard.Scalars(run_folder / "tensorboard")
    tensorboard.write_graph(run_folder / "tensorboard", network)

    def record(history: History) -> None:
        report.write_history_csv(history.rows, run_folder / "metrics.csv")
        scalars.write(history.rows)

    history = Fit(
        network,
        strategy,
        batches,
        total_steps,
        validate=lambda: measure(predict(data.validation.images), data.validation),
        callbacks=[ProgressBar(config.progress), *callbacks],
        checkpoints=Checkpoints(
            run_folder / "checkpoints", network, callbacks, **config.checkpoint.model_dump()
        ),
        record=record,
    ).run()
    return history, predict


def _measure(
    config: TrainConfig, network: Any, history: Any, predict: Any, data: DataSet, steps: int
) -> dict[str, Any]:
    """Return the run's flat metrics; the test digits are looked at here and only here."""
    from mnister.training.fit import measure

    test = measure(predict(data.test.images), data.test)
    last = history.rows[-1]
    return {
        "test_accuracy": test["accuracy"],
        "test_loss": test["loss"],
        "validation_accuracy": last["validation_accuracy"],
        "validation_loss": last["validation_loss"],
        "train_accuracy": last["accuracy"],
        "train_loss": last["loss"],
        "train_seconds": round(history.train_seconds, 3),
        "images_per_second": round(steps * config.batch_size / history.train_seconds, 1),
        "steps": steps,
        "epochs": round(steps * config.batch_size / len(data.train), 4),
        "batch_size": config.batch_size,
        "parameters": network.count_params(),
        "seed": config.seed,
    }


def _write_reports(
    config: TrainConfig, run_folder: Path, data: DataSet, batches: TrainingBatches,
    history: Any, metrics: dict[str, Any], predict: Any,
) -> None:  # fmt: skip
    """Write what a run leaves beside the exported version."""
    probabilities = predict(data.test.images)
    predictions = probabilities.argmax(axis=1)
    matrix = figures.confusion_matrix(data.test.labels, predictions, len(data.class_names))
    confusion_png = run_folder / "confusion_matrix.png"
    wrong_png = run_folder / "wrong_digits.png"
    figures.write_curves(history.rows, run_folder / "curves.png")
    figures.write_confusion_matrix(matrix, data.class_names, confusion_png)
    figures.write_wrong_digits(
        data.test.images, data.test.labels, predictions, probabilities, data.class_names, wrong_png
    )
    run_files.write_environment(run_folder / "environment.json")
    folder = run_folder / "tensorboard"
    tensorboard.write_images(folder, batches.batch(0)[0], confusion_png, wrong_png)
    tensorboard.write_hyper_parameters(folder, config.model_dump(), metrics)
    report.write_metrics_json(metrics, run_folder / "metrics.json")
