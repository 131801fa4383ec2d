"""A run that is killed and goes on ends with the same bits as one that was never interrupted."""

import csv
import json
import os
import random
import signal
from pathlib import Path

import numpy as np
import pytest

from mnister.models.store import list_models, verify
from tests.commands import ROOT, finish, start, wait_for_step

MNIST = f"data.dir={ROOT / 'data' / 'mnist'}"
TIMES = ("seconds", "images_per_second")
KILLS = int(os.environ.get("MNISTER_TEST_KILLS", "1"))
STEPS = 66  # of 12 an epoch: ends in the middle of one

# Small, yet with all that a network can hold from step to step: batch statistics and dropout.
NETWORK = (
    "model.layers=[{ConvBlock: {filters: 8, kernel_size: 5, strides: 2}},"
    " {ConvBlock: {filters: 8, kernel_size: 3, strides: 2}},"
    " Flatten, {Dropout: {rate: 0.2}}, {Dense: {units: classes}}]"
)

RECIPE = [
    NETWORK, "data.limit=600", "batch_size=50", f"steps={STEPS}", "device.deterministic=true",
    "optimizer.use_ema=true", "optimizer.ema_momentum=0.9", "checkpoint.every_steps=5",
    "export.verify_digits=20", MNIST,
    # The loss falls, so to callbacks that want it high epoch 1 is the best one, and every two
    # epochs without a better one the learning rate is halved.
    "schedule=constant",
    "callbacks=[{ReduceLROnPlateau: {mode: max, patience: 2, factor: 0.5}},"
    " {EarlyStopping: {mode: max, patience: 9, restore_best_weights: true}}]",
]  # fmt: skip


def only_run(folder: Path) -> Path:
    (run,) = (folder / "outputs" / "train").iterdir()
    return run


def final_state(run: Path, step: int = STEPS) -> dict[str, np.ndarray]:
    """Return every variable of the last checkpoint: weights, optimizer, dropout, metrics."""
    last = max((run / "checkpoints").glob("step-*.npz"))
    assert f"step-{step:08d}" in last.name
    with np.load(last) as arrays:
        return {name: arrays[name] for name in arrays.files if name.startswith("variable_")}


def history(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(encoding="utf-8") as file:
        return [
            {key: value for key, value in row.items() if key not in TIMES}
            for row in csv.DictReader(file)
        ]


def assert_equal(received: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert received.keys() == expected.keys()
    assert expected
    for name in expected:
        np.testing.assert_array_equal(received[name], expected[name])


def exported_variables(folder: Path) -> list[bytes]:
    """Return the content of the one exported version's variables; their order is not fixed."""
    import tensorflow as tf

    (version,) = (folder / "outputs" / "models").glob("*/[0-9]*")
    reader = tf.train.load_checkpoint(str(version / "variables" / "variables"))
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    assert len(names) >= 8
    return sorted(reader.get_tensor(name).tobytes() for name in names)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    finish(start(folder, *RECIPE))
    return folder


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """Kill a run, stop it as it goes on, and let it end; return its folder."""
    folder = tmp_path_factory.mktemp("interrupted")
    chance = random.Random(KILLS)
    killed, stopped = sorted(chance.sample(range(5, 24), KILLS)), chance.randrange(26, 40)
    for command, step in zip([RECIPE, *[["resume=latest"]] * KILLS], killed, strict=False):
        process = start(folder, *command)
        wait_for_step(folder, step, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = start(folder, "resume=latest")
    wait_for_step(folder, stopped, process)
    process.send_signal(signal.SIGTERM)
    _, errors = finish(process, code=128 + signal.SIGTERM)
    run = only_run(folder)
    assert f"python train.py resume={run.relative_to(folder)}" in errors
    assert "Traceback" not in errors
    assert json.loads((run / "status.json").read_text())["state"] == "stopped"
    finish(start(folder, "resume=latest"))
    return folder


@pytest.mark.slow
def test_killed_and_stopped_it_ends_with_the_same_bits(interrupted, uninterrupted):
    assert_equal(final_state(only_run(interrupted)), final_state(only_run(uninterrupted)))
    assert exported_variables(interrupted) == exported_variables(uninterrupted)
    assert history(only_run(interrupted)) == history(only_run(uninterrupted))
    steps = [int(row["step"]) for row in history(only_run(interrupted))]
    assert steps == [12, 24, 36, 48, 60, 66]


def test_what_callbacks_remember_outlives_a_kill(interrupted):
    rows = history(only_run(interrupted))
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates == pytest.approx([rates[0]] * 3 + [rates[0] / 2] * 2 + [rates[0] / 4])
    metrics = json.loads((only_run(interrupted) / "metrics.json").read_text())
    assert metrics["validation_loss"] == float(rows[0]["validation_loss"])
    assert float(rows[-1]["validation_loss"]) < metrics["validation_loss"]


@pytest.mark.slow
def test_two_runs_started_at_once_share_nothing(tmp_path):
    dense = "model.layers=[Flatten,{Dense:{units: classes}}]"
    recipe = ["data.limit=200", "batch_size=50", "steps=2", dense, MNIST]
    for process in [start(tmp_path, *recipe), start(tmp_path, *recipe)]:
        finish(process)
    runs = list((tmp_path / "outputs" / "train").iterdir())
    metrics = [json.loads((run / "metrics.json").read_text()) for run in runs]
    assert {numbers["model_version"] for numbers in metrics} == {1, 2}
    models = list_models(tmp_path / "outputs" / "models")
    assert {model.version for model in models} == {1, 2}  # either may have been exported last
    for model in models:
        verify(model)


@pytest.mark.slow
def test_damaged_checkpoint_is_passed_over_and_a_finished_run_extended(uninterrupted):
    run = only_run(uninterrupted)
    newest, before = sorted((run / "checkpoints").glob("step-*.npz"), reverse=True)
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    _, errors = finish(start(uninterrupted, f"resume={run}", "steps=70"))
    assert f"{newest.name} is damaged" in errors
    assert before.name in errors
    assert [int(row["step"]) for row in history(run)] == [12, 24, 36, 48, 60, 70]
    assert json.loads((run / "metrics.json").read_text())["steps"] == 70
