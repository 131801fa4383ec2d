"""The runtimes of an exported network: pictures in, probabilities or a page's answer out."""

import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mnister.errors import UserError, reason_of
from mnister.quiet import silenced_stderr

BATCH_SIZE = 256


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


class PageNetwork(Protocol):
    """What finds digits on pages."""

    def answer(self, images: np.ndarray) -> np.ndarray:
        """Return what the network says of pages.

        Args:
            images: uint8 (N, H, W), grey, of any size; H and W multiples of 16.

        Returns:
            float32 (N, H / 4, W / 4, 15), see `mnister.detecting.heads`.
        """
        ...


class LiteRTNetwork:
    """Holds a converted network (`model.tflite`), which runs without TensorFlow.

    Args:
        path: The converted file.
        batch_size: Pictures at a time; a picture's result does not depend on it.
        threads: CPU threads for one batch.

    Raises:
        UserError: When the file is missing or is no converted network with the signature
            `serving_default`.
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
                expected="a .tflite file as training writes it: signature serving_default",
                received=reason_of(error),
                instead="export the model again, or read with runtime=saved_model",
            ) from None


class LiteRTClassifier(LiteRTNetwork):
    """Runs a converted network that tells digits apart; arguments as those of `LiteRTNetwork`."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Classify pictures, see `Classifier.predict`. Safe to call from several threads."""
        run = self._runner()
        parts = [
            np.array(run(image=batch)["probabilities"])
            for batch in batches(images, self.batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self._classes()), np.float32)

    def _classes(self) -> int:
        return int(self._runner().get_output_details()["probabilities"]["shape"][-1])


class LiteRTPageNetwork(LiteRTNetwork):
    """Runs a converted page network; arguments as those of `LiteRTNetwork`."""

    def answer(self, images: np.ndarray) -> np.ndarray:
        """Return what the network says, see `PageNetwork.answer`. Safe in several threads."""
        run = self._runner()
        parts = batches(images[..., None], self.batch_size)
        return np.concatenate([np.array(run(image=part)["heads"]) for part in parts])


def batches(images: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut pictures into batches; the last may be smaller.

    Args:
        images: (N, …).
        size: At least 1.
    """
    return [images[start : start + size] for start in range(0, len(images), size)]
