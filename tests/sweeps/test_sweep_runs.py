"""Sweeps as they are typed: alone or side by side the same bits; killed or stopped, the rest."""

import json
import re
import signal
import sqlite3

import numpy as np
import pytest

from tests.commands import ROOT, finish, start, wait_until

pytestmark = pytest.mark.slow

DATA = f"data.dir={ROOT / 'data' / 'mnist'}"
RECIPE = (
    "data.limit=600", "batch_size=64", "model=lenet5", "steps=12", "device.deterministic=true",
    "device.threads=1", "export.verify_digits=20", DATA,
)  # fmt: skip
PRECISIONS = ("mixed_bfloat16", "float32")  # of the two jobs; the second must not get the first's
# As many steps as it takes to be stopped in the middle, of a network that starts fast.
STOPPABLE = (
    "data.limit=200", "batch_size=64", "model.layers=[Flatten,{Dense:{units: classes}}]",
    "steps=90", "checkpoint.every_steps=1", "checkpoint.every_seconds=null",
    "device.precision=float32", "export.verify_digits=20", DATA,
)  # fmt: skip


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


def assert_same(received, expected):
    assert received[0] == expected[0]
    assert len(received[1]) == len(expected[1]) > 20
    for name, value in expected[1].items():
        np.testing.assert_array_equal(received[1][name], value)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Run every job alone, in a process of its own."""
    folder = tmp_path_factory.mktemp("alone")
    jobs = {precision: folder / precision for precision in PRECISIONS}
    settings = [(f"device.precision={name}", f"hydra.run.dir={job}") for name, job in jobs.items()]
    for process in [start(folder, *RECIPE, *pair) for pair in settings]:
        finish(process)
    return {precision: result_of(job) for precision, job in jobs.items()}


@pytest.mark.parametrize(
    ("launcher", "extra"),
    [
        (("basic",), None),
        (("joblib", "hydra.launcher.n_jobs=2"), "sweep"),
        (("ray", "+hydra.launcher.ray.init.include_dashboard=false"), "ray"),
        (("submitit_local",), "slurm"),
    ],
)
def test_jobs_of_a_sweep_have_the_bits_of_jobs_alone(tmp_path, alone, launcher, extra):
    name, *settings = launcher
    if extra:
        plugin = f"hydra_plugins.hydra_{name.partition('_')[0]}_launcher"
        pytest.importorskip(plugin, reason=f"needs '.[{extra}]'")
    swept = f"device.precision={','.join(PRECISIONS)}"
    process = start(tmp_path, "-m", *RECIPE, swept, f"hydra/launcher={name}", *settings)
    output, said = finish(process)
    assert "Traceback" not in said  # nor at the end, when Python is taken down
    jobs = [path.parent for path in only_sweep(tmp_path).glob("*/metrics.json")]
    received = {overrides_of(job)["device.precision"]: result_of(job) for job in jobs}
    assert sorted(received) == sorted(PRECISIONS)
    for precision in PRECISIONS:
        assert_same(received[precision], alone[precision])
    losses = {result[0]["test_loss"] for result in received.values()}
    assert len(losses) == 2
    assert re.search(r"python infer.py mode=multi_digit model=lenet5/[12]$", output, re.MULTILINE)


def is_one_done_and_one_begun(folder):
    """Tell whether a job is finished and another far from its end."""
    done = {path.parent for path in metrics_of(folder)}
    saved = folder.glob("outputs/sweeps/*/*/checkpoints/step-*.npz")
    last = {path.parents[1]: path.name[5:13] for path in sorted(saved)}
    return bool(done) and any(int(last[job]) < 40 for job in last.keys() - done)


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
    command = ("-m", *STOPPABLE, "seed=1,2,3", *launcher)
    process = start(tmp_path, *command)
    wait_until(lambda: is_one_done_and_one_begun(tmp_path), process)
    process.send_signal(number)
    output, errors = finish(process, code=128 + number)
    assert "Traceback" not in errors
    assert f"Go on: python {ROOT / 'train.py'} -m data.limit=200" in output
    done = metrics_of(tmp_path)
    assert 1 <= len(done) <= 2
    assert "did not finish" in output

    output, errors = finish(start(tmp_path, *command))
    assert errors.count("Finished before: ") == len(done)
    assert "going on after step" in errors
    assert done.items() <= metrics_of(tmp_path).items()
    assert len(metrics_of(tmp_path)) == 3


def test_a_search_that_was_killed_ends_with_its_trials_and_trains_none_twice(tmp_path):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="needs '.[sweep]'")
    space = ("optimizer.learning_rate=tag(log, interval(0.0003, 0.01))", "seed=choice(1, 2)")
    command = (
        "sweep=optuna", "hydra.sweeper.n_trials=5", "hydra.sweeper.sampler.n_startup_trials=1",
        *STOPPABLE, "steps=6", *space,
    )  # fmt: skip
    process = start(tmp_path, *command)
    wait_until(lambda: is_one_done_and_one_begun(tmp_path), process)
    process.kill()
    process.communicate()
    finished, begun = metrics_of(tmp_path), params_of(tmp_path)
    assert states_of(tmp_path) == ["COMPLETE"] * len(finished) + ["RUNNING"]

    output, errors = finish(start(tmp_path, *command))
    assert states_of(tmp_path) == ["COMPLETE"] * 5
    assert finished.items() <= metrics_of(tmp_path).items()
    assert len(metrics_of(tmp_path)) == len(list(only_sweep(tmp_path).glob("*/status.json"))) == 5
    # The trial that was under way kept its number and values, its job went on.
    assert params_of(tmp_path)[: len(begun)] == begun
    assert errors.count("going on after step") == 1
    assert "Read with the best" in output


def query(folder, words):
    with sqlite3.connect(only_sweep(folder) / "optuna.db") as study:
        return study.execute(words).fetchall()


def states_of(folder):
    return [state for (state,) in query(folder, "SELECT state FROM trials ORDER BY number")]


def params_of(folder):
    """Return the values that were drawn, in the order in which they were."""
    return query(
        folder, "SELECT trial_id, param_name, param_value FROM trial_params ORDER BY 1, 2"
    )


def metrics_of(folder):
    """Return when each finished job of the one sweep wrote its metrics."""
    return {
        path: path.stat().st_mtime_ns for path in folder.glob("outputs/sweeps/*/*/metrics.json")
    }
