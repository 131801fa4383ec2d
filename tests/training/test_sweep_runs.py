"""Sweeps as they are typed: alone or side by side the same bits; killed or stopped, the rest."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow

RECIPE = (
    "data.limit=600", "batch_size=64", "model=lenet5", "steps=12", "device.deterministic=true",
    "device.threads=1", "export.verify_digits=20", f"data.dir={ROOT / 'data' / 'mnist'}",
)  # fmt: skip
JOBS = [(precision, seed) for precision in ("mixed_bfloat16", "float32") for seed in (1, 2)]
GRID = ("-m", *RECIPE, "device.precision=mixed_bfloat16,float32", "seed=1,2")


def start(folder, *arguments, **environment):
    command = [sys.executable, str(ROOT / "train.py"), *arguments]
    return subprocess.Popen(
        command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"} | environment,
    )  # fmt: skip


def finish(process, code=0):
    output, errors = process.communicate(timeout=600)
    assert process.returncode == code, output + errors
    return output, errors


def only_sweep(folder):
    (sweep,) = (folder / "outputs" / "sweeps").iterdir()
    return sweep


def overrides_of(job):
    typed = json.loads((job / "status.json").read_text())["overrides"]
    return dict(text.lstrip("+").split("=", 1) for text in typed)


def result_of(job):
    """Return what a job ended with: all its numbers but the times, and its last state."""
    metrics = json.loads((job / "metrics.json").read_text())
    uneven = ("train_seconds", "images_per_second", "model_version")
    numbers = {name: value for name, value in metrics.items() if name not in uneven}
    with np.load(max((job / "checkpoints").glob("step-00000012-*.npz"))) as arrays:
        state = {name: arrays[name] for name in arrays.files if name.startswith("variable_")}
    return numbers, state


def results_of(sweep):
    """Return the result of every job of the grid by (precision, seed)."""
    jobs = [path.parent for path in sweep.glob("*/metrics.json")]
    keys = [(overrides_of(j)["device.precision"], int(overrides_of(j)["seed"])) for j in jobs]
    return {key: result_of(job) for key, job in zip(keys, jobs, strict=True)}


def assert_same(received, expected):
    assert received[0] == expected[0]
    assert len(received[1]) == len(expected[1]) > 20
    for name, value in expected[1].items():
        np.testing.assert_array_equal(received[1][name], value)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Run every job of the grid alone, in a process of its own."""
    folder, results = tmp_path_factory.mktemp("alone"), {}
    for precision, seed in JOBS:
        job = folder / f"{precision}_{seed}"
        settings = [f"device.precision={precision}", f"seed={seed}", f"hydra.run.dir={job}"]
        finish(start(folder, *RECIPE, *settings))
        results[precision, seed] = result_of(job)
    return results


def test_jobs_in_one_process_have_the_bits_of_jobs_alone(tmp_path, alone):
    output, _ = finish(start(tmp_path, *GRID))
    received = results_of(only_sweep(tmp_path))
    assert sorted(received) == sorted(JOBS)
    for job in JOBS:
        assert_same(received[job], alone[job])
    assert alone["float32", 1][0]["test_loss"] != alone["mixed_bfloat16", 1][0]["test_loss"]
    assert re.search(r"python infer.py mode=multi_digit model=lenet5/[1-4]$", output, re.MULTILINE)


def test_jobs_side_by_side_have_the_bits_of_jobs_alone(tmp_path, alone):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs '.[sweep]'")
    finish(start(tmp_path, *GRID, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"))
    received = results_of(only_sweep(tmp_path))
    assert sorted(received) == sorted(JOBS)
    for job in JOBS:
        assert_same(received[job], alone[job])


@pytest.mark.parametrize(
    ("extra", "launcher"),
    [
        ("ray", ("hydra/launcher=ray", "+hydra.launcher.ray.init.include_dashboard=false")),
        ("slurm", ("hydra/launcher=submitit_local",)),
    ],
)
def test_other_launchers_run_a_sweep_of_two_jobs(tmp_path, extra, launcher):
    plugin = {"ray": "hydra_ray_launcher", "slurm": "hydra_submitit_launcher"}[extra]
    pytest.importorskip(f"hydra_plugins.{plugin}", reason=f"needs '.[{extra}]'")
    recipe = [text for text in RECIPE if "threads" not in text]
    output, _ = finish(start(tmp_path, "-m", *recipe, "seed=1,2", *launcher))
    jobs = [path.parent for path in only_sweep(tmp_path).glob("*/metrics.json")]
    assert sorted(overrides_of(job)["seed"] for job in jobs) == ["1", "2"]
    threads = max(1, len(os.sched_getaffinity(0)) // 2) if extra == "slurm" else 1
    assert {overrides_of(job)["device.threads"] for job in jobs} == {str(threads)}
    assert "Read with the best" in output


def wait_until(is_so, process):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        if is_so():
            return
        time.sleep(0.005)
    pytest.fail(f"it did not come so far: {process.communicate()}")


@pytest.mark.parametrize(
    ("number", "launcher"),
    [
        (signal.SIGINT, ()),
        (signal.SIGTERM, ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")),
    ],
)
def test_a_stopped_sweep_says_how_to_go_on_and_does_only_the_rest(tmp_path, number, launcher):
    if launcher:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs '.[sweep]'")
    command = ("-m", *RECIPE, "seed=1,2,3", "steps=40", "checkpoint.every_steps=5", *launcher)
    process = start(tmp_path, *command)

    def is_one_done_and_one_under_way():
        saved = {path.parents[1] for path in tmp_path.glob("outputs/sweeps/*/*/checkpoints/*.npz")}
        return (
            saved - {path.parent for path in metrics_of(tmp_path)} if metrics_of(tmp_path) else 0
        )

    wait_until(is_one_done_and_one_under_way, process)
    process.send_signal(number)
    output, errors = finish(process, code=128 + number)
    assert "Traceback" not in errors
    assert f"Go on: python {ROOT / 'train.py'} -m data.limit=600" in output
    done = metrics_of(tmp_path)
    assert 1 <= len(done) <= 2
    assert "did not finish" in output

    output, errors = finish(start(tmp_path, *command))
    assert errors.count("Finished before: ") == len(done)
    assert "going on after step" in errors
    assert done.items() <= metrics_of(tmp_path).items()
    assert len(metrics_of(tmp_path)) == 3


def test_a_search_killed_twice_ends_with_its_trials_and_trains_none_twice(tmp_path):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="needs '.[sweep]'")
    command = (
        "sweep=optuna_compact", "hydra.sweeper.n_trials=12", "data.limit=200", "batch_size=64",
        "steps=4", "checkpoint.every_steps=1", "export.verify_digits=20", RECIPE[-1],
    )  # fmt: skip
    finished = {}
    for kill_after in (3, 7):
        process = start(tmp_path, *command)
        wait_until(lambda n=kill_after: len(metrics_of(tmp_path)) >= n, process)
        process.kill()
        process.communicate()
        finished |= metrics_of(tmp_path)
    output, _ = finish(start(tmp_path, *command))
    assert finished.items() <= metrics_of(tmp_path).items()
    assert len(metrics_of(tmp_path)) == 12
    with sqlite3.connect(only_sweep(tmp_path) / "optuna.db") as study:
        states = [state for (state,) in study.execute("SELECT state FROM trials")]
    assert states.count("COMPLETE") == 12
    assert set(states) <= {"COMPLETE", "FAIL"}
    assert "Read with the best" in output


def metrics_of(folder):
    """Return when each finished job of the one sweep wrote its metrics."""
    return {
        path: path.stat().st_mtime_ns for path in folder.glob("outputs/sweeps/*/*/metrics.json")
    }
