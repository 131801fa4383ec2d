"""The digits of every training step, as a function of the seed and the step alone."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from mnister.bundled import find_bundled
from mnister.config.schema import TrainConfig
from mnister.data.datasets import DataSet, Digits
from mnister.data.idx_sets import load_idx, load_mnist
from mnister.data.image_folder import load_image_folder
from mnister.data.tables import load_tables
from mnister.errors import UserError
from mnister.images.picture import decode_image, read_digit
from mnister.tasks.augmentation import affine, handwriting
from mnister.tasks.batches import Batches

# (images uint8 (N, 28, 28), labels int64 (N,), generator) → changed images and labels
Augment = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def load_data(config: TrainConfig) -> DataSet:
    """Read the data set that the config names.

    Raises:
        UserError: Its files are missing, broken, or too few for one batch.
    """
    loaded = _load(config)
    limited = _limit(loaded, config.data.limit)
    if config.batch_size > len(limited.train):
        raise UserError(
            "A batch is larger than the training set",
            expected=f"batch_size up to {len(limited.train)}",
            received=f"batch_size={config.batch_size}",
            instead=f"batch_size={min(128, len(limited.train))}",
        )
    return limited


def _load(config: TrainConfig) -> DataSet:
    """Read all of the data set that the config names."""
    data = config.data
    if data.kind == "mnist":
        return load_mnist(find_bundled(data.dir), data.validation_digits)
    if data.kind == "idx":
        return load_idx(
            data.dir,
            data.validation_digits,
            validation_split=data.validation_split,
            test_folder=data.test_dir,
            class_names=data.class_names,
            transposed=data.transposed,
        )
    fractions = {key: getattr(data, key) for key in ("validation_fraction", "test_fraction")}
    if data.kind == "image_folder":
        read_picture = functools.partial(read_digit, threshold=config.preprocessing.threshold)
        own = {"test_folder": data.test_dir, "skip_broken": data.skip_broken}
        return load_image_folder(data.dir, read_picture, **own, **fractions)
    own = {"test_path": data.test_dir, "class_names": data.class_names}
    return load_tables(data.kind, data.dir, decode_image, **own, **fractions)


def make_augment(augmentation: Any) -> Augment:
    """Return the function that changes a batch as `augmentation` says."""
    amounts = augmentation.model_dump(exclude={"kind"})
    if augmentation.kind == "none":
        return lambda images, labels, _generator: (images, labels)
    change = {"affine": affine, "handwriting": handwriting}[augmentation.kind]
    return lambda images, labels, generator: (change(images, generator, **amounts), labels)


class TrainingBatches(Batches):
    """Batches of shuffled, augmented digits, each a pure function of (seed, step).

    The order of an epoch follows from (seed, epoch), the augmentation of a batch from
    (seed, step): a run can start at any step and sees what it would have seen there.

    Args:
        digits: The training digits.
        classes: Number of classes.
        batch_size: Digits a batch; what does not fill one is left out of the epoch.
        seed: Source of all randomness.
        augment: Changes a batch, see `make_augment`.
        changed_steps: So many of the run's first steps are augmented; None: all.
    """

    def __init__(
        self,
        digits: Digits,
        classes: int,
        batch_size: int,
        seed: int,
        augment: Augment,
        changed_steps: int | None = None,
    ) -> None:
        self.digits = digits
        self.batch_size = batch_size
        self.steps_per_epoch = len(digits) // batch_size
        self._targets = np.eye(classes, dtype=np.float32)
        self._seed = seed
        self._augment = augment
        self._changed_steps = changed_steps
        self._order = functools.lru_cache(maxsize=2)(self._shuffle)

    def batch(self, step: int, part: tuple[int, int] = (0, 1)) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch of a step, or one worker's part of it.

        Args:
            step: 0 for the run's first.
            part: Place of the worker and how many there are; each augments only its own digits,
                with random numbers of its own.

        Returns:
            uint8 (N, 28, 28, 1) images and float32 (N, classes) one-hot targets.
        """
        epoch, position = divmod(int(step), self.steps_per_epoch)
        place, count = part
        size = self.batch_size // count
        first = position * self.batch_size + place * size
        chosen = self._order(epoch)[first : first + size]
        generator = np.random.default_rng([self._seed, 1, int(step), place])
        digits = self.digits[chosen]
        images, labels = digits.images, digits.labels
        if self._changed_steps is None or step < self._changed_steps:
            images, labels = self._augment(images, labels, generator)
        return images[..., None], self._targets[labels]

    def _shuffle(self, epoch: int) -> np.ndarray:
        generator = np.random.default_rng([self._seed, 0, epoch])
        return generator.permutation(len(self.digits))


def run_batches(config: TrainConfig, data: DataSet, total_steps: int) -> TrainingBatches:
    """Return the batches of a run of `total_steps` steps, as the config says."""
    return TrainingBatches(
        data.train,
        len(data.class_names),
        config.batch_size,
        config.seed,
        make_augment(config.augmentation),
        changed_steps=round((1 - config.plain_end) * total_steps),
    )


def _limit(data: DataSet, limit: int | None) -> DataSet:
    if limit is None:
        return data
    parts = (part[:limit] for part in (data.train, data.validation, data.test))
    return DataSet(*parts, data.class_names, data.sha256)
