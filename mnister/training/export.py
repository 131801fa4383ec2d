"""A trained network becomes a version folder: SavedModel, LiteRT file, manifest."""

import datetime
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.data.datasets import DataSet
from mnister.models import store
from mnister.models.runtimes import LiteRTClassifier
from mnister.models.saved_model import SavedModelClassifier
from mnister.quiet import silenced_stderr
from mnister.run_files import PACKAGES, read_version
from mnister.training.model import IMAGE_SHAPE, build_network

log = logging.getLogger(__name__)

# Largest difference of a probability between network and export; float32 rounding is below it.
TOLERANCE = 1e-4


def export(network: Any, config: TrainConfig, data: DataSet, metrics: dict, predict: Callable):
    """Write a new version of the network and compare it with the network.

    Args:
        network: The trained network, from `as_float32`.
        config: The run's config.
        data: The data set it was trained on.
        metrics: What was measured, for the manifest.
        predict: The network as a function, from `make_predictor`.

    Returns:
        The `mnister.models.store.ExportedModel`.

    Raises:
        UserError: The version asked for exists.
    """
    samples = data.test.images[: config.export.verify_digits]
    with store.new_version(config.export.dir, config.export.name, config.model_version) as folder:
        log.info("Writing version %s of %s", folder.name, config.export.name)
        _write_saved_model(network, folder)
        _write_litert(folder)
        _compare(folder, samples, predict(samples))
        store.write_manifest(folder, _describe(config, data, metrics, folder.name))
    path = Path(config.export.dir) / config.export.name / folder.name
    return store.find_model(config.export.dir, path)


def as_float32(network: Any, config: TrainConfig, classes: int):
    """Return a copy of a network in float32 on one device; nobody can feed half precision.

    Args:
        network: The trained network.
        config: The run's config.
        classes: Number of classes.
    """
    import keras

    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("float32")
    try:
        copy = build_network(config.model.layers, classes, config.model.name)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    copy.set_weights(network.get_weights())
    return copy


def _write_saved_model(network: Any, folder: Path) -> None:
    """Write the SavedModel: uint8 images in, probabilities and class indices out.

    Its clients may send any shape: TensorFlow compares none with the signature. Some networks
    would answer a wrong one, others let a kernel end the process.
    """
    import keras
    import tensorflow as tf

    signature = tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8, name="image")

    def serve(image):
        image = tf.ensure_shape(image, signature.shape)  # before anything else sees it
        logits = network(tf.cast(image, tf.float32), training=False)
        probabilities = tf.nn.softmax(logits, name="probabilities")
        class_ids = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
        return {"probabilities": probabilities, "class_ids": class_ids}

    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint("serving_default", serve, input_signature=[signature])
    archive.write_out(str(folder), verbose=False)


def _write_litert(folder: Path) -> None:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(folder), signature_keys=["serving_default"]
    )
    with silenced_stderr():
        converted = converter.convert()
    (folder / "model.tflite").write_bytes(converted)


def _compare(folder: Path, images: np.ndarray, expected: np.ndarray) -> None:
    """Load both forms back and make sure that they give what the network gives."""
    loaded = {
        "SavedModel": SavedModelClassifier(folder),
        "LiteRT": LiteRTClassifier(folder / "model.tflite"),
    }
    for form, classifier in loaded.items():
        difference = float(np.abs(classifier.predict(images[..., None]) - expected).max())
        if not difference <= TOLERANCE:
            raise RuntimeError(
                f"The {form} just written differs from the network by {difference:.2g} on "
                f"{len(images)} test digits; {TOLERANCE:.0e} is allowed. Nothing was exported."
            )
        log.info("%s equals the network on %d digits to %.0e", form, len(images), difference)


def _describe(config: TrainConfig, data: DataSet, metrics: dict, version: str) -> dict:
    """Return the manifest's content, all but the list of files."""
    return {
        "name": config.export.name,
        "version": int(version),
        "exported_at": datetime.datetime.now(datetime.UTC).isoformat(),
        "image": {
            "shape": list(IMAGE_SHAPE),
            "dtype": "uint8",
            "polarity": "white on black",
            "box": [20, 20],
            "centring": "centre of mass",
        },
        "class_names": list(data.class_names),
        "digit_share": 1 - getattr(config.augmentation, "none_share", 0.0),
        "dataset_sha256": data.sha256,
        "metrics": metrics,
        "config": config.model_dump(),
        "versions": {package: read_version(package) for package in PACKAGES},
    }
