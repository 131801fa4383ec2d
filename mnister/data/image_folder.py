"""Labelled digits from folders of pictures, one a class."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from mnister.data.datasets import DataSet, Digits, digest_of, what_is_at
from mnister.errors import UserError


def load_image_folder(
    folder: str | Path,
    read_picture: Callable[[Path], np.ndarray],
    *,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.1,
) -> DataSet:
    """Read pictures of one digit each, one sub-folder a class.

    Every class is split by a fixed shuffle of its file names, so that the parts stay the same
    from run to run. In each part the classes are mixed by the same shuffle.

    Args:
        folder: Holds the sub-folders; their names, sorted, are the class names.
        read_picture: Turns a file into uint8 (28, 28), white on black.
        validation_fraction: Part of each class that validates.
        test_fraction: Part of each class that is tested.

    Raises:
        UserError: No sub-folders, a class with fewer than three pictures, or a picture that
            cannot be read.
    """
    parts: list[list[tuple[Path, int]]] = [[], [], []]
    names = _class_folders(folder)
    for label, name in enumerate(names):
        files = _shuffled_files(Path(folder) / name)
        most = (len(files) - 1) // 2  # at least one is left to train on
        validation_files, test_files = (
            min(most, max(1, round(len(files) * fraction)))
            for fraction in (validation_fraction, test_fraction)
        )
        bounds = np.cumsum([0, validation_files, test_files])
        for part, first, end in ((1, *bounds[:2]), (2, *bounds[1:]), (0, bounds[2], len(files))):
            parts[part] += [(file, label) for file in files[first:end]]
    train, validation, test = (_read_part(part, read_picture) for part in parts)
    return DataSet(train, validation, test, names, digest_of(train, validation, test))


def load_all_pictures(
    folder: str | Path, read_picture: Callable[[Path], np.ndarray], class_names: Sequence[str]
) -> Digits:
    """Read all pictures of one digit each, one sub-folder a class, without splitting them.

    Args:
        folder: Holds the sub-folders, each named like a class; not every class needs one.
        read_picture: Turns a file into uint8 (28, 28), white on black.
        class_names: One a class, in the order of the labels.

    Raises:
        UserError: A sub-folder that is no class, no pictures, or one that cannot be read.
    """
    names = _class_folders(folder, fewest=1)
    unknown = [name for name in names if name not in class_names]
    if unknown:
        raise UserError(
            f"{folder} has sub-folders that are none of the classes",
            expected="sub-folders named " + ", ".join(class_names),
            received=", ".join(unknown),
        )
    files = [(file, name) for name in names for file in _picture_files(Path(folder) / name)]
    if not files:
        raise UserError(
            f"{folder} holds no pictures",
            expected="pictures in its sub-folders",
            received="empty sub-folders " + ", ".join(names),
        )
    return _stacked([(read_picture(file), class_names.index(name)) for file, name in files])


def _class_folders(folder: str | Path, fewest: int = 2) -> tuple[str, ...]:
    root = Path(folder)
    children = root.iterdir() if root.is_dir() else ()
    names = tuple(sorted(c.name for c in children if c.is_dir() and c.name[0] != "."))
    if len(names) < fewest:
        raise UserError(
            f"{folder} holds no classes",
            expected=f"a folder with one sub-folder of pictures a class, {fewest} or more",
            received=", ".join(names) or ("no sub-folder" if root.is_dir() else what_is_at(root)),
        )
    return names


def _picture_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and file.name[0] != ".")


def _shuffled_files(folder: Path) -> list[Path]:
    files = _picture_files(folder)
    if len(files) < 3:
        raise UserError(
            f"The class {folder.name} has too few pictures",
            expected="three or more: to train, to validate and to test",
            received=f"{len(files)} in {folder}",
        )
    return sorted(files, key=_shuffle_key)


def _shuffle_key(file: Path) -> bytes:
    return hashlib.sha256(os.fsencode(file.name)).digest()


def _read_part(
    pairs: list[tuple[Path, int]], read_picture: Callable[[Path], np.ndarray]
) -> Digits:
    mixed = sorted(pairs, key=lambda pair: (_shuffle_key(pair[0]), pair[1]))
    return _stacked([(read_picture(file), label) for file, label in mixed])


def _stacked(pairs: list[tuple[np.ndarray, int]]) -> Digits:
    images = np.stack([image for image, _ in pairs])
    return Digits(images, np.array([label for _, label in pairs], dtype=np.int64))
