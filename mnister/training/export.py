"""A trained network becomes a version folder: SavedModel, LiteRT file, manifest."""

import datetime
import logging
from pathlib import Path
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.models import store
from mnister.quiet import silenced_stderr
from mnister.run_files import PACKAGES, read_version
from mnister.tasks.task import Predict, Task
from mnister.training.model import build_network

log = logging.getLogger(__name__)


def export(network: Any, config: TrainConfig, task: Task, metrics: dict, predict: Predict):
    """Write a new version of the network and compare it with the network.

    Args:
        network: The trained network, from `as_float32`.
        config: The run's config.
        task: What it has learned.
        metrics: What was measured, for the manifest.
        predict: The network as a function, from the task's `make_predictor`.

    Returns:
        The `mnister.models.store.ExportedModel`.

    Raises:
        UserError: The version asked for exists.
    """
    with store.new_version(config.export.dir, config.export.name, config.model_version) as folder:
        log.info("Writing version %s of %s", folder.name, config.export.name)
        _write_saved_model(network, task, folder)
        _write_litert(folder, is_quantized=config.export.quantize)
        _compare(folder, config, task, predict)
        store.write_manifest(folder, _describe(config, task, metrics, folder.name))
    path = Path(config.export.dir) / config.export.name / folder.name
    return store.find_model(config.export.dir, path, task.name)


def as_float32(network: Any, config: TrainConfig, task: Task):
    """Return a copy of a network in float32 on one device; nobody can feed half precision.

    Args:
        network: The trained network.
        config: The run's config.
        task: What it has learned.
    """
    import keras

    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("float32")
    try:
        copy = build_network(config.model.layers, task.exported_form, config.model.name)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    copy.set_weights(network.get_weights())
    return copy


def _write_saved_model(network: Any, task: Task, folder: Path) -> None:
    """Write the folder that TensorFlow Serving expects, with the task's one signature.

    Its clients may send any shape: TensorFlow compares none with the signature. Some networks
    would answer a wrong one, others let a kernel end the process.
    """
    import keras
    import tensorflow as tf

    serve, taken = task.make_signature(network)

    def serve_checked(image):
        return serve(tf.ensure_shape(image, taken.shape))  # before anything else sees it

    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint("serving_default", serve_checked, input_signature=[taken])
    archive.write_out(str(folder), verbose=False)


def _write_litert(folder: Path, *, is_quantized: bool) -> None:
    """Convert the SavedModel; with 8-bit weights, activations are quantized as they come."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(folder), signature_keys=["serving_default"]
    )
    if is_quantized:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with silenced_stderr():
        converted = converter.convert()
    (folder / "model.tflite").write_bytes(converted)


def _compare(folder: Path, config: TrainConfig, task: Task, predict: Predict) -> None:
    """Load both forms back and make sure that they give what the network gives."""
    samples = task.samples(config.export.verify_digits)
    expected, count = [predict(images) for images in samples], sum(map(len, samples))
    for form, run in task.load_exported(folder).items():
        is_rough = config.export.quantize and form == "LiteRT"
        allowed = task.quantized_tolerance if is_rough else task.tolerance
        answers = zip(map(run, samples), expected, strict=True)
        if is_rough:
            answers = (map(task.compared, pair) for pair in answers)
        difference = max(float(np.abs(given - wanted).max()) for given, wanted in answers)
        if not difference <= allowed:
            raise RuntimeError(
                f"The {form} just written differs from the network by {difference:.2g} on "
                f"{count} test {task.name}; {allowed:.0e} is allowed. Nothing was exported."
            )
        log.info("%s equals the network on %d %s to %.0e", form, count, task.name, difference)


def _describe(config: TrainConfig, task: Task, metrics: dict, version: str) -> dict:
    """Return the manifest's content, all but the list of files."""
    return {
        "name": config.export.name,
        "version": int(version),
        "exported_at": datetime.datetime.now(datetime.UTC).isoformat(),
        "task": task.name,
        **task.describe(metrics),
        "class_names": list(task.class_names),
        "dataset_sha256": task.sha256,
        "metrics": metrics,
        "config": config.model_dump(),
        "versions": {package: read_version(package) for package in PACKAGES},
    }
