"""What a run of either room leaves in its folder: whole files, and the versions it ran on."""

import contextlib
import errno
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from mnister.errors import UserError

PACKAGES = (
    "tensorflow",
    "keras",
    "ai-edge-litert",
    "numpy",
    "opencv-python-headless",
    "hydra-core",
    "omegaconf",
    "mnister",
)


# What a system says of a file that it does not let grow or change.
_REFUSALS = ("EACCES", "EDQUOT", "EEXIST", "EFBIG", "ENOSPC", "ENOTDIR", "EPERM", "EROFS")


def why_not_written(error: BaseException) -> str | None:
    """Say why a file could not be written, if that is what an error is about.

    Args:
        error: Of Python, or of TensorFlow, which has the system's words in its own.

    Returns:
        Such as `No space left on device: run/metrics.csv`; None for any other error.
    """
    numbers = [getattr(errno, name) for name in _REFUSALS if hasattr(errno, name)]
    if isinstance(error, OSError):
        of_file = f": {error.filename}" if error.filename else ""
        return error.strerror + of_file if error.errno in numbers else None
    is_tensorflows = type(error).__module__.startswith("tensorflow.")
    words = [os.strerror(number) for number in numbers if os.strerror(number) in str(error)]
    return words[0] if is_tensorflows and words else None


def as_user_error(error: Exception, folder: Path | None = None) -> Exception:
    """Return what the user can mend, a full disk or too long a name, as that; others as they are.

    Args:
        error: Of any kind.
        folder: What was written to; None: the run folder.
    """
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return UserError(
            "The name of a file or folder is too long",
            expected="at most 255 bytes, on most systems",
            received=f"{str(error.filename)[:60]}…",
        )
    reason = None if isinstance(error, UserError) else why_not_written(error)
    if reason is None:
        return error
    return UserError(
        f"A file of the run could not be written: {reason}",
        expected=f"room and permission to write in {folder or 'the run folder'}",
    )


def make_folder(folder: str | Path, key: str) -> None:
    """Make a folder, and those that it lies in, if it is not there yet.

    Args:
        folder: To be made.
        key: Of the config, which named it.

    Raises:
        UserError: It cannot be made, whatever the system's reason.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refused = as_user_error(error, Path(folder))
        if isinstance(refused, UserError):
            raise refused from None
        raise UserError(
            f"{key} cannot be made",
            expected="a place where a folder can be made",
            received=f"{folder} ({error.strerror})",
        ) from None


@contextlib.contextmanager
def opened_atomically(
    path: Path, *, is_text: bool = True, is_flushed: bool = True
) -> Iterator[IO[Any]]:
    """Open a file that is at every moment either absent, the old one or whole.

    It appears when the block ends; where an error ends it, it does not.

    Args:
        path: The file to write; an existing one is replaced.
        is_text: Text becomes UTF-8; what is no character, as in some file names, is escaped.
        is_flushed: Whether it is on the disk when the block has ended, which takes some 3 ms.
    """
    text = {"mode": "w", "encoding": "utf-8", "errors": "backslashreplace", "newline": ""}
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open(**text if is_text else {"mode": "wb"}) as file:
            yield file
            if is_flushed:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_atomically(content: str | bytes, path: Path, *, is_flushed: bool = True) -> None:
    """Write a whole file, as `opened_atomically` has it.

    Args:
        content: Text or bytes.
        path: The file to write; an existing one is replaced.
        is_flushed: Whether it is on the disk when this returns.
    """
    with opened_atomically(path, is_text=isinstance(content, str), is_flushed=is_flushed) as file:
        file.write(content)


def write_status(
    folder: Path, overrides: Sequence[str], state: str, reason: str | None = None
) -> None:
    """Write how a job stands into its `status.json`.

    Args:
        folder: The job's folder.
        overrides: What was typed for it.
        state: running, finished, stopped, interrupted or failed.
        reason: Why, if not as it should.
    """
    status = {"state": state, "reason": reason, "overrides": list(overrides)}
    text = json.dumps(status, indent=2, ensure_ascii=False)
    write_atomically(text + "\n", folder / "status.json")


def read_record(folder: Path) -> dict[Path, bytes]:
    """Read what a folder tells of the run in it: how it stands, what it was asked for.

    Returns:
        The contents of the files that are there; none where no run was noted yet.
    """
    status = folder / "status.json"
    files = [status, *(folder / "config").glob("*.yaml")] if status.is_file() else []
    return {path: path.read_bytes() for path in files}


def put_back(record: Mapping[Path, bytes]) -> None:
    """Let a folder tell what it told when `read_record` read it."""
    for path, content in record.items():
        write_atomically(content, path)


def write_environment(path: Path) -> None:
    """Write what a run ran on, without importing any of it.

    Args:
        path: The file to write, usually `environment.json`.
    """
    environment = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": read_cpu_model(),
        "cores": count_cores(),
        "versions": {name: read_version(name) for name in PACKAGES},
        "git_commit": read_git_commit(),
    }
    write_atomically(json.dumps(environment, indent=2) + "\n", path)


def read_version(package: str) -> str | None:
    """Look up the installed version of a package, None if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def read_cpu_model(source: Path = Path("/proc/cpuinfo")) -> str:
    """Name the processor as precisely as the system does.

    Args:
        source: Where Linux describes its processors; elsewhere it is absent.

    Returns:
        The model's name, or the architecture where the system tells no more.
    """
    if source.is_file():
        for line in source.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def count_cores() -> int:
    """Count the cores that this process may use; a batch system may have given it few."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_cpu(source: Path = Path("/proc/cpuinfo")) -> dict[str, str | int]:
    """Describe the processor by what decides how fast it computes; virtual ones share names.

    Args:
        source: Where Linux describes its processors; elsewhere it is absent.
    """
    described: dict[str, str | int] = {
        "model name": read_cpu_model(source),
        "cores": count_cores(),
    }
    text = source.read_text(encoding="utf-8", errors="replace") if source.is_file() else ""
    for line in text.partition("\n\n")[0].splitlines():  # the first core's
        name, _, value = (part.strip() for part in line.partition(":"))
        if name in ("cpu family", "model", "flags", "Features"):
            described[name] = value
    return described


def read_cpu_instructions(source: Path = Path("/proc/cpuinfo")) -> set[str]:
    """Return what the processor names as its instruction sets; none where no system tells.

    Args:
        source: Where Linux describes its processors; elsewhere it is absent.
    """
    cpu = read_cpu(source)
    return {word for name in ("flags", "Features") for word in str(cpu.get(name, "")).split()}


def read_code() -> str:
    """Return the version of MNISTER that is running, and in a checkout its commit."""
    commit = read_git_commit()
    return f"{read_version('mnister') or 'unknown'}" + (f" ({commit})" if commit else "")


def read_git_commit(file: Path = Path(__file__)) -> str | None:
    """Read which commit of the project is running.

    Args:
        file: A file of the project; one that a repository around it does not track, as in a
            virtual environment, says nothing about the commit.

    Returns:
        The commit's hash, `-dirty` added if files differ from it; None outside a checkout.
    """
    git = ["git", "-C", str(file.parent)]
    describe = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        for arguments in (["ls-files", "--error-unmatch", file.name], describe):
            answer = subprocess.run(
                git + arguments, capture_output=True, text=True, timeout=10, check=True
            )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
