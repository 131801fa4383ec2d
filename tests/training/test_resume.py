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

TIMES = ("seconds", "images_per_second")
KILLS = int(os.environ.get("MNISTER_TEST_KILLS", "2"))
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
    "export.verify_digits=20", f"data.dir={ROOT / 'data' / 'mnist'}",
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


@pytest.mark.slow
def test_killed_again_and_again_ends_with_the_same_bits(tmp_path, uninterrupted):
    steps = sorted(random.Random(KILLS).sample(range(5, STEPS - 6), KILLS))
    for step in steps:
        process = start(tmp_path, *(["resume=latest"] if step > steps[0] else RECIPE))
        wait_for_step(tmp_path, step, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finish(start(tmp_path, "resume=latest"))

    assert_equal(final_state(only_run(tmp_path)), final_state(only_run(uninterrupted)))
    assert exported_variables(tmp_path) == exported_variables(uninterrupted)
    assert history(only_run(tmp_path)) == history(only_run(uninterrupted))
    steps = [int(row["step"]) for row in history(only_run(tmp_path))]
    assert steps == [12, 24, 36, 48, 60, 66]


# The loss falls, so to callbacks that want it high epoch 1 is the best one, and every two epochs
# without a better one the learning rate is halved.
WATCHED = [
    *[text for text in RECIPE if not text.startswith("steps=")], "steps=60", "schedule=constant",
    "callbacks=[{ReduceLROnPlateau: {mode: max, patience: 2, factor: 0.5}},"
    " {EarlyStopping: {mode: max, patience: 9, restore_best_weights: true}}]",
]  # fmt: skip


@pytest.mark.slow
def test_what_callbacks_remember_outlives_a_kill(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    finish(start(whole, *WATCHED))
    process = start(killed, *WATCHED)
    wait_for_step(killed, 26, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(start(killed, "resume=latest"))

    assert_equal(final_state(only_run(killed), 60), final_state(only_run(whole), 60))
    assert exported_variables(killed) == exported_variables(whole)
    rows = history(only_run(killed))
    assert rows == history(only_run(whole))
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates == pytest.approx([rates[0]] * 3 + [rates[0] / 2] * 2)
    metrics = json.loads((only_run(killed) / "metrics.json").read_text())
    assert metrics["validation_loss"] == float(rows[0]["validation_loss"])
    assert float(rows[-1]["validation_loss"]) < metrics["validation_loss"]


@pytest.mark.slow
def test_two_runs_started_at_once_share_nothing(tmp_path):
    dense = "model.layers=[Flatten,{Dense:{units: classes}}]"
    recipe = ["data.limit=200", "batch_size=50", "steps=2", dense, RECIPE[-1]]
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
def test_sigterm_saves_and_names_the_command_to_go_on(tmp_path):
    recipe = [text for text in RECIPE if "steps=" not in text]
    process = start(tmp_path, *recipe, "steps=100000")
    wait_for_step(tmp_path, 12, process)
    process.send_signal(signal.SIGTERM)
    _, errors = finish(process, code=128 + signal.SIGTERM)
    run = only_run(tmp_path)
    assert f"python train.py resume={run.relative_to(tmp_path)}" in errors
    assert "Traceback" not in errors
    assert json.loads((run / "status.json").read_text())["state"] == "stopped"


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
