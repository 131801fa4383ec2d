"""What a trained network is worth; the test digits are looked at here and only here."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.data.datasets import rightly_told_apart
from mnister.training.build import Built
from mnister.training.fit import measure
from mnister.training.learn import Learned
from mnister.training.work import Work

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Measured:
    """What a run measured.

    Attributes:
        metrics: Flat, by name.
        probabilities: float32 (N, classes), of the test digits.
    """

    metrics: dict[str, Any]
    probabilities: np.ndarray


def evaluate(config: TrainConfig, work: Work, built: Built, learned: Learned) -> Measured:
    """Measure the network on the test and the validation digits.

    Args:
        config: A checked config.
        work: What the network has learned.
        built: What it was trained as.
        learned: The trained network.
    """
    data, history = work.data, learned.history
    probabilities = learned.predict(data.test.images)
    test, last = measure(probabilities, data.test), history.rows[-1]
    # Measured again: a callback may have brought back the weights of an earlier epoch.
    validation = measure(learned.predict(data.validation.images), data.validation)
    told_apart = rightly_told_apart(probabilities, data.test, data.class_names)
    images = history.step * config.batch_size
    log.info("   test accuracy %.2f %%, validation accuracy %.2f %%",
             100 * test["accuracy"], 100 * validation["accuracy"])  # fmt: skip
    metrics = {
        "test_accuracy": test["accuracy"],
        **({} if told_apart is None else {"test_accuracy_without_none": told_apart}),
        "test_loss": test["loss"],
        "validation_accuracy": validation["accuracy"],
        "validation_loss": validation["loss"],
        "train_accuracy": last["accuracy"],
        "train_loss": last["loss"],
        "train_seconds": round(history.train_seconds, 3),
        "images_per_second": round(images / history.train_seconds, 1),
        "steps": history.step,
        "epochs": round(images / len(data.train), 4),
        "batch_size": config.batch_size,
        "precision": built.precision,
        "parameters": learned.network.count_params(),
        "seed": config.seed,
    }
    return Measured(metrics, probabilities)
