"""Labelled digits from idx files: MNIST as bundled, or any data set of that format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from mnister.data.datasets import (
    SIDE,
    DataSet,
    Digits,
    class_names_of,
    complete,
    digest_of,
    log,
)
from mnister.data.folders import what_is_at
from mnister.data.idx import content_sha256, read_images, read_labels
from mnister.data.pixels import BRIGHT, border_means
from mnister.data.split import apportion, image_keys, mixed, split
from mnister.errors import UserError

# Names of the four files as MNIST, Fashion-MNIST, KMNIST and EMNIST are published.
FILE_PATTERNS = {
    "training images": "*train-images*idx3-ubyte*",
    "training labels": "*train-labels*idx1-ubyte*",
    "test images": "*t[1e][0s][kt]-images*idx3-ubyte*",  # t10k- or test-
    "test labels": "*t[1e][0s][kt]-labels*idx1-ubyte*",
}

PARTS = ("training", "test")
TRAINING_PARTS = ("training images", "training labels")
TEST_PARTS = ("test images", "test labels")

# SHA-256 of the uncompressed files that LeCun, Cortes and Burges published.
MNIST_SHA256 = {
    "training images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "training labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


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
    names = class_names_of(None, _classes(train, test))
    validation, train = _first(train, validation_digits)
    return DataSet(train, validation, test, names, digest_of(train, validation, test))


def load_idx(
    folder: str | Path,
    validation_digits: int = 5000,
    *,
    validation_split: Literal["stratified", "first"] = "stratified",
    test_folder: str | Path | None = None,
    class_names: Sequence[str] | None = None,
    transposed: bool = False,
) -> DataSet:
    """Read four idx files: training and test, images and labels.

    Args:
        folder: Where they lie, under the names they are published with, gzipped or not.
        validation_digits: How many of the training digits validate.
        validation_split: Which ones: of each class its share, or the first of the file.
        test_folder: Where the two test files lie; None: in `folder`.
        class_names: One a class in the order of the labels; None: 0, 1, 2 …
        transposed: The images are stored column by column, as EMNIST's are.

    Raises:
        UserError: A file is missing or broken, or images and labels do not match.
    """
    if test_folder is None:
        files = find_idx_files(folder)
    else:
        files = find_idx_files(folder, TRAINING_PARTS) | find_idx_files(test_folder, TEST_PARTS)
    train, test = (_read_pair(files, part, transposed=transposed) for part in PARTS)
    names = class_names_of(class_names, _classes(train, test))
    divide = {"stratified": _stratified, "first": _first}[validation_split]
    validation, train = divide(train, validation_digits)
    if validation_split == "stratified":
        test = _mix(test)
    return complete(train, validation, test, names)


def _classes(*parts: Digits) -> int:
    return 1 + max(int(part.labels.max()) for part in parts)


def _first(train: Digits, validation_digits: int) -> tuple[Digits, Digits]:
    """Let the first training digits validate."""
    _check_some_left(validation_digits, len(train) - 1, len(train))
    return train[:validation_digits], train[validation_digits:]


def _stratified(train: Digits, validation_digits: int) -> tuple[Digits, Digits]:
    """Let some of each class validate, in proportion; both parts are mixed."""
    counts = np.bincount(train.labels)
    _check_some_left(validation_digits, int(np.maximum(0, counts - 1).sum()), len(train))
    train = _mix(train)
    validation, rest = split(train.labels, apportion(counts, validation_digits))
    return train[validation], train[rest]


def _mix(digits: Digits) -> Digits:
    return digits[mixed(digits.labels, image_keys(digits.images))]


def _check_some_left(validation_digits: int, most: int, digits: int) -> None:
    if validation_digits > most:
        raise UserError(
            "No training digits would be left",
            expected=f"data.validation_digits up to {most}: {digits} training digits are there",
            received=f"data.validation_digits={validation_digits}",
            instead=f"data.validation_digits={max(1, digits // 10)}",
        )


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
    if not if_not_mnist and np.mean(border_means(images) > BRIGHT) > 0.5:
        log.warning(
            "   The %s digits are dark on light; pictures are read as white on black", part
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
