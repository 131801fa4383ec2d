"""The files of an exported version: listed, summed up, judged, and flushed to the disk."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MANIFEST = "manifest.json"

# What a runtime or a server takes for a model or a part of one.
_SERVED = {
    ".pb", ".pbtxt", ".index", ".tflite", ".keras", ".h5", ".hdf5", ".ckpt", ".onnx", ".mlir",
    ".pt", ".pth", ".safetensors",
}  # fmt: skip
# What Python, a shell or the system's loader runs.
_RUN = {
    ".py", ".pyc", ".pyd", ".pyw", ".pyz", ".egg", ".whl", ".pkl", ".pickle", ".joblib",
    ".so", ".dll", ".dylib", ".exe", ".sh", ".bash", ".bat", ".cmd", ".ps1", ".js", ".jar",
}  # fmt: skip
# How programs begin: a script, and those of Linux, Windows and macOS.
_PROGRAMS = (
    b"#!", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
)  # fmt: skip


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


def can_act(folder: Path, name: str) -> bool:
    """Tell whether a file that no manifest names could be served as a model, or run.

    Args:
        folder: The version's folder.
        name: The file's path below it, with `/`.

    Returns:
        False for what lies about in folders: `.DS_Store`, `README.txt`, TensorFlow Serving's
        warm-up requests in `assets.extra/` …
    """
    path = PurePosixPath(name.lower())
    if path.name == ".ds_store" or path.name.startswith("._"):  # macOS' own, beside any file
        return False
    is_part = path.parts[0] in ("variables", "assets") or path.name.startswith("variables.")
    if is_part or not {*path.suffixes, path.name}.isdisjoint(_SERVED | _RUN):
        return True
    with (folder / name).open("rb") as stream:
        return stream.read(4).startswith(_PROGRAMS)
