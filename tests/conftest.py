"""What the tests share: the commands as a user runs them, and one real tiny training run."""

import collections
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from mnister.run_files import count_cores

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

# Few enough digits and steps for seconds, enough to learn something.
TINY = (
    "data.limit=600", "batch_size=64", "model=lenet5", "steps=20", "device.deterministic=true",
    "optimizer.learning_rate=0.004",
)  # fmt: skip


def pytest_xdist_auto_num_workers():
    """Run half as many more tests at once as there are cores: many wait for other processes."""
    return count_cores() * 3 // 2


def pytest_collection_modifyitems(items):
    """Begin with the files of many slow tests, so that no process is left alone with one."""
    slow = collections.Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def _run_python(*arguments, python=(), cwd=ROOT, **environment):
    """Run `python …` to its end; return its exit code, stdout and stderr."""
    return subprocess.run(
        [sys.executable, *python, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="session")
def run_python():
    """Give the function that runs `python …` in the project's folder."""
    return _run_python


@dataclasses.dataclass(frozen=True)
class TinyRun:
    """A training run that went well.

    Attributes:
        folder: Its run folder.
        models: Where it exported its only model.
        log: What it wrote to the error stream.
    """

    folder: Path
    models: Path
    log: str

    @property
    def version(self):
        """The exported version's folder."""
        return self.models / "lenet5" / "1"

    @property
    def metrics(self):
        return json.loads((self.folder / "metrics.json").read_text())

    @property
    def manifest(self):
        return json.loads((self.version / "manifest.json").read_text())


@pytest.fixture(scope="session")
def tiny():
    """Give the overrides of the tiny run."""
    return TINY


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, worker_id):
    """Train, evaluate and export once, as a user does; for tests that only look at it.

    Processes of tests that run side by side share the one run.
    """
    root = tmp_path_factory.getbasetemp()
    root = (root if worker_id == "master" else root.parent) / "tiny"
    run, log = root / "run", root / "log"
    with FileLock(f"{root}.lock"):
        if not log.exists():
            folders = [f"export.dir={root / 'models'}", f"hydra.run.dir={run}"]
            finished = _run_python("train.py", *TINY, "tensorboard.gradient_norm=true", *folders)
            assert finished.returncode == 0, finished.stderr
            log.write_text(finished.stderr)
    return TinyRun(run, root / "models", log.read_text())
