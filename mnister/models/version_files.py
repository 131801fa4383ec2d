"""The files of an exported version: listed, summed up, and flushed to the disk."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

MANIFEST = "manifest.json"


def files_of(folder: Path) -> Iterator[Path]:
    """Yield every file of a version but its manifest, in order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / MANIFEST:
            yield path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def flush(folder: Path) -> None:
    """Make sure that what was written reaches the disk before the version appears."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    flush_entry(folder)


def flush_entry(folder: Path) -> None:
    """Make sure that the names in a folder reach the disk, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
