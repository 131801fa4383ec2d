"""The networks that a reader can use: anything that turns 28 × 28 pictures into probabilities."""

import threading
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from mnister.errors import UserError, reason_of
from mnister.quiet import silenced_stderr

BATCH_SIZE = 256
_SURE = 0.95  # a picture whose likeliest class is less probable is looked at again
_SIZES = (0.92, 1.08)  # smaller and larger, each counts for half of the picture as it is


class Classifier(Protocol):
    """What a reader asks of a network."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Classify pictures.

        Args:
            images: uint8 (N, 28, 28, 1), white on black; N may be 0.

        Returns:
            float32 (N, classes), each row summing to 1.
        """
        ...


class LiteRTClassifier:
    """Runs a converted network (`model.tflite`) without TensorFlow.

    Args:
        path: The converted file.
        batch_size: Pictures at a time; a picture's result does not depend on it.
        threads: CPU threads for one batch.

    Raises:
        UserError: When the file is missing or is no converted network with the signature
            `serving_default` from `image` to `probabilities`.
    """

    def __init__(
        self, path: str | Path, *, batch_size: int = BATCH_SIZE, threads: int = 1
    ) -> None:
        self.path = Path(path)
        self.batch_size = batch_size
        self.threads = threads
        self._of_thread = threading.local()  # an interpreter is not safe to share
        self._runner()

    is_portable = True  # can be sent to another process

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_of_thread"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _of_thread=threading.local())

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Classify pictures, see `Classifier.predict`. Safe to call from several threads."""
        run = self._runner()
        parts = [
            np.array(run(image=batch)["probabilities"])
            for batch in batches(images, self.batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self._classes()), np.float32)

    def _runner(self) -> Any:
        """Return this thread's interpreter, as a function; it is loaded at the first call."""
        if not hasattr(self._of_thread, "run"):
            with silenced_stderr():
                self._of_thread.run = self._load()
        return self._of_thread.run

    def _load(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        try:
            interpreter = Interpreter(model_path=str(self.path), num_threads=self.threads)
            interpreter.allocate_tensors()  # here, or its notice comes at the first batch
            return interpreter.get_signature_runner("serving_default")
        except (ValueError, OSError, RuntimeError) as error:
            raise UserError(
                f"{self.path} cannot be run with LiteRT",
                expected="a .tflite file as train.py writes it: signature serving_default",
                received=reason_of(error),
                instead="export the model again, or read with runtime=saved_model",
            ) from None

    def _classes(self) -> int:
        return int(self._runner().get_output_details()["probabilities"]["shape"][-1])


def batches(images: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut pictures into batches; the last may be smaller.

    Args:
        images: (N, …).
        size: At least 1.
    """
    return [images[start : start + size] for start in range(0, len(images), size)]


def predict_in_sizes(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """Classify pictures; where the network is not sure, a little smaller and larger, too.

    What it says of three sizes is averaged. Source: K. Simonyan, A. Zisserman, "Very deep
    convolutional networks for large-scale image recognition", ICLR (2015), section 4.2.

    Args:
        classifier: The network.
        images: uint8 (N, 28, 28, 1), white on black.

    Returns:
        float32 (N, classes), each row summing to 1.
    """
    probabilities = classifier.predict(images)
    unsure = np.flatnonzero(probabilities.max(axis=1, initial=0) < _SURE)
    if len(unsure):
        total = 2 * probabilities[unsure]
        for size in _SIZES:
            total += classifier.predict(_resized(images[unsure], size))
        probabilities[unsure] = total / (2 + len(_SIZES))
    return probabilities


def with_class_share(
    probabilities: np.ndarray, number: int, trained: float, met: float
) -> np.ndarray:
    """Return what a network would say that had met one class more often, or less.

    Source: M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a classifier to new
    a priori probabilities", Neural Computation 14 (2002), equation 2.4.

    Args:
        probabilities: float32 (N, classes), each row summing to 1.
        number: The class.
        trained: Part of the training pictures that were of this class, above 0, below 1.
        met: Part of the pictures at hand that is.

    Returns:
        float32 (N, classes), each row summing to 1.
    """
    weights = np.full(probabilities.shape[1], (1 - met) / (1 - trained), np.float32)
    weights[number] = met / trained
    weighted = probabilities * weights
    return weighted / weighted.sum(axis=1, keepdims=True)


def _resized(images: np.ndarray, size: float) -> np.ndarray:
    """Shrink or enlarge what is on pictures around their middle: (N, 28, 28, 1)."""
    height, width = images.shape[1:3]
    change = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, size)
    return np.stack([cv2.warpAffine(i, change, (width, height)) for i in images])[..., None]
