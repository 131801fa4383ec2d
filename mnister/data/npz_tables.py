"""Digits as NumPy arrays in an .npz file, such as Keras' mnist.npz.

Nothing is unpickled, and what an array will take is known from its header before it is read.
"""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from mnister.data.datasets import listed
from mnister.data.folders import part_of
from mnister.data.pixels import SHAPES, are_images, compact
from mnister.data.table import Table, check_count, make_table
from mnister.errors import UserError

EXPECTED = f"images, {SHAPES}, and a label for each, N: x_train, y_train, x_test, y_test, or x, y"
ROWS = 4000  # whose values are made small at once


@dataclass(frozen=True)
class Header:
    """What an array's header says."""

    shape: tuple[int, ...]
    dtype: np.dtype
    is_by_column: bool

    @property
    def kind(self) -> str | None:
        """What an array like this is: images, labels, or neither."""
        if are_images(self.shape) and self.dtype.kind in "buif":
            return "images"
        is_column = len(self.shape) == 1 or self.shape[1:] == (1,)
        return "labels" if is_column and self.dtype.kind in "buifUS" else None

    def __str__(self) -> str:
        """Return shape and type: 60000×28×28 uint8."""
        return f"{'×'.join(map(str, self.shape))} {self.dtype}"


def read_npz(parts: Mapping[str, list[Path]]) -> dict[str, Table]:
    """Read the images and labels of each part.

    Which array is what is told by its shape, and its part by its name; if the names say nothing
    of parts, all arrays of a file are of the part that the file is for.

    Args:
        parts: The files by part.

    Raises:
        UserError: A file is damaged, holds Python objects or other arrays, or several of a kind.
    """
    tables: dict[str, Table] = {}
    for file_part, files in parts.items():
        for path in files:
            for part, table in _read_file(path, file_part).items():
                if part in tables:
                    raise UserError(
                        f"There are several files for the part {part}",
                        expected="one .npz file a part",
                        received=f"{tables[part].origin} and {table.origin}",
                    )
                tables[part] = table
    return tables


def _read_file(path: Path, file_part: str) -> dict[str, Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            headers = _headers(archive, path)
            pairs = _pairs(headers, path)
            read = {
                part: (list(_chunks(archive, images)), np.concatenate([*_chunks(archive, labels)]))
                for part, (images, labels) in pairs.items()
            }
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, KeyError,
            NotImplementedError, RuntimeError, MemoryError) as error:  # fmt: skip
        raise UserError(
            f"{path} cannot be read",
            expected="an .npz file, as numpy.savez writes it",
            received=str(error) or type(error).__name__,
        ) from error
    return {
        part or file_part: make_table(chunks, labels.reshape(-1), _origin(path, part))
        for part, (chunks, labels) in read.items()
    }


def _origin(path: Path, part: str | None) -> str:
    return f"{path} ({part})" if part else str(path)


def _headers(archive: zipfile.ZipFile, path: Path) -> dict[str, Header]:
    """Read of each array its shape and type; refuse what would be unpickled."""
    headers = {}
    for name in archive.namelist():
        with archive.open(name) as stream:
            header = _read_header(stream)
        if header.dtype.hasobject:
            raise UserError(
                f"{path} holds Python objects, which are never unpickled",
                expected="arrays of numbers or texts",
                received=f"{name.removesuffix('.npy')} of the type {header.dtype}",
                instead="save it anew, as numpy.asarray(labels, dtype=str) or dtype=int",
            )
        headers[name.removesuffix(".npy")] = header
    return headers


def _read_header(stream: IO[bytes]) -> Header:
    is_first = npy.read_magic(stream) == (1, 0)
    read = npy.read_array_header_1_0 if is_first else npy.read_array_header_2_0
    shape, is_by_column, dtype = read(stream)
    return Header(shape, dtype, is_by_column)


def _pairs(headers: Mapping[str, Header], path: Path) -> dict[str | None, tuple[str, str]]:
    """Return the arrays of images and labels of each part that the names tell."""
    found: dict[str | None, dict[str, list[str]]] = {}
    for name, header in headers.items():
        kinds = found.setdefault(part_of(name), {"images": [], "labels": []})
        if header.kind:
            kinds[header.kind].append(name)
    pairs = {
        part: (images, labels)
        for part, kinds in found.items()
        for images in kinds["images"]
        for labels in kinds["labels"]
        if headers[images].shape[0] == headers[labels].shape[0] > 0
    }
    if not pairs or sum(len(names) for kinds in found.values() for names in kinds.values()) != (
        2 * len(pairs)
    ):
        raise UserError(
            f"It cannot be told what the arrays of {path} are",
            expected=EXPECTED,
            received=listed([f"{n}: {h}" for n, h in headers.items()], "arrays") or "no array",
        )
    return pairs


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[np.ndarray]:
    """Yield the rows of an array, many at once; grey values in little memory."""
    with archive.open(f"{name}.npy") as stream:
        header = _read_header(stream)
        if header.kind == "images":
            check_count(header.shape[0], name)
        if header.is_by_column or header.dtype.itemsize == 0:
            stream.seek(0)
            yield npy.read_array(stream, allow_pickle=False)
            return
        per_row = header.dtype.itemsize * int(np.prod(header.shape[1:]))
        for first in range(0, header.shape[0], ROWS):
            count = min(ROWS, header.shape[0] - first)
            rows = np.frombuffer(stream.read(count * per_row), header.dtype)
            rows = rows.reshape(count, *header.shape[1:])
            yield compact(rows) if header.kind == "images" else rows
