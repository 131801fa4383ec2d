"""Digits with their labels in files of other programs: CSV, npz, Parquet.

A reader turns files into `Table`s, whatever they call their columns; here a table's labels become
classes, and tables a data set.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mnister.data.csv_tables import read_csv
from mnister.data.datasets import (
    DataSet,
    Digits,
    class_names_of,
    listed,
    log,
    make_data_set,
)
from mnister.data.folders import is_litter, part_of, what_is_at
from mnister.data.npz_tables import read_npz
from mnister.data.parquet_tables import read_parquet
from mnister.data.split import image_keys, mixed
from mnister.data.table import MOST_CLASSES, Table
from mnister.errors import UserError

# By kind of data: what its files are called, and what reads those of one part.
ENDINGS = {"csv": (".csv", ".csv.gz"), "npz": (".npz",), "parquet": (".parquet",)}
DecodePicture = Callable[[bytes], np.ndarray]


def load_tables(
    kind: str,
    path: str | Path,
    decode: DecodePicture,
    *,
    test_path: str | Path | None = None,
    class_names: Sequence[str] | None = None,
    validation_fraction: float = 0.1,
    test_fraction: float = 0.1,
) -> DataSet:
    """Read labelled digits from one file, or from a folder of files.

    Args:
        kind: One of `ENDINGS`.
        path: A file, or a folder with files named like train…, and perhaps val… and test….
        decode: Turns the bytes of a picture's file into uint8 (28, 28), as Parquet needs it.
        test_path: A file or folder with the test set.
        class_names: One a class in the order of the labels, or those that the labels are; None:
            those that the file gives, else 0, 1, 2 …
        validation_fraction: Part of each class that validates, if no file or array does.
        test_fraction: Part of each class that is tested, if no file or array is for it.

    Raises:
        UserError: A file is missing or does not hold labelled digits.
    """
    tables = read_tables(kind, path, decode)
    if "train" not in tables:
        raise UserError(
            f"{path} has nothing to train on",
            expected="a part named train, or one that is not named like another part",
            received=", ".join(tables),
        )
    if test_path is not None:
        if "test" in tables:
            raise UserError(
                "There are two test sets",
                expected=f"data.test_dir, or a test part in {path}",
                received=f"both: {test_path} and {tables['test'].origin}",
                instead="leave out data.test_dir, or name the training file alone by data.dir",
            )
        tables["test"] = read_test_table(kind, test_path, decode)
    names = _names_of(tables, class_names)
    parts = {part: _mixed_digits(table, names) for part, table in tables.items()}
    return make_data_set(
        parts, names, validation_fraction=validation_fraction, test_fraction=test_fraction
    )


def read_test_table(kind: str, path: str | Path, decode: DecodePicture) -> Table:
    """Read the test part of a file or folder; all of it, if it has no parts.

    Raises:
        UserError: There is no such part, or a file does not hold labelled digits.
    """
    tables = read_tables(kind, path, decode)
    if "test" in tables or len(tables) == 1:
        return tables.get("test") or next(iter(tables.values()))
    raise UserError(
        f"{path} has no test part",
        expected="a part named test, or one part alone",
        received=", ".join(tables),
    )


def read_tables(kind: str, path: str | Path, decode: DecodePicture) -> dict[str, Table]:
    """Read the table of each part that a file or folder has.

    Raises:
        UserError: There is no such file, or it does not hold labelled digits.
    """
    parts = find_tables(Path(path), ENDINGS[kind])
    if kind == "npz":
        return read_npz(parts)
    if kind == "csv":
        return {part: read_csv(files) for part, files in parts.items()}
    return {part: read_parquet(files, decode) for part, files in parts.items()}


def find_tables(path: Path, endings: Sequence[str]) -> dict[str, list[Path]]:
    """Return the files of each part: one file is "train", those of a folder are as named.

    Args:
        path: A file, or a folder: its own files, or those of the only folder in it that has some.
        endings: What the files' names end in.

    Raises:
        UserError: There are none, or it cannot be told which part they are.
    """
    if path.is_file():
        return {"train": [path]}
    found = [f for f in path.rglob("*") if f.name.lower().endswith(tuple(endings)) and f.is_file()]
    found = [f for f in found if not any(map(is_litter, f.relative_to(path).parts))]
    if not found:
        raise UserError(
            f"There is no data set at {path}",
            expected=f"a {endings[0]} file, or a folder with such files",
            received="a folder without them" if path.is_dir() else what_is_at(path),
        )
    folders = sorted({f.parent for f in found}, key=lambda folder: (len(folder.parts), folder))
    if len(folders) > 1 and folders[0] != path:
        raise UserError(
            f"It cannot be told which files of {path} are meant",
            expected=f"{endings[0]} files in one folder",
            received="some in " + listed([str(folder) for folder in folders], "folders"),
            instead=f"data.dir={folders[0]}",
        )
    own = sorted(file for file in found if file.parent == folders[0])
    parts: dict[str, list[Path]] = {}
    for file in own:
        parts.setdefault(part_of(file.name) or "", []).append(file)
    return _with_unnamed(parts, [file for file in found if file.parent != folders[0]], path)


def _with_unnamed(
    parts: dict[str, list[Path]], deeper: list[Path], path: Path
) -> dict[str, list[Path]]:
    """Take one file that is named like no part for the one to train on."""
    unnamed = parts.pop("", [])
    if not parts and len(unnamed) == 1:
        parts, unnamed = {"train": unnamed}, []
    if not parts:
        raise UserError(
            f"It cannot be told which files of {path} are to train on",
            expected="one file, or names with train, val and test in them",
            received=listed([file.name for file in unnamed], "files"),
            instead=f"data.dir={unnamed[0]}",
        )
    if unnamed or deeper:
        passed = listed([str(file.relative_to(path)) for file in [*unnamed, *deeper]], "files")
        log.warning("   Passed over in %s, named like no part: %s", path, passed)
    return parts


def digits_of(table: Table, names: Sequence[str]) -> Digits:
    """Return a table's digits, labelled with these classes.

    Args:
        table: With labels that are numbers, in the order of the classes, or names.
        names: The classes in order.

    Raises:
        UserError: A label is none of the classes.
    """
    if not table.has_texts:
        largest = int(table.labels.max())
        if largest >= len(names):
            raise _wrong_labels(table, names, [f"labels up to {largest}"])
        return Digits(table.images, table.labels)
    place = {name: number for number, name in enumerate(names)}
    unknown = sorted(set(table.labels.tolist()) - set(names))
    if unknown:
        raise _wrong_labels(table, names, unknown)
    labels = [place[text] for text in table.labels.tolist()]
    return Digits(table.images, np.array(labels, dtype=np.int64))


def _wrong_labels(table: Table, names: Sequence[str], received: Sequence[str]) -> UserError:
    return UserError(
        f"{table.origin} has labels that are none of the classes",
        expected=f"0 to {len(names) - 1}, or one of {', '.join(names)}",
        received=listed(list(received), "labels"),
    )


def _names_of(tables: Mapping[str, Table], given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the class names: those given, those in the files, or numbers."""
    own = {table.names for table in tables.values() if table.names}
    if given is None and len(own) > 1:
        raise UserError(
            "The parts of the data set name their classes differently",
            expected="the same names in the same order, or data.class_names",
            received=" and ".join(", ".join(names) for names in own),
        )
    names = given if given is not None else next(iter(own), None)
    texts = sorted({t for table in tables.values() if table.has_texts for t in table.labels})
    if texts and names is None:
        shown = ",".join(texts) if len(texts) <= MOST_CLASSES else f"{texts[0]},…"
        raise UserError(
            "The labels are texts",
            expected="class numbers from 0, or the classes' names in data.class_names",
            received=listed(texts, "texts"),
            instead=f"data.class_names=[{shown}]",
        )
    numbers = [table.labels.max() for table in tables.values() if not table.has_texts]
    return class_names_of(names, 1 + int(max(numbers, default=-1)))


def _mixed_digits(table: Table, names: Sequence[str]) -> Digits:
    digits = digits_of(table, names)
    return digits[mixed(digits.labels, image_keys(digits.images))]
