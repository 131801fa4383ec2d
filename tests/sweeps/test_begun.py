"""A sweep's job is never read back as another's, nor is the folder of another touched."""

import json
import subprocess
import sys

import numpy as np
import pytest

from mnister.data.idx_sets import load_mnist
from tests.commands import ROOT, finish, start
from tests.refused import assert_refused

# A job that leaves what a finished one does, or with seed=2 what an interrupted one does.
TASK = """
import sys
from mnister.command_line import entry_point

@entry_point("train")
def main(config, run_folder):
    if config.seed == 2:
        (run_folder / "checkpoints").mkdir(exist_ok=True)
        (run_folder / "checkpoints" / "step-00000001-0.npz").touch()
        raise SystemExit(1)
    (run_folder / "metrics.json").write_text('{"validation_accuracy": 0.5}')
    return 0.5

main()
"""
BY_NUMBER = ("-m", "hydra.sweep.dir=sweep", "hydra.sweep.subdir=${hydra.job.num}")


@pytest.fixture
def run(tmp_path):
    """Give a function that runs the task; it returns how it ended."""
    (tmp_path / "task.py").write_text(TASK)

    def run_task(*arguments):
        return subprocess.run(
            [sys.executable, "task.py", *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run_task


def contents_of(folder):
    return {path: path.read_bytes() for path in folder.glob("*/**/*") if path.is_file()}


@pytest.mark.parametrize(
    ("begun", "launcher"), [("1", ()), ("2", ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"))]
)
def test_a_folder_named_by_a_number_stays_the_job_s_that_began_it(run, tmp_path, begun, launcher):
    if launcher:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs '.[sweep]'")
    run(*BY_NUMBER, f"seed={begun}", *launcher)
    whole = (tmp_path / "sweep" / "multirun.yaml").read_bytes()
    before = contents_of(tmp_path / "sweep")
    refused = run(*BY_NUMBER, "seed=3", *launcher)
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.startswith("seed: is not what the job in sweep/0 was begun with.\n")
    assert f"  Expected: {begun}\n  Received: 3\n  Instead:  another hydra.sweep.dir" in (
        refused.stderr
    )
    assert "Validation %" not in refused.stdout  # the table of the other sweep
    assert "Go on:" not in refused.stdout
    assert contents_of(tmp_path / "sweep") == before
    assert (tmp_path / "sweep" / "multirun.yaml").read_bytes() == whole


def test_the_same_sweep_and_a_longer_one_go_on_in_folders_named_by_numbers(run):
    assert run(*BY_NUMBER, "seed=1,3").returncode == 0
    again = run(*BY_NUMBER, "seed=1,3,4", "progress=false", "tensorboard.histograms=true")
    assert again.returncode == 0, again.stderr
    refused = run(*BY_NUMBER, "seed=1", "epochs=1")
    assert_refused(refused, "epochs: is not what the job in sweep/0 was begun with")


@pytest.fixture
def own_digits(tmp_path):
    """Give a folder of few idx files, and a function that makes their content another."""
    mnist = load_mnist(ROOT / "data" / "mnist")
    folder = tmp_path / "digits"
    folder.mkdir()

    def write(first):
        for part, name, count in ((mnist.train, "train", 70), (mnist.test, "test", 20)):
            images, labels = part.images[first:][:count], part.labels[first:][:count]
            for values, kind in (
                (images, "images-idx3"),
                (labels.astype(np.uint8), "labels-idx1"),
            ):
                head = np.array([0x800 + values.ndim, *values.shape], dtype=">u4").tobytes()
                (folder / f"{name}-{kind}-ubyte").write_bytes(head + values.tobytes())

    write(0)
    write.folder = folder
    return write


TINY = (
    "data=idx", "data.validation_digits=20", "batch_size=10", "steps=2", "schedule=constant",
    "model.layers=[Flatten,{Dense:{units: 10}}]", "device.precision=float32",
    "export.verify_digits=4", "hydra.sweep.dir=sweep",
)  # fmt: skip


@pytest.mark.slow
def test_a_sweep_is_not_shown_as_finished_when_its_data_have_changed(tmp_path, own_digits):
    command = ("-m", *TINY, "seed=1,2", f"data.dir={own_digits.folder}")
    _, errors = finish(start(tmp_path, *command))
    before = contents_of(tmp_path / "sweep")
    own_digits(500)
    output, errors = finish(start(tmp_path, *command), code=2)
    assert errors.startswith("data: is not what the job in sweep/")
    assert "50 + 20 + 20 digits; SHA-256 " in errors
    assert "Instead:  another hydra.sweep.dir" in errors
    assert "Validation %" not in output
    assert contents_of(tmp_path / "sweep") == before

    own_digits(0)  # as they were, though their files are new
    output, errors = finish(start(tmp_path, *command))
    assert errors.count("Finished before: ") == 2
    assert "Validation %" in output


@pytest.mark.slow
def test_a_search_is_not_shown_as_finished_when_its_data_or_settings_have_changed(
    tmp_path, own_digits
):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="needs '.[sweep]'")
    search = ("sweep=optuna", "hydra.sweeper.n_trials=2", "seed=range(1,9)", "data.limit=null")
    command = (*search, *TINY, f"data.dir={own_digits.folder}")
    finish(start(tmp_path, *command))
    before = contents_of(tmp_path / "sweep")
    _, errors = finish(start(tmp_path, *command, "label_smoothing=0.1"), code=2)
    assert errors.startswith("label_smoothing: is not what the search in sweep was begun with.")
    output, _ = finish(start(tmp_path, *command))
    assert "Validation %" in output
    own_digits(500)
    output, errors = finish(start(tmp_path, *command), code=2)
    assert errors.startswith("data: is not what the job in sweep/")
    assert "Validation %" not in output
    changed = {path for path, content in contents_of(tmp_path / "sweep").items()
               if before.get(path) != content}  # fmt: skip
    assert changed == set()
    assert json.loads((tmp_path / "sweep" / "begun.json").read_text())["settings"]["steps"] == 2
