"""Digits in Parquet files: a column of pictures and one of labels, as Hugging Face keeps them."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnister.data.datasets import listed
from mnister.data.table import LABEL_NAMES, Table, check_count, make_table
from mnister.errors import UserError

ROWS = 1000  # read at once
EXPECTED = (
    "a column of pictures, struct<bytes, path> or binary, and a column named one of "
    + ", ".join(LABEL_NAMES)
)


def read_parquet(paths: Sequence[Path], decode: Callable[[bytes], np.ndarray]) -> Table:
    """Read the rows of Parquet files, one after the other.

    Args:
        paths: Files of the same columns.
        decode: Turns the bytes of a picture's file into uint8 (28, 28).

    Raises:
        UserError: pyarrow is not installed, a file is damaged or has other columns, or a picture
            or a label is missing or cannot be read.
    """
    chunks: list[np.ndarray] = []
    labels: list[Any] = []
    broken: list[str] = []
    names: set[tuple[str, ...] | None] = set()
    for path in paths:
        with _open(path) as file:
            check_count(len(labels) + file.metadata.num_rows, str(path))
            image, label = _find_columns(file.schema_arrow, path)
            names.add(_class_names(file.schema_arrow, label))
            for batch in file.iter_batches(batch_size=ROWS, columns=[image, label]):
                texts = batch.column(label).to_pylist()
                _check_labels(texts, len(labels), path)
                for row, picture in enumerate(batch.column(image).to_pylist(), 1):
                    chunks += _decode(picture, decode, f"digit {len(labels) + row:,}", broken)
                labels += texts
    origin = ", ".join(map(str, paths))
    if broken:
        raise UserError(
            f"{len(broken):,} pictures of {origin} cannot be read",
            expected="files of pictures of 28×28 pixels",
            received=listed(broken, "pictures", between="\n            "),
            instead="pictures of other sizes as files in folders, data=image_folder",
        )
    if len(names) > 1:
        raise UserError(f"{origin} name their classes differently", expected="the same names")
    return make_table(chunks, labels, origin, names.pop())


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    """Open a file and turn what pyarrow has against it into a UserError."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(
            "Parquet files are read with pyarrow, which is not installed",
            received=str(error),
            instead="pip install '.[parquet]'",
        ) from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            yield file
    except (OSError, pyarrow.ArrowException) as error:
        raise UserError(
            f"{path} cannot be read",
            expected="an undamaged Parquet file",
            received=str(error).strip().splitlines()[0],
            instead="copy or download the file again",
        ) from error


def _find_columns(schema: Any, path: Path) -> tuple[str, str]:
    """Return the names of the columns of pictures and of labels."""
    import pyarrow

    types = pyarrow.types
    images = [
        field.name
        for field in schema
        if _is_bytes(field.type)
        or (types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0)
    ]
    labels = [field.name for field in schema if field.name.lower() in LABEL_NAMES]
    if len(images) != 1 or len(labels) != 1:
        raise UserError(
            f"It cannot be told what the columns of {path} are",
            expected=EXPECTED,
            received=listed([f"{field.name}: {field.type}" for field in schema], "columns"),
        )
    return images[0], labels[0]


def _is_bytes(kind: Any) -> bool:
    from pyarrow import types

    return types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)


def _class_names(schema: Any, label: str) -> tuple[str, ...] | None:
    """Return the class names that Hugging Face's datasets library writes into a file."""
    written = (schema.metadata or {}).get(b"huggingface")
    try:
        return tuple(map(str, json.loads(written)["info"]["features"][label]["names"]))
    except (TypeError, KeyError, ValueError):
        return None


def _check_labels(labels: list[Any], so_far: int, path: Path) -> None:
    missing = [f"{row:,}" for row, label in enumerate(labels, so_far + 1) if label is None]
    kinds = {type(label) for label in labels if label is not None}
    if missing:
        raise UserError(
            f"{path} has digits without a label",
            expected="a label for each digit",
            received="none for digit " + listed(missing, "digits"),
        )
    if not kinds <= {int, float} and kinds != {str}:
        raise UserError(
            f"{path} has labels that are neither numbers nor texts",
            expected="class numbers from 0, or names",
            received=", ".join(sorted(kind.__name__ for kind in kinds)),
        )


def _decode(
    picture: Any, decode: Callable[[bytes], np.ndarray], name: str, broken: list[str]
) -> list[np.ndarray]:
    """Return one image (1, 28, 28); none if it cannot be read, which is added to `broken`."""
    data = picture["bytes"] if isinstance(picture, dict) else picture
    try:
        if not data:
            raise UserError("its bytes are not in the file")
        return [decode(data)[None]]
    except UserError as error:
        broken.append(f"{name}: {error.what}")
        return []
