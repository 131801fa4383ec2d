"""A crop network goes the whole way of training, and reads beside the page network."""

import json
import signal
import subprocess
import sys

import cv2
import pytest

from mnister.errors import UserError
from mnister.models import store
from mnister.reading.library import Reader
from tests.commands import finish, start, wait_for_step
from tests.reading.pages import LINES, page
from tests.training.test_pages import only_run

STEPS = 14  # of 4 an epoch
# Small pages, few of them, and a network of all that a crop network is made of.
RECIPE = (
    "experiment=crop", "data.size=96", "data.limit=16", "data.pages_per_epoch=16",
    "data.validation_pages=6", "data.test_pages=5", "data.reuse=2", "data.cached_pages=8",
    "batch_size=32", f"steps={STEPS}", "device.deterministic=true", "checkpoint.every_steps=3",
    "optimizer.learning_rate=0.01", "optimizer.ema_momentum=0.8", "export.verify_digits=16",
    "model.layers=[{LayerNormalization: {axis: [1, 2, 3], epsilon: 0.0005}},"
    " {Conv2D: {filters: 8, kernel_size: 3, strides: 4, activation: relu}},"
    " {Residual: {filters: 8}}, Flatten, {Dense: {units: classes}}]",
)  # fmt: skip

# Loads both forms in a process that does not know the project.
LOAD = """
import json, sys
import numpy as np, tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
folder = sys.argv[1]
crops = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 1), dtype=np.uint8)
one = tf.saved_model.load(folder).signatures["serving_default"](image=tf.constant(crops))
run = Interpreter(folder + "/model.tflite").get_signature_runner("serving_default")
other = run(image=crops)["probabilities"]
difference = np.abs(one["probabilities"].numpy() - other).max()
print(json.dumps([list(other.shape), float(difference), float(other.sum(axis=1).min())]))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train once, as a user does; return the folder and what was logged."""
    folder = tmp_path_factory.mktemp("crops")
    _, log = finish(start(folder, *RECIPE))
    return folder, log


@pytest.fixture(scope="module")
def models(trained):
    return trained[0] / "outputs" / "models"


def measured(folder):
    metrics = json.loads((only_run(folder) / "metrics.json").read_text())
    return {k: v for k, v in metrics.items() if k not in ("train_seconds", "images_per_second")}


def test_crops_and_whole_pages_are_measured(trained):
    metrics = measured(trained[0])
    assert 0 < metrics["test_accuracy"] <= 1
    for name in ("f1", "digits", "f1_alone", "digits_alone"):
        assert metrics[f"test_pages_{name}"] <= 1
    for name in ("training_digits", "confusion_matrix", "wrong_digits"):
        path = only_run(trained[0]) / f"{name}.png"
        assert name == "training_digits" or cv2.imread(str(path)).std() > 5


def test_the_manifest_says_how_it_is_heard_beside_the_page_network(models):
    manifest = json.loads((models / "crop" / "1" / "manifest.json").read_text())
    assert manifest["task"] == "crops"
    assert manifest["image"]["shape"] == [40, 40, 1]
    beside = manifest["beside_page_network"]
    assert [len(beside[name]) for name in ("place", "digit", "printed")] == [4, 3, 3]
    slope, _ = beside["calibration"]
    assert slope == manifest["metrics"]["validation_pages_slope"]
    assert len(manifest["class_names"]) == 21


def test_both_forms_answer_alike_in_another_process(models, tmp_path):
    script = tmp_path / "load.py"
    script.write_text(LOAD)
    finished = subprocess.run(
        [sys.executable, script, models / "crop" / "1"], cwd=tmp_path, capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    shape, difference, least = json.loads(finished.stdout.splitlines()[-1])
    assert shape == [3, 21]
    assert difference < 0.15  # the weights of one have 8 bits
    assert least == pytest.approx(1, abs=1e-3)


def test_it_reads_beside_the_page_network_and_instead_of_no_other(models):
    reader = Reader(None, crop_network="crop", models_dir=models)
    assert reader.models["crop_network"].path == models / "crop" / "1"
    assert [len(line) for line in reader.read(page(LINES)).lines] == [len(line) for line in LINES]
    for key, words in (("detector", "pages"), ("model", "digits")):
        with pytest.raises(UserError, match=f"another kind(?s:.*)learned {words}"):
            Reader(
                **{"model": None, "crop_network": "none", key: models / "crop" / "1"},
                models_dir=models,
            )
    assert [model.task for model in store.list_models(models)] == ["crops"]


def test_a_manifest_that_does_not_say_how_it_is_heard_is_refused(models, tmp_path):
    version = models / "crop" / "1"
    copy = tmp_path / "crop" / "1"
    copy.parent.mkdir()
    copy.mkdir()
    (copy / "model.tflite").write_bytes((version / "model.tflite").read_bytes())
    manifest = json.loads((version / "manifest.json").read_text())
    manifest["files"] = {k: v for k, v in manifest["files"].items() if k == "model.tflite"}
    manifest["beside_page_network"].pop("place")
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match=r"does not say how(?s:.*)crop_network=builtin"):
        Reader(None, crop_network=copy, models_dir=tmp_path)


def test_what_cannot_be_shared_out_among_pages_is_refused(tmp_path):
    _, log = finish(start(tmp_path, *RECIPE, "batch_size=30"), code=2)
    assert "batch_size=24" in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_killed_it_ends_with_the_same_figures(trained, tmp_path):
    process = start(tmp_path, *RECIPE)
    wait_for_step(tmp_path, 5, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(start(tmp_path, "resume=latest"))
    assert measured(tmp_path) == measured(trained[0])
