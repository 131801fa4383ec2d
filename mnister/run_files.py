"""What a run of either room leaves in its folder: whole files, and the versions it ran on."""

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path

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


def write_atomically(text: str, path: Path) -> None:
    """Write a text file that is at every moment either absent, the old one or whole.

    Args:
        text: The content.
        path: The file to write; an existing one is replaced.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_environment(path: Path) -> None:
    """Write what a run ran on, without importing any of it.

    Args:
        path: The file to write, usually `environment.json`.
    """
    environment = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": read_cpu_model(),
        "cores": os.cpu_count(),
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
