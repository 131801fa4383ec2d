"""The task of telling digits apart: 28×28 grey values → a probability a class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mnister import figures
from mnister.config.schema import TrainConfig
from mnister.data.datasets import SIDE, Digits
from mnister.models.runtimes import Classifier, LiteRTClassifier
from mnister.tasks.digit_batches import TrainingBatches, load_data, run_batches
from mnister.tasks.task import Form, Predict, Task, predictor_of

DIGITS_AT_ONCE = 1000
SHEET_DIGITS = 64


class DigitsTask(Task):
    """One digit an image, one class a digit; see `Task`.

    Args:
        config: A checked config.

    Attributes:
        data: The data set in its three parts.

    Raises:
        UserError: The data cannot be read.
    """

    name = "digits"
    tolerance = 1e-4  # of a probability
    quantized_tolerance = 0.15  # of a probability, where a digit may as well be another

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.data = load_data(config)
        self.class_names, self.sha256 = self.data.class_names, self.data.sha256
        parts = (self.data.train, self.data.validation, self.data.test)
        self.sizes = tuple(map(len, parts))
        self.form = self.exported_form = digit_form(len(self.class_names))

    def make_batches(self, total_steps: int) -> TrainingBatches:
        """Return shuffled and augmented digits, see `Task`."""
        return run_batches(self.config, self.data, total_steps)

    def prepare(self, network: Any) -> None:
        """Change nothing: layers begin as their list says."""

    def make_loss(self) -> Any:
        """Return the cross-entropy."""
        import keras

        return keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=self.config.label_smoothing
        )

    def make_metrics(self) -> list[Any]:
        """Return the share of digits whose class is the likeliest."""
        return ["accuracy"]

    def targets_shape(self) -> tuple[int, ...]:
        """Return one value a class."""
        return self.form.answer

    def make_predictor(self, network: Any) -> Predict:
        """Return a function from uint8 (N, 28, 28) to float32 (N, classes) probabilities."""
        import tensorflow as tf

        return predictor_of(network, DIGITS_AT_ONCE, tf.nn.softmax)

    def tally(self, predict: Predict, part: tuple[int, int] = (0, 1)) -> np.ndarray:
        """Return how many digits there are, their cross-entropies' sum and how many are right."""
        place, count = part
        digits = self.data.validation[place::count]
        if not len(digits):
            return np.zeros(3)
        measured = measure(predict(digits.images), digits)
        return len(digits) * np.array([1.0, measured["loss"], measured["accuracy"]])

    def summarize(self, tally: np.ndarray) -> dict[str, float]:
        """Return mean `loss` and `accuracy`."""
        count, loss, right = map(float, tally)
        return {"loss": loss / count, "accuracy": round(right) / count}

    def test(self, predict: Predict, validation: Mapping[str, float]) -> tuple[dict, np.ndarray]:
        """Measure on the test digits; the answers are their probabilities."""
        test = self.data.test
        probabilities = predict(test.images)
        measured = measure(probabilities, test)
        return {
            "test_accuracy": measured["accuracy"],
            "test_loss": measured["loss"],
            "validation_accuracy": validation["accuracy"],
            "validation_loss": validation["loss"],
        }, probabilities

    def draw(
        self, answers: np.ndarray, batches: TrainingBatches, folder: Path
    ) -> dict[str, np.ndarray]:
        """Write the confusion matrix and the wrong digits."""
        names, test, predictions = self.class_names, self.data.test, answers.argmax(axis=1)
        matrix = figures.confusion_matrix(test.labels, predictions, len(names))
        written = {name: folder / f"{name}.png" for name in ("confusion_matrix", "wrong_digits")}
        figures.write_confusion_matrix(matrix, names, written["confusion_matrix"])
        figures.write_wrong_digits(
            test.images, test.labels, predictions, answers, names, written["wrong_digits"]
        )
        shown = {"training digits": _sheet(batches.batch(0)[0][:SHEET_DIGITS])}
        for name, path in written.items():
            if path.is_file():  # no digit may be wrong
                picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
                shown[name.replace("_", " ")] = picture[..., ::-1]
        return shown

    def finish(self, network: Any) -> Any:
        """Return the network, if asked for with the mean over views of a digit."""
        from mnister.tasks.views import average_views

        return average_views(network) if self.config.test_time_augmentation else network

    def make_signature(self, network: Any) -> tuple[Any, Any]:
        """Return grey values in, probabilities and class indices out."""
        import tensorflow as tf

        def serve(image):
            logits = network(tf.cast(image, tf.float32), training=False)
            probabilities = tf.nn.softmax(logits, name="probabilities")
            class_ids = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
            return {"probabilities": probabilities, "class_ids": class_ids}

        return serve, tf.TensorSpec((None, *self.form.image), tf.uint8, name="image")

    def load_exported(self, folder: Path) -> dict[str, Predict]:
        """Return the SavedModel and the LiteRT file as the reader runs them."""
        from mnister.models.saved_model import SavedModelClassifier

        loaded: dict[str, Classifier] = {
            "SavedModel": SavedModelClassifier(folder),
            "LiteRT": LiteRTClassifier(folder / "model.tflite"),
        }
        return {form: _predictor_of(classifier) for form, classifier in loaded.items()}

    def samples(self, count: int) -> list[np.ndarray]:
        """Return the first test digits."""
        return [self.data.test.images[:count]]

    def describe(self, metrics: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return how a digit must look."""
        image = {
            "shape": list(self.form.image),
            "dtype": "uint8",
            "polarity": "white on black",
            "box": [20, 20],
            "centring": "centre of mass",
        }
        return {"image": image}


def digit_form(classes: int) -> Form:
    """Return what a network takes and gives that tells so many classes apart."""
    return Form((SIDE, SIDE, 1), (classes,), "one logit a class", "- Dense: {units: classes}")


def measure(probabilities: np.ndarray, digits: Digits) -> dict[str, float]:
    """Return mean cross-entropy (`loss`, nats) and `accuracy` of predictions.

    Args:
        probabilities: float32 (N, classes).
        digits: The N digits they are for.
    """
    of_truth = probabilities[np.arange(len(digits)), digits.labels]
    return {
        "loss": float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        "accuracy": float((probabilities.argmax(axis=1) == digits.labels).mean()),
    }


def _predictor_of(classifier: Classifier) -> Predict:
    return lambda images: classifier.predict(images[..., None])


def _sheet(images: np.ndarray) -> np.ndarray:
    """Return images (N, H, W, 1) side by side in rows of eight, as one (·, ·, 1)."""
    rows = [images[i : i + 8] for i in range(0, len(images) - len(images) % 8, 8)] or [images]
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
