"""Labelled digits from idx files: MNIST as bundled, or any data set of that format."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnister.data.idx import content_sha256, read_images, read_labels
from mnister.errors import UserError

SIDE = 28
NONE_NAME = "none"  # the class of what is no digit; no idx file has it

# Names of the four files as MNIST, Fashion-MNIST, KMNIST and EMNIST are published.
FILE_PATTERNS = {
    "training images": "*train-images*idx3-ubyte*",
    "training labels": "*train-labels*idx1-ubyte*",
    "test images": "*t[1e][0s][kt]-images*idx3-ubyte*",  # t10k- or test-
    "test labels": "*t[1e][0s][kt]-labels*idx1-ubyte*",
}

PARTS = ("training", "test")
TEST_PARTS = ("test images", "test labels")

# SHA-256 of the uncompressed files that LeCun, Cortes and Burges published.
MNIST_SHA256 = {
    "training images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "training labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@dataclass(frozen=True)
class Digits:
    """Images with their classes.

    Attributes:
        images: uint8 (N, 28, 28), white on black.
        labels: int64 (N,), indices into the data set's class names.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.labels)

    def __getitem__(self, chosen: slice | np.ndarray) -> "Digits":
        """Return the chosen ones, in their order."""
        return Digits(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True)
class DataSet:
    """A data set in its three parts.

    Attributes:
        train: What the weights are fitted to.
        validation: What choices are made on.
        test: What is measured once, at the end.
        class_names: One name a class, in the order of the labels.
        sha256: Of the contents, to tell one data set from another.
    """

    train: Digits
    validation: Digits
    test: Digits
    class_names: tuple[str, ...]
    sha256: str


def rightly_told_apart(
    probabilities: np.ndarray, digits: Digits, class_names: Sequence[str]
) -> float | None:
    """Return the accuracy with "none" left out, where a network knows it and no digit is it.

    Args:
        probabilities: float32 (N, classes).
        digits: The N digits they are for.
        class_names: One a class.

    Returns:
        Share of the digits whose own class is the likeliest of all but "none"; None: there is no
        such class, or some of the digits are of it.
    """
    if NONE_NAME not in class_names or (digits.labels == class_names.index(NONE_NAME)).any():
        return None
    without = probabilities.copy()
    without[:, class_names.index(NONE_NAME)] = -1
    return float((without.argmax(axis=1) == digits.labels).mean())


def load_mnist(folder: str | Path, validation_digits: int = 5000) -> DataSet:
    """Read the four MNIST files and make sure that they are MNIST.

    Args:
        folder: Where they lie.
        validation_digits: How many of the first training digits validate.

    Raises:
        UserError: A file is missing, broken, or not the published one.
    """
    instead = f"data=idx data.dir={folder}   (any files of this format)"
    files = find_idx_files(folder)
    train, test = (_read_pair(files, part, if_not_mnist=instead) for part in PARTS)
    return _split(train, test, validation_digits)


def load_idx(
    folder: str | Path,
    validation_digits: int = 5000,
    *,
    class_names: Sequence[str] | None = None,
    transposed: bool = False,
) -> DataSet:
    """Read four idx files: training and test, images and labels.

    Args:
        folder: Where they lie, under the names they are published with, gzipped or not.
        validation_digits: How many of the first training digits validate.
        class_names: One a class in the order of the labels; None: 0, 1, 2 …
        transposed: The images are stored column by column, as EMNIST's are.

    Raises:
        UserError: A file is missing or broken, or images and labels do not match.
    """
    files = find_idx_files(folder)
    train, test = (_read_pair(files, part, transposed=transposed) for part in PARTS)
    return _split(train, test, validation_digits, class_names)


def _split(
    train: Digits, test: Digits, validation_digits: int, class_names: Sequence[str] | None = None
) -> DataSet:
    """Let the first training digits validate."""
    if validation_digits >= len(train):
        raise UserError(
            "No training digits would be left",
            expected=f"data.validation_digits below {len(train)}, the training digits there are",
            received=f"data.validation_digits={validation_digits}",
            instead=f"data.validation_digits={max(1, len(train) // 10)}",
        )
    names = _class_names(class_names, int(max(train.labels.max(), test.labels.max())) + 1)
    validation, train = train[:validation_digits], train[validation_digits:]
    return DataSet(train, validation, test, names, digest_of(train, validation, test))


def load_idx_test(
    folder: str | Path, *, is_mnist: bool = False, transposed: bool = False
) -> Digits:
    """Read the test digits of an idx data set and nothing else.

    Args:
        folder: Where the files of the test digits lie; those of the training digits may be absent.
        is_mnist: Make sure that they are MNIST's.
        transposed: The images are stored column by column, as EMNIST's are.

    Raises:
        UserError: A file is missing, broken, or not MNIST's, or images and labels do not match.
    """
    instead = f"data.kind=idx data.dir={folder}   (any files of this format)"
    return _read_pair(
        find_idx_files(folder, TEST_PARTS),
        "test",
        transposed=transposed,
        if_not_mnist=instead if is_mnist else None,
    )


def find_idx_files(
    folder: str | Path, parts: Sequence[str] = tuple(FILE_PATTERNS)
) -> dict[str, Path]:
    """Return the paths of the idx files of a folder, by part.

    Args:
        folder: Where they lie.
        parts: Which of `FILE_PATTERNS` to look for.

    Raises:
        UserError: The folder or one of the files is missing, or a part has several files.
    """
    if not Path(folder).is_dir():
        raise UserError(
            f"There is no data set at {folder}",
            expected=f"a folder with {len(parts)} idx files: " + ", ".join(parts),
            received=what_is_at(folder),
            instead="data.dir=…, its path from the folder in which the command is typed",
        )
    files = {}
    for part in parts:
        pattern = FILE_PATTERNS[part]
        found = sorted(Path(folder).glob(pattern))
        if len(found) != 1:
            raise UserError(
                f"The {part} cannot be told in {folder}",
                expected=f"one file named like {pattern}",
                received=", ".join(file.name for file in found) or "none",
            )
        files[part] = found[0]
    return files


def _read_pair(
    files: dict[str, Path],
    part: str,
    *,
    transposed: bool = False,
    if_not_mnist: str | None = None,
) -> Digits:
    """Read the images of a part and their labels.

    Args:
        files: What `find_idx_files` found.
        part: One of `PARTS`.
        transposed: The images are stored column by column.
        if_not_mnist: What to type if the files are not MNIST's; None: they need not be.
    """
    images_name, labels_name = f"{part} images", f"{part} labels"
    images, labels = read_images(files[images_name]), read_labels(files[labels_name])
    if if_not_mnist:
        _check_is_mnist(images, images_name, files[images_name], if_not_mnist)
        _check_is_mnist(labels, labels_name, files[labels_name], if_not_mnist)
    if len(images) != len(labels):
        raise UserError(
            "Images and labels do not match",
            expected=f"as many labels as images: {len(images)}",
            received=f"{len(labels)} labels in {files[labels_name].name}",
        )
    if images.shape[1:] != (SIDE, SIDE):
        raise UserError(
            f"The images of {files[images_name].name} have the wrong size",
            expected=f"{SIDE}×{SIDE} pixels",
            received="×".join(str(edge) for edge in images.shape[1:]),
        )
    upright = np.ascontiguousarray(images.transpose(0, 2, 1)) if transposed else images
    return Digits(upright, labels.astype(np.int64))


def _check_is_mnist(values: np.ndarray, name: str, path: Path, instead: str) -> None:
    received = content_sha256(values)
    if received != MNIST_SHA256[name]:
        raise UserError(
            f"{path} does not hold MNIST's {name}",
            expected=f"SHA-256 of the content {MNIST_SHA256[name]}",
            received=received,
            instead=instead,
        )


def _class_names(given: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    names = tuple(given) if given is not None else tuple(str(i) for i in range(classes))
    if len(names) < classes or len(set(names)) < len(names):
        lacks_one = len(names) == classes - 1  # EMNIST's letters begin at 1
        raise UserError(
            "The class names do not fit the labels",
            expected=f"{classes} different names",
            received=f"{', '.join(names)}, for the labels 0 to {classes - 1}",
            instead=f"data.class_names=[unused,{','.join(names)}]   "
            "(labels that start at 1 need a name for 0, too)"
            if lacks_one
            else None,
        )
    return names


def what_is_at(path: str | Path) -> str:
    """Say what stands where a folder should."""
    return "a file" if Path(path).exists() else "nothing"


def digest_of(*parts: Digits) -> str:
    """Return the SHA-256 of the contents of a data set's parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
