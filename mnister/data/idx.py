"""The idx format of the MNIST files: read strictly, written reproducibly.

An idx file is a header of big-endian 32-bit numbers (a magic number, then one length for each
dimension) and the values, one byte each. The format is described at the end of
http://yann.lecun.com/exdb/mnist/. Files may be gzip'd.
"""

import difflib
import gzip
import hashlib
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mnister.errors import UserError

IMAGES_MAGIC = 0x00000803
LABELS_MAGIC = 0x00000801
MAXIMUM_BYTES = 2**31  # four times EMNIST by class, the largest set published in this format
GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 2**20
KINDS = {IMAGES_MAGIC: "images", LABELS_MAGIC: "labels"}


def read_images(path: str | Path) -> np.ndarray:
    """Read an idx file of images.

    Args:
        path: A plain or gzip'd idx file with three dimensions.

    Returns:
        uint8 (N, H, W), the grey values as they stand in the file.

    Raises:
        UserError: The file is missing, damaged, empty or does not hold images.
    """
    return _read_array(Path(path), IMAGES_MAGIC)


def read_labels(path: str | Path) -> np.ndarray:
    """Read an idx file of labels.

    Args:
        path: A plain or gzip'd idx file with one dimension.

    Returns:
        uint8 (N,), one class number for each image.

    Raises:
        UserError: The file is missing, damaged, empty or does not hold labels.
    """
    return _read_array(Path(path), LABELS_MAGIC)


def content_sha256(values: np.ndarray) -> str:
    """Fingerprint an idx file by what it holds, whichever way it is compressed.

    Args:
        values: uint8, images (N, H, W) or labels (N,).

    Returns:
        The SHA-256 of the uncompressed file with these values, 64 hexadecimal digits.

    Raises:
        ValueError: The values have another type or number of dimensions.
    """
    digest = hashlib.sha256(_header_of(values))
    digest.update(np.ascontiguousarray(values))
    return digest.hexdigest()


def write_idx(path: str | Path, values: np.ndarray) -> None:
    """Write images or labels as an idx file, gzip'd where the name ends in .gz.

    The same values always give the same bytes: no time and no name go into the gzip header.

    Args:
        path: Where to write.
        values: uint8, images (N, H, W) or labels (N,).

    Raises:
        ValueError: The values have another type or number of dimensions.
    """
    content = _header_of(values) + values.tobytes()
    is_gzip = Path(path).suffix == ".gz"
    Path(path).write_bytes(gzip.compress(content, mtime=0) if is_gzip else content)


def _header_of(values: np.ndarray) -> bytes:
    if values.dtype != np.uint8 or values.ndim not in (1, 3):
        raise ValueError(
            "An idx file holds uint8 images (N, H, W) or labels (N,). "
            f"Received: {values.dtype} {values.shape}"
        )
    magic = LABELS_MAGIC if values.ndim == 1 else IMAGES_MAGIC
    return struct.pack(f">I{values.ndim}I", magic, *values.shape)


def _read_array(path: Path, magic: int) -> np.ndarray:
    """Read one file, checked against its own header, that must begin with this magic number."""
    with _open_stream(path) as stream:
        _check_magic(stream, path, magic)
        shape = _read_shape(stream, path, magic)
        values = _read_values(stream, path, KINDS[magic], shape)
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)


@contextmanager
def _open_stream(path: Path) -> Iterator[BinaryIO]:
    """Open a plain or gzip'd file and turn every fault of reading it into a UserError."""
    if not path.is_file():
        raise _missing(path)
    try:
        with path.open("rb") as raw:
            start = raw.read(len(GZIP_MAGIC))
            raw.seek(0)
            _check_start(path, start)
            if start != GZIP_MAGIC:
                yield raw
                return
            with gzip.open(raw) as stream:
                yield stream
    except EOFError as error:
        raise UserError(
            f"{path} is cut off: its gzip stream ends too early",
            expected="a complete gzip file",
            received=f"{path.stat().st_size:,} bytes, the last ones missing",
            instead="copy or download the file again",
        ) from error
    except (OSError, zlib.error) as error:
        raise UserError(
            f"{path} cannot be read",
            expected="an undamaged idx file, plain or gzip'd, that you may read",
            received=str(error),
            instead="copy or download the file again",
        ) from error


def _missing(path: Path) -> UserError:
    """Say that there is no such file, and which file of its folder looks like it."""
    if path.is_dir():
        return UserError(
            f"{path} is a folder, not an idx file",
            expected="one file, such as train-images-idx3-ubyte.gz",
            received="a folder",
        )
    names = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
    nearest = difflib.get_close_matches(path.name, names, n=1, cutoff=0.7)
    return UserError(
        f"There is no file {path}",
        expected="an idx file, plain or gzip'd",
        received="no such file" if path.parent.is_dir() else f"no folder {path.parent}",
        instead=f"{path.parent / nearest[0]} is there" if nearest else None,
    )


def _check_start(path: Path, start: bytes) -> None:
    """Refuse a file without content, and one named .gz that is not gzip."""
    if not start:
        raise UserError(
            f"{path} is empty",
            expected="an idx file, plain or gzip'd",
            received="0 bytes",
            instead="copy or download the file again",
        )
    if path.suffix == ".gz" and start != GZIP_MAGIC:
        raise UserError(
            f"{path} is named .gz but is not gzip'd",
            expected="a file that starts with the bytes 1f 8b",
            received=f"a file that starts with the bytes {start.hex(' ')}",
            instead="if it is already unpacked, rename it without .gz; if not, download it again",
        )


def _check_magic(stream: BinaryIO, path: Path, expected: int) -> None:
    """Read the magic number, which says what the file holds."""
    start = stream.read(4)
    if len(start) < 4:
        raise _cut_header(path, len(start), 4)
    (magic,) = struct.unpack(">I", start)
    if magic == expected:
        return
    if magic in KINDS:
        raise UserError(
            f"{path} holds {KINDS[magic]}, not {KINDS[expected]}",
            expected=_describe_magic(expected),
            received=_describe_magic(magic),
            instead="images and labels are swapped: exchange the two file names",
        )
    raise UserError(
        f"{path} is not an idx file of {KINDS[expected]}",
        expected=_describe_magic(expected),
        received=f"the magic number {magic} (0x{magic:08x})",
    )


def _describe_magic(magic: int) -> str:
    """Write a magic number out with what it stands for."""
    return f"the magic number {magic} (0x{magic:08x}, {KINDS[magic]})"


def _cut_header(path: Path, received: int, expected: int) -> UserError:
    """Say that the file ends within its header."""
    return UserError(
        f"{path} ends within its header",
        expected=f"at least {expected} bytes",
        received=f"{received} bytes",
        instead="copy or download the file again",
    )


def _read_shape(stream: BinaryIO, path: Path, magic: int) -> tuple[int, ...]:
    """Read the length of every dimension; the last byte of the magic says how many there are."""
    dimensions = magic & 0xFF
    lengths = stream.read(4 * dimensions)
    if len(lengths) < 4 * dimensions:
        raise _cut_header(path, 4 + len(lengths), 4 + 4 * dimensions)
    shape = struct.unpack(f">{dimensions}I", lengths)
    if 0 in shape:
        raise UserError(
            f"{path} holds no {KINDS[magic]}",
            expected=f"a header that announces at least one of the {KINDS[magic]}",
            received=f"a header that announces {_times(shape)}",
        )
    if np.prod(shape, dtype=object) > MAXIMUM_BYTES:
        raise UserError(
            f"{path} announces more than can be read",
            expected=f"at most {MAXIMUM_BYTES:,} values",
            received=f"a header that announces {_times(shape)} values",
            instead="the file is probably damaged: copy or download it again",
        )
    return shape


def _read_values(stream: BinaryIO, path: Path, kind: str, shape: tuple[int, ...]) -> bytearray:
    """Read as many bytes as the header announces, never more than one beyond them."""
    size = int(np.prod(shape, dtype=np.int64))
    values = bytearray()
    while chunk := stream.read(min(CHUNK_BYTES, size + 1 - len(values))):
        values += chunk
    if len(values) == size:
        return values
    fault = "fewer" if len(values) < size else "more"
    raise UserError(
        f"{path} holds {fault} {kind} than its header announces",
        expected=f"{size:,} bytes after the header ({_times(shape)})",
        received=f"{len(values):,} bytes" if len(values) < size else "further bytes after them",
        instead="copy or download the file again",
    )


def _times(shape: tuple[int, ...]) -> str:
    """Write a shape out for people: 60,000 × 28 × 28."""
    return " × ".join(f"{length:,}" for length in shape)
