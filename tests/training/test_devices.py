"""Several devices train as one does; what is not there is said. One process makes all runs."""

import json
from pathlib import Path

import numpy as np
import pytest

MNIST = Path(__file__).resolve().parents[2] / "data" / "mnist"

# Each run's outcome is its exported version, or its error; devices are set by the first run.
RUNS = """
import json, sys
from mnister import train
from mnister.errors import UserError

common = [*sys.argv[1:], "export.verify_digits=50", "export.dir=models", "progress=false"]
mirrored = ["device=mirrored", "device.logical_cpus=2"]
outcomes = {}

def run(name, *overrides):
    try:
        exported = train(*common, f"export.name={name}", *overrides, run_folder=f"runs/{name}")
        outcomes[name] = {"version": exported.version, "path": str(exported.path)}
    except UserError as error:
        outcomes[name] = {"error": str(error)}
    except BaseException as error:
        outcomes[name] = {"unexpected": f"{type(error).__name__}: {error}"}

run("odd", *mirrored, "batch_size=63")
run("mirrored", *mirrored)
run("gpu", "device=gpu")
run("absent", "device=mirrored", "device.devices=[CPU:7]")
run("xla", "device=cpu", "device.xla=true")
run("half", "device.precision=mixed_bfloat16", "model_version=7")
run("taken", "model_version=7", "export.name=half")
run("diverging", "model=mlp", "optimizer.learning_rate=1e30", "schedule=constant",
    "checkpoint.every_steps=1")

with open("outcomes.json", "w") as file:
    json.dump(outcomes, file)
"""


@pytest.fixture(scope="module")
def root(run_python, tiny, tmp_path_factory):
    root = tmp_path_factory.mktemp("devices")
    (root / "runs.py").write_text(RUNS)
    project = str(MNIST.parents[1])
    recipe = [*tiny, "tensorboard.gradient_norm=true", f"data.dir={MNIST}"]
    finished = run_python(
        "runs.py", *recipe, cwd=root, PYTHONPATH=project, CUDA_VISIBLE_DEVICES="-1"
    )
    assert finished.returncode == 0, finished.stderr
    return root


@pytest.fixture(scope="module")
def outcomes(root):
    return json.loads((root / "outcomes.json").read_text())


def weights_of(path):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(path / "variables" / "variables"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("variables/")]
    return [reader.get_tensor(name) for name in sorted(names)]


def probabilities_of(path):
    from ai_edge_litert.interpreter import Interpreter

    from mnister.data.idx_sets import load_idx_test

    run = Interpreter(str(path / "model.tflite")).get_signature_runner("serving_default")
    return run(image=load_idx_test(MNIST).images[:200, ..., None])["probabilities"]


def curve_of(folder):
    lines = (folder / "metrics.csv").read_text().splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, map(float, line.split(",")), strict=True)) for line in lines[1:]]
    names = ("loss", "validation_loss", "gradient_norm")
    return np.array([[row[name] for name in names] for row in rows])


@pytest.mark.slow
def test_two_replicas_train_as_one_device_does(root, outcomes, tiny_run):
    mirrored = probabilities_of(root / outcomes["mirrored"]["path"])
    assert np.abs(mirrored - probabilities_of(tiny_run.version)).max() < 1e-4
    mirrored, one = curve_of(root / "runs" / "mirrored"), curve_of(tiny_run.folder)
    assert np.abs(mirrored - one).max() < 1e-4
    assert mirrored[-1, 1] < mirrored[0, 1] - 0.2


@pytest.mark.slow
def test_two_replicas_have_the_weights_of_one_device(root, outcomes, tiny_run):
    mirrored = weights_of(root / outcomes["mirrored"]["path"])
    one = weights_of(tiny_run.version)
    differences = [np.abs(a - b).max() for a, b in zip(mirrored, one, strict=True)]
    assert len(differences) == 10
    assert max(differences) < 1e-4


@pytest.mark.slow
def test_the_step_that_xla_compiles_trains_as_the_other_does(root, outcomes, tiny_run):
    compiled = probabilities_of(root / outcomes["xla"]["path"])
    assert np.abs(compiled - probabilities_of(tiny_run.version)).max() < 1e-3
    assert np.abs(curve_of(root / "runs" / "xla") - curve_of(tiny_run.folder)).max() < 1e-3


def test_replicas_must_divide_the_batch(outcomes):
    assert outcomes["odd"]["error"].splitlines() == [
        "2 replicas do not divide the batch evenly.",
        "  Expected: batch_size that 2 divides",
        "  Received: batch_size=63",
        "  Instead:  batch_size=62 or batch_size=64",
    ]


def test_a_device_that_is_not_there_is_told(outcomes):
    assert "TensorFlow does not see a GPU" in outcomes["gpu"]["error"]
    assert "device:CPU:0" in outcomes["gpu"]["error"]
    assert "TensorFlow does not see CPU:7" in outcomes["absent"]["error"]


def test_half_precision_is_exported_as_float32_under_the_number_asked_for(
    root, outcomes, tiny_run
):
    assert outcomes["half"]["version"] == 7
    path = root / outcomes["half"]["path"]
    probabilities = probabilities_of(path)
    assert probabilities.dtype == np.float32
    assert np.abs(probabilities - probabilities_of(tiny_run.version)).max() < 0.2
    assert {weights.dtype.name for weights in weights_of(path)} == {"float32"}


def test_a_number_that_is_taken_is_refused(outcomes):
    assert "Version 7 of half exists or existed" in outcomes["taken"]["error"]
    assert "model_version=8" in outcomes["taken"]["error"]


def test_a_learning_rate_that_cannot_be_followed_stops_the_run_at_its_step(root, outcomes):
    error = outcomes["diverging"]["error"]
    assert error.splitlines()[0].startswith("The training has diverged at step ")
    assert "learning rate 1e+30" in error
    assert "a smaller optimizer.learning_rate" in error
    assert not (root / "models" / "diverging").exists()


def test_a_diverged_state_is_never_saved(root, outcomes):
    newest, *_ = saved = sorted((root / "runs/diverging/checkpoints").iterdir(), reverse=True)
    assert f"last good checkpoint: {newest.relative_to(root)}\n" in outcomes["diverging"]["error"]
    for path in saved:
        with np.load(path) as arrays:
            variables = [arrays[name] for name in arrays.files if name.startswith("variable_")]
        assert all(np.isfinite(variable).all() for variable in variables)
