"""A page network goes the whole way of training: as a digit network does, on pages."""

import csv
import json
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mnister.errors import UserError
from mnister.models import store
from tests.commands import finish, start, wait_for_step

CONV = "kernel_size: 3, padding: same, activation: relu"
STEPS = 22  # of 8 an epoch
# Small pages, few of them, and a network of all that a page network is made of.
RECIPE = (
    "experiment=page", "data.size=64", "data.limit=32", "data.pages_per_epoch=32",
    "data.validation_pages=9", "data.test_pages=6", "data.reuse=2", "data.cached_pages=8",
    "batch_size=4", f"steps={STEPS}", "device.deterministic=true", "checkpoint.every_steps=3",
    "optimizer.learning_rate=0.01", "optimizer.ema_momentum=0.8", "tensorboard.gradient_norm=true",
    "export.verify_digits=4", "data.seed=7",
    "model.layers=[{LocalContrast: {window: 20, floor: 0.03}},"
    f" {{Conv2D: {{filters: 8, strides: 4, {CONV}}}}}, {{DownAndUp: {{filters: [8, 8],"
    " repeats: [1, 0]}}, {Conv2D: {filters: classes, kernel_size: 1}}]",
)  # fmt: skip

# Loads both forms in a process that does not know the project, for pages of two sizes.
LOAD = """
import json, sys
import numpy as np, tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
folder = sys.argv[1]
model = tf.saved_model.load(folder)
run = Interpreter(folder + "/model.tflite").get_signature_runner("serving_default")
answers = []
for shape in ((1, 64, 64, 1), (2, 48, 112, 1), (1, 64, 64, 1)):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    one, other = model.signatures["serving_default"](image=tf.constant(image)), run(image=image)
    difference = np.abs(one["heads"].numpy() - other["heads"]).max()
    answers.append([list(other["heads"].shape), float(difference), sorted(one), sorted(other)])
plain = Interpreter(folder + "/model.tflite")
taken = plain.get_input_details()[0]
plain.resize_tensor_input(taken["index"], (1, 80, 32, 1))
plain.allocate_tensors()
plain.set_tensor(taken["index"], np.zeros((1, 80, 32, 1), np.uint8))
plain.invoke()
given = plain.get_tensor(plain.get_output_details()[0]["index"])
answers.append(list(given.shape))
print(json.dumps(answers))
"""


def only_run(folder):
    (run,) = (folder / "outputs" / "train").iterdir()
    return run


def history(run):
    with (run / "metrics.csv").open(encoding="utf-8") as file:
        times = ("seconds", "images_per_second")
        return [{k: v for k, v in row.items() if k not in times} for row in csv.DictReader(file)]


def final_state(run):
    last = max((run / "checkpoints").glob("step-*.npz"))
    assert f"step-{STEPS:08d}" in last.name
    with np.load(last) as arrays:
        return {name: arrays[name] for name in arrays.files if name.startswith("variable_")}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train once, as a user does; return the folder and what was logged."""
    folder = tmp_path_factory.mktemp("pages")
    _, log = finish(start(folder, *RECIPE))
    return folder, log


@pytest.fixture(scope="module")
def version(trained):
    return trained[0] / "outputs" / "models" / "page" / "1"


@pytest.mark.slow
def test_the_loss_falls_and_everything_is_measured(trained):
    run = only_run(trained[0])
    rows, metrics = history(run), json.loads((run / "metrics.json").read_text())
    assert [int(row["step"]) for row in rows] == [8, 16, 22]
    assert float(rows[-1]["validation_loss"]) < float(rows[0]["validation_loss"])
    for part in ("validation", "test"):
        measured = {name: metrics[f"{part}_{name}"] for name in ("precision", "recall", "f1")}
        assert all(0 <= value <= 1 for value in measured.values())
        assert metrics[f"{part}_accuracy"] == measured["f1"]
        assert 0 <= metrics[f"{part}_pages_exact"] <= 1
    for name in ("loss", "accuracy", "precision", "recall", "pages_exact", "threshold"):
        assert metrics[f"validation_{name}"] == float(rows[-1][f"validation_{name}"])
    assert (metrics["steps"], metrics["epochs"]) == (STEPS, STEPS / 8)


def test_pages_are_shown(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = only_run(trained[0])
    for name in ("curves", "training_pages", "test_pages"):
        assert cv2.imread(str(run / f"{name}.png")).std() > 5
    tags = {}
    for part in ("pictures", "validation"):
        events = EventAccumulator(str(run / "tensorboard" / part))
        events.Reload()
        tags[part] = set(events.Tags()["tensors"])
    assert tags["pictures"] >= {"training pages", "test pages"}
    assert tags["validation"] >= {"accuracy", "precision", "recall", "f1", "pages_exact"}


def test_the_manifest_says_how_a_page_must_look(trained, version):
    manifest = json.loads((version / "manifest.json").read_text())
    assert manifest["task"] == "pages"
    assert manifest["image"]["shape"] == [None, None, 1]
    assert manifest["image"]["multiple_of"] == 16
    assert manifest["answer"]["stride"] == 4
    assert len(manifest["answer"]["channels"]) == 4
    assert manifest["answer"]["threshold"] == manifest["metrics"]["validation_threshold"]
    assert "LiteRT equals the network on 4 pages" in trained[1]


def test_a_reader_of_digits_does_not_take_it(trained, version):
    models = trained[0] / "outputs" / "models"
    with pytest.raises(UserError, match="No model is exported yet"):
        store.find_model(models)
    with pytest.raises(UserError, match="another kind"):
        store.find_model(models, version)
    assert store.find_model(models, "page", "pages").version == 1
    store.verify(store.find_model(models, version, None))


def test_both_forms_answer_pages_of_any_size_in_another_process(version, tmp_path):
    script = tmp_path / "load.py"
    script.write_text(LOAD)
    finished = subprocess.run(
        [sys.executable, script, version], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    *answers, resized = json.loads(finished.stdout.splitlines()[-1])
    shapes = [shape for shape, *_ in answers]
    assert shapes == [[1, 16, 16, 15], [2, 12, 28, 15], [1, 16, 16, 15]]
    for _, difference, one, other in answers:
        assert difference < 1e-4
        assert one == other == ["heads"]
    assert resized == [1, 20, 8, 15]


@pytest.mark.slow
def test_killed_it_ends_with_the_same_bits(trained, tmp_path):
    process = start(tmp_path, *RECIPE)
    wait_for_step(tmp_path, 9, process)  # in the middle of an epoch, and of the pages' reuse
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(start(tmp_path, "resume=latest"))
    killed, whole = only_run(tmp_path), only_run(trained[0])
    assert history(killed) == history(whole)
    expected = final_state(whole)
    assert final_state(killed).keys() == expected.keys()
    for name, values in final_state(killed).items():
        np.testing.assert_array_equal(values, expected[name])


@pytest.mark.slow
def test_workers_train_as_one_process_does(trained, tmp_path):
    deterministic = ("device=multi_worker", "device.workers=2", "device.deterministic=true")
    finish(start(tmp_path, *RECIPE, *deterministic))
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy", "validation_recall")
    one, two = (
        np.array([[float(row[name]) for name in names] for row in history(only_run(folder))])
        for folder in (trained[0], tmp_path)
    )
    assert two == pytest.approx(one, rel=2e-3, abs=2e-3)


@pytest.mark.slow
def test_half_precision(tmp_path):
    short = ("steps=4", "device.precision=mixed_bfloat16", "debug=false")
    _, log = finish(start(tmp_path, *RECIPE, *short))
    assert "LiteRT equals the network" in log
