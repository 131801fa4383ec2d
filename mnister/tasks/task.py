"""What a network can learn, as the training room sees it: all that differs from task to task."""

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.models.runtimes import batches
from mnister.tasks.batches import Batches

# images uint8 (N, H, W) → float32 (N, …), what the network says of each
Predict = Callable[[np.ndarray], np.ndarray]
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Form:
    """What a network takes and gives.

    Attributes:
        image: (H, W, C) of an image, grey values 0–255; None: any.
        answer: Shape of the network's answer to it; the last axis are the channels, `classes` in a
            model's list of layers.
        words: What the answer is, for a list of layers that does not give it.
        last_layer: How the list may end.
    """

    image: Shape
    answer: Shape
    words: str
    last_layer: str


class Task(abc.ABC):
    """What a network learns, and how that is judged, shown and handed on.

    Attributes:
        config: The run's config.
        name: What the manifest calls it: `digits` or `pages`.
        class_names: One a class, in the order of the answer's channels.
        sha256: Of all that was learned from, to tell one data set from another.
        sizes: How many images train, validate and test.
        form: Of the network in training.
        exported_form: Of the exported network.
        tolerance: Largest difference between network and export; float32 rounding is below it.
        quantized_tolerance: … and an 8-bit export, of what `compared` returns.
    """

    config: TrainConfig
    name: str
    class_names: tuple[str, ...]
    sha256: str
    sizes: tuple[int, int, int]
    form: Form
    exported_form: Form
    tolerance: float
    quantized_tolerance: float

    @property
    def data_record(self) -> dict[str, Any]:
        """What tells the data from others: their content, their classes, their parts' sizes."""
        sizes = dict(zip(("train", "validation", "test"), self.sizes, strict=True))
        return {"sha256": self.sha256, "class_names": list(self.class_names), **sizes}

    # Learned

    @abc.abstractmethod
    def make_batches(self, total_steps: int) -> Batches:
        """Return what a run of so many steps is trained on."""

    @abc.abstractmethod
    def prepare(self, network: Any) -> None:
        """Set what a new network begins with and its list of layers cannot say."""

    @abc.abstractmethod
    def make_loss(self) -> Any:
        """Return the Keras loss."""

    @abc.abstractmethod
    def make_metrics(self) -> list[Any]:
        """Return the Keras metrics; one is called `accuracy`."""

    @abc.abstractmethod
    def targets_shape(self) -> Shape:
        """Return the shape of one image's targets."""

    # Judged

    @abc.abstractmethod
    def make_predictor(self, network: Any) -> Predict:
        """Return a Keras network as a function of images."""

    @abc.abstractmethod
    def tally(self, predict: Predict, part: tuple[int, int] = (0, 1)) -> np.ndarray:
        """Validate: return sums which, added up over all parts, `summarize` can read.

        Args:
            predict: From `make_predictor`.
            part: Which part of the validation images, and how many parts there are.

        Returns:
            float64, of the same shape for every part.
        """

    @abc.abstractmethod
    def summarize(self, tally: np.ndarray) -> dict[str, float]:
        """Return `loss`, `accuracy` (0 to 1, what a sweep maximizes) and more of the task's."""

    @abc.abstractmethod
    def test(self, predict: Predict, validation: Mapping[str, float]) -> tuple[dict, Any]:
        """Measure on the test images, which only this looks at.

        Args:
            predict: From `make_predictor`.
            validation: What `summarize` says of the same network.

        Returns:
            Metrics, flat, by name, and the answers that `draw` shows.
        """

    # Shown

    @abc.abstractmethod
    def draw(self, answers: Any, batches: Batches, folder: Path) -> dict[str, np.ndarray]:
        """Write pictures of what was learned from and answered.

        Args:
            answers: Of the test images, from `test`.
            batches: What was trained on.
            folder: The run's, in which the pictures are written.

        Returns:
            uint8 (H, W, 1 or 3), by name, for TensorBoard.
        """

    # Handed on

    @abc.abstractmethod
    def finish(self, network: Any) -> Any:
        """Return a trained network, in float32, as it is to be measured and exported."""

    @abc.abstractmethod
    def make_signature(self, network: Any) -> tuple[Callable, Any]:
        """Return what the export answers, a function, and the `tf.TensorSpec` that it takes."""

    @abc.abstractmethod
    def load_exported(self, folder: Path) -> dict[str, Predict]:
        """Return each form of an export as a function, by name."""

    def compared(self, answers: np.ndarray) -> np.ndarray:
        """Return of answers what an 8-bit export must say, too; the answers themselves."""
        return answers

    @abc.abstractmethod
    def samples(self, count: int) -> Sequence[np.ndarray]:
        """Return stacks of test images, so many in all, to compare network and export on."""

    @abc.abstractmethod
    def describe(self, metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a client of the export must know, for its manifest.

        Args:
            metrics: What the run measured.
        """


def predictor_of(
    network: Any, at_once: int, finish: Callable[[Any], Any] = lambda answer: answer
) -> Predict:
    """Return a network as a function.

    Args:
        network: Of images (N, H, W, 1).
        at_once: Images it is given together.
        finish: What becomes of its answer, a float32 tensor.

    Returns:
        A function from uint8 (N, H, W), N above 0, to float32 (N, …).
    """
    import tensorflow as tf

    @tf.function(reduce_retracing=True, autograph=False)
    def forward(images):
        return finish(tf.cast(network(images, training=False), tf.float32))

    def predict(images: np.ndarray) -> np.ndarray:
        parts = batches(images[..., None], at_once)
        return np.concatenate([forward(tf.constant(part)) for part in parts])

    return predict
