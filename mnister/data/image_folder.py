"""Labelled digits from folders of pictures, one a class."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnister.data.datasets import DataSet, Digits, listed, log, make_data_set
from mnister.data.folders import Classes, check_known, find_files, find_parts, find_test_classes
from mnister.data.split import mixed, name_keys
from mnister.errors import UserError

ReadPicture = Callable[[Path], np.ndarray]  # a file → uint8 (28, 28), white on black


@dataclass(frozen=True)
class _File:
    """A picture's file, the name by which it is split, and its class."""

    path: Path
    name: str
    label: int


def load_image_folder(
    folder: str | Path,
    read_picture: ReadPicture,
    *,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.1,
    test_folder: str | Path | None = None,
    skip_broken: bool = False,
) -> DataSet:
    """Read pictures of one digit each, one sub-folder a class.

    Parts that have no folder of their own are split off those to train on, each class by a fixed
    shuffle of its file names, so that they stay the same from run to run. In each part the
    classes are mixed by the same shuffle.

    Args:
        folder: Holds a sub-folder a class, or train/, val/ and test/ that do. The names of the
            class folders, sorted, are the class names.
        read_picture: Turns a file into uint8 (28, 28), white on black.
        validation_fraction: Part of each class that validates, if there is no folder for it.
        test_fraction: Part of each class that is tested, if there is no folder for it.
        test_folder: Another folder, with the test set.
        skip_broken: Go on without the pictures that cannot be read, and log them.

    Raises:
        UserError: The layout is none of these, a class has too few pictures, or some pictures
            cannot be read.
    """
    parts = find_parts(folder, test_folder)
    names = tuple(parts["train"])
    files = {part: _files_of(classes, names) for part, classes in parts.items()}
    images = _read_all([f for part in files.values() for f in part], read_picture, skip_broken)
    digits = {part: _mixed_digits(own, images) for part, own in files.items()}
    _check_not_empty(digits["train"], parts["train"])
    return make_data_set(
        digits, names, validation_fraction=validation_fraction, test_fraction=test_fraction
    )


def load_all_pictures(
    folder: str | Path,
    read_picture: ReadPicture,
    class_names: Sequence[str],
    *,
    skip_broken: bool = False,
) -> Digits:
    """Read all test pictures of one digit each, one sub-folder a class, without splitting them.

    Args:
        folder: Holds the sub-folders, or test/ that does, each named like a class; not every
            class needs one.
        read_picture: Turns a file into uint8 (28, 28), white on black.
        class_names: One a class, in the order of the labels.
        skip_broken: Go on without the pictures that cannot be read, and log them.

    Raises:
        UserError: A sub-folder that is no class, no pictures, or some that cannot be read.
    """
    classes = find_test_classes(folder)
    check_known(classes, class_names)
    files = _files_of(classes, class_names)
    images = _read_all(files, read_picture, skip_broken)
    if not images:
        raise UserError(
            f"{folder} holds no pictures",
            expected="pictures in its sub-folders",
            received=("broken pictures in " if files else "empty sub-folders ")
            + ", ".join(classes),
        )
    return _digits([file for file in files if file.path in images], images)


def _files_of(classes: Classes, names: Sequence[str]) -> list[_File]:
    return [
        _File(path, path.relative_to(folder).as_posix(), names.index(name))
        for name, folder in classes.items()
        for path in find_files(folder)
    ]


def _read_all(
    files: list[_File], read_picture: ReadPicture, skip_broken: bool
) -> dict[Path, np.ndarray]:
    """Return the image of each file; all that cannot be read are named at once."""
    images, broken = {}, []
    for file in files:
        try:
            images[file.path] = read_picture(_checked(file.path))
        except UserError as error:
            reason = str(error.what)
            broken.append(reason if str(file.path) in reason else f"{file.path}: {reason}")
    if broken and not skip_broken:
        raise UserError(
            f"{len(broken):,} of {len(files):,} pictures cannot be read",
            expected="pictures of one digit each",
            received=listed(broken, "pictures", between="\n            "),
            instead="remove them, or data.skip_broken=true to go on without them",
        )
    for reason in broken:
        log.warning("   Left out: %s", reason)
    return images


def _checked(path: Path) -> Path:
    """Refuse what would keep its reader waiting: a pipe, a socket."""
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no file")
    return path


def _mixed_digits(files: list[_File], images: Mapping[Path, np.ndarray]) -> Digits:
    good = [file for file in files if file.path in images]
    labels = np.array([file.label for file in good], dtype=np.int64)
    return _digits([good[i] for i in mixed(labels, name_keys(f.name for f in good))], images)


def _digits(files: list[_File], images: Mapping[Path, np.ndarray]) -> Digits:
    stacked = np.array([images[file.path] for file in files], dtype=np.uint8)
    return Digits(stacked, np.array([file.label for file in files], dtype=np.int64))


def _check_not_empty(train: Digits, classes: Classes) -> None:
    counts = np.bincount(train.labels, minlength=len(classes))
    empty = [str(classes[name]) for name, count in zip(classes, counts, strict=True) if not count]
    if empty:
        raise UserError(
            f"The class {Path(empty[0]).name} has too few pictures",
            expected="pictures in the folder of each class",
            received="none in " + listed(empty, "folders"),
        )
