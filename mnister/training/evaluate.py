"""What a trained network is worth; the test images are looked at here and only here."""

import logging
from dataclasses import dataclass
from typing import Any

from mnister.config.schema import TrainConfig
from mnister.training.build import Built
from mnister.training.learn import Learned
from mnister.training.work import Work

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Measured:
    """What a run measured.

    Attributes:
        metrics: Flat, by name.
        answers: To the test images, as the task gives and draws them.
    """

    metrics: dict[str, Any]
    answers: Any


def evaluate(config: TrainConfig, work: Work, built: Built, learned: Learned) -> Measured:
    """Measure the network on the test and the validation images.

    Args:
        config: A checked config.
        work: What the network has learned.
        built: What it was trained as.
        learned: The trained network.
    """
    task, history = work.task, learned.history
    # Measured again: a callback may have brought back the weights of an earlier epoch.
    validation = task.summarize(task.tally(learned.predict))
    judged, answers = task.test(learned.predict, validation)
    last, images = history.rows[-1], history.step * config.batch_size
    log.info("   test accuracy %.2f %%, validation accuracy %.2f %%",
             100 * judged["test_accuracy"], 100 * judged["validation_accuracy"])  # fmt: skip
    metrics = judged | {
        "train_accuracy": last["accuracy"],
        "train_loss": last["loss"],
        "train_seconds": round(history.train_seconds, 3),
        "images_per_second": round(images / history.train_seconds, 1),
        "steps": history.step,
        "epochs": round(images / task.sizes[0], 4),
        "batch_size": config.batch_size,
        "precision": built.precision,
        "parameters": learned.network.count_params(),
        "seed": config.seed,
    }
    return Measured(metrics, answers)
