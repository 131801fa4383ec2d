"""GPUs dealt out to the jobs of a sweep that run at once."""

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnister.locks import Held, take_lock

VISIBLE = "CUDA_VISIBLE_DEVICES"

_held: list[Any] = []  # the lock of this process's GPU, as long as it lives
atexit.register(_held.clear)  # a lock cannot be given up any more when Python is taken down


def deal_gpu(job_number: int, folder: Path) -> None:
    """Show a job one of the GPUs, if there are any and this process has none yet.

    A process that runs several jobs, one after another, keeps the GPU of its first.

    Args:
        job_number: The job's place in the sweep, from 0.
        folder: The sweep's folder, where the processes note which GPUs are taken.
    """
    if not _held and "tensorflow" not in sys.modules:
        gpus = order_for_job(job_number, list_gpus(os.environ))
        if gpus:
            os.environ[VISIBLE] = take_first_free(gpus, folder)


def order_for_job(job_number: int, gpus: Sequence[str]) -> list[str]:
    """Order the GPUs as a job should try them: the first job from the first on, and so on round.

    Args:
        job_number: The job's place in the sweep, from 0.
        gpus: The GPUs that may be used.
    """
    start = job_number % len(gpus) if gpus else 0
    return [*gpus[start:], *gpus[:start]]


def take_first_free(gpus: Sequence[str], folder: Path) -> str:
    """Take the first GPU that no other process of the sweep has, or share the first of all.

    Args:
        gpus: At least one.
        folder: Where the processes note which are taken.
    """
    for gpu in gpus:
        with contextlib.suppress(Held):
            _held.append(take_lock(folder / f".gpu-{gpu.replace('/', '_')}.lock"))
            return gpu
    return gpus[0]


def list_gpus(environment: Mapping[str, str]) -> list[str]:
    """List the NVIDIA GPUs that a process may use, without starting TensorFlow.

    Args:
        environment: Its `CUDA_VISIBLE_DEVICES` counts; without it, all that the driver knows.
    """
    if VISIBLE in environment:
        names = environment[VISIBLE].split(",")
        return [name.strip() for name in names if name.strip() not in ("", "-1")]
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    arguments = [command, "--query-gpu=index", "--format=csv,noheader"]
    answer = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return answer.stdout.split() if answer.returncode == 0 else []
