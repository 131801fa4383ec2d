"""The exported version answers anybody who loads it, without this project."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnister.data.idx_sets import load_idx_test
from mnister.models import store
from tests.conftest import TINY

MNIST = Path(__file__).resolve().parents[2] / "data" / "mnist"


@pytest.fixture(scope="module")
def images():
    return load_idx_test(MNIST).images[:100, ..., None]


@pytest.fixture(scope="module")
def lite(tiny_run):
    """Give the signature of the LiteRT file."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(tiny_run.version / "model.tflite"))
    return interpreter.get_signature_runner("serving_default")


@pytest.fixture(scope="module")
def answers(tiny_run, images, tmp_path_factory):
    """Give what `saved_model_cli run` answers in a process that does not know the project."""
    folder = tmp_path_factory.mktemp("cli")
    np.save(folder / "images.npy", images)
    command = Path(sys.executable).with_name("saved_model_cli")
    finished = subprocess.run(
        [command, "run", "--dir", tiny_run.version, "--tag_set", "serve", "--signature_def",
         "serving_default", "--inputs", "image=images.npy", "--outdir", "."],
        cwd=folder, env={"PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return {path.stem: np.load(path) for path in folder.glob("*.npy") if path.stem != "images"}


def test_the_saved_model_refuses_pictures_of_another_shape(tiny_run):
    import tensorflow as tf

    model = tf.saved_model.load(str(tiny_run.version))
    colored = tf.zeros((2, 28, 28, 3), tf.uint8)  # lenet5 on its own would answer them
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[2,28,28,3\].*\[\?,28,28,1\]"):
        model.signatures["serving_default"](image=colored)


@pytest.mark.slow
def test_saved_model_cli_gets_probabilities_and_classes(answers):
    assert set(answers) == {"probabilities", "class_ids"}
    probabilities, classes = answers["probabilities"], answers["class_ids"]
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (100, 10))
    assert (classes.dtype, classes.shape) == (np.int32, (100,))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(100), abs=1e-5)
    assert np.array_equal(classes, probabilities.argmax(axis=1))


def test_the_answers_are_those_of_the_run(answers, tiny_run):
    labels = load_idx_test(MNIST).labels[:100]
    accuracy = (answers["class_ids"] == labels).mean()
    assert accuracy == pytest.approx(tiny_run.metrics["test_accuracy"], abs=0.15)


def test_litert_equals_the_saved_model(answers, lite, images):
    received = lite(image=images)
    assert np.abs(received["probabilities"] - answers["probabilities"]).max() < 1e-5
    assert np.array_equal(received["class_ids"], answers["class_ids"])


def test_litert_has_the_same_signature(lite):
    (name, taken), *others = lite.get_input_details().items()
    assert (name, others, taken["dtype"]) == ("image", [], np.uint8)
    assert taken["shape_signature"].tolist() == [-1, 28, 28, 1]
    given = lite.get_output_details()
    assert {name: detail["dtype"] for name, detail in given.items()} == {
        "probabilities": np.float32,
        "class_ids": np.int32,
    }


def test_the_manifest_lists_every_file(tiny_run):
    model = store.find_model(tiny_run.models)
    store.verify(model)
    files = {
        path.relative_to(tiny_run.version).as_posix(): path
        for path in tiny_run.version.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert {"saved_model.pb", "model.tflite", "variables/variables.index"} <= set(files)
    sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert model.manifest["files"] == sums


def test_the_manifest_says_how_an_image_must_look(tiny_run):
    manifest = tiny_run.manifest
    assert manifest["image"] == {
        "shape": [28, 28, 1],
        "dtype": "uint8",
        "polarity": "white on black",
        "box": [20, 20],
        "centring": "centre of mass",
    }
    assert manifest["class_names"] == list("0123456789")


def test_the_manifest_says_where_the_model_comes_from(tiny_run):
    manifest, metrics = tiny_run.manifest, tiny_run.metrics
    assert (manifest["name"], manifest["version"], manifest["format"]) == ("lenet5", 1, 1)
    assert manifest["config"]["optimizer"]["name"] == "AdamW"
    assert manifest["config"]["seed"] == 1
    assert len(manifest["dataset_sha256"]) == 64
    assert manifest["versions"]["tensorflow"].startswith("2.")
    for name in ("test_accuracy", "validation_accuracy", "parameters"):
        assert manifest["metrics"][name] == metrics[name]


def test_the_export_was_compared_with_the_network(tiny_run):
    for form in ("SavedModel", "LiteRT"):
        assert f"{form} equals the network on 600 digits" in tiny_run.log


def test_no_half_written_version_is_left(tiny_run):
    assert list((tiny_run.models / "lenet5" / ".writing").iterdir()) == []


@pytest.mark.slow
def test_a_digit_network_may_be_exported_with_8_bit_weights(
    run_python, tiny_run, images, tmp_path
):
    from ai_edge_litert.interpreter import Interpreter

    finished = run_python(
        "train.py", *TINY, "steps=2", "optimizer.learning_rate=1e-6",
        f"weights={tiny_run.version}", "export.quantize=true",
        f"export.dir={tmp_path / 'models'}", f"hydra.run.dir={tmp_path / 'run'}",
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    file = tmp_path / "models" / "lenet5" / "1" / "model.tflite"
    whole = tiny_run.version / "model.tflite"
    assert file.stat().st_size < 0.5 * whole.stat().st_size
    exact, rough = (
        Interpreter(str(path)).get_signature_runner("serving_default")(image=images)
        for path in (whole, file)
    )
    assert (exact["class_ids"] == rough["class_ids"]).mean() > 0.9
