"""`train.py` as a user starts it, watched while it runs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def start(folder, *arguments, **environment):
    """Start `python train.py …` in a folder, without any GPU; return its process."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, code=0, seconds=600):
    """Wait for a command's end, make sure of its exit code; return its stdout and stderr."""
    output, errors = process.communicate(timeout=seconds)
    assert process.returncode == code, output + errors
    return output, errors


def wait_until(is_so, process, what="what was waited for"):
    """Wait while a command runs until something is so."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        if is_so():
            return
        time.sleep(0.005)
    pytest.fail(f"{what} did not come: {process.communicate()}")


def wait_for_step(folder, step, process):
    """Wait until a run in a folder has a checkpoint of this step or of a later one."""

    def is_there():
        found = folder.glob("outputs/train/*/checkpoints/step-*.npz")
        return any(int(path.name.split("-")[1]) >= step for path in found)

    wait_until(is_there, process, f"a checkpoint of step {step}")
