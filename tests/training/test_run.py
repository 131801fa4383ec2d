"""What a run leaves in its folder, and what a sweep of several runs does."""

import csv
import itertools
import json
import re

import cv2
import numpy as np
import pytest
import yaml

METRICS = {
    "test_accuracy", "test_loss", "validation_accuracy", "validation_loss", "train_accuracy",
    "train_loss", "train_seconds", "images_per_second", "steps", "epochs", "batch_size",
    "parameters", "seed", "model_name", "model_version",
}  # fmt: skip


@pytest.mark.slow
def test_a_run_learns_something(tiny_run):
    metrics = tiny_run.metrics
    assert set(metrics) >= METRICS
    assert metrics["test_accuracy"] > 0.3
    assert metrics["validation_accuracy"] > 0.3
    assert metrics["test_loss"] < 2.2
    assert metrics["images_per_second"] == pytest.approx(
        20 * 64 / metrics["train_seconds"], rel=0.01
    )
    assert {name: metrics[name] for name in ("steps", "epochs", "batch_size", "parameters")} == {
        "steps": 20,
        "epochs": pytest.approx(20 * 64 / 600, abs=1e-3),
        "batch_size": 64,
        "parameters": 61706,
    }
    assert (metrics["seed"], metrics["model_name"], metrics["model_version"]) == (1, "lenet5", 1)
    assert all(not isinstance(value, dict | list) for value in metrics.values())


def test_the_history_has_a_row_an_epoch(tiny_run):
    with (tiny_run.folder / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["step"]) for row in rows] == [("1", "9"), ("2", "18"), ("3", "20")]
    assert float(rows[-1]["validation_accuracy"]) == tiny_run.metrics["validation_accuracy"]
    assert float(rows[-1]["loss"]) == pytest.approx(tiny_run.metrics["train_loss"])
    assert float(rows[1]["loss"]) < float(rows[0]["loss"])
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0, abs=1e-9)


def test_the_config_is_kept(tiny_run, tiny):
    config = yaml.safe_load((tiny_run.folder / "config" / "config.yaml").read_text())
    assert (config["model"]["name"], config["steps"]) == ("lenet5", 20)
    assert config["device"]["deterministic"] is True
    overrides = yaml.safe_load((tiny_run.folder / "config" / "overrides.yaml").read_text())
    assert overrides[: len(tiny)] == list(tiny)
    status = json.loads((tiny_run.folder / "status.json").read_text())
    assert status == {"state": "finished", "reason": None, "overrides": overrides}


def test_the_log_tells_the_steps_of_the_readme(tiny_run):
    log = (tiny_run.folder / "train.log").read_text()
    steps = re.findall(r"\b([1-5])\. (Read|Build|Train|Evaluate|Export)", log)
    assert [word for _, word in steps] == ["Read", "Build", "Train", "Evaluate", "Export"]
    assert len(re.findall(r"epoch \d/3 ", log)) == 3
    assert "\x1b" not in tiny_run.log
    assert "Traceback" not in tiny_run.log
    for said in ("1. Read the data", "epoch 3/3", "test accuracy", str(tiny_run.folder)):
        assert said in tiny_run.log


def test_nothing_of_tensorflows_chatter_is_printed(tiny_run):
    for noise in ("oneDNN", "cuda", "TF-TRT", "absl", "WARNING", "I0000", "E0000"):
        assert noise not in tiny_run.log


@pytest.mark.parametrize("name", ["curves.png", "confusion_matrix.png", "wrong_digits.png"])
def test_the_pictures_show_something(tiny_run, name):
    picture = cv2.imread(str(tiny_run.folder / name))
    assert min(picture.shape[:2]) > 200
    assert picture.std() > 5


def test_the_versions_are_kept(tiny_run):
    environment = json.loads((tiny_run.folder / "environment.json").read_text())
    assert environment["versions"]["keras"].startswith("3.")
    assert environment["python"].startswith("3.")


@pytest.fixture(scope="module")
def events(tiny_run):
    """Give what TensorBoard reads: an accumulator for each of the run's curves."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folders = {path.parent for path in tiny_run.folder.glob("tensorboard/**/events.out.*")}
    read = {folder.name: EventAccumulator(str(folder)) for folder in folders}
    for accumulator in read.values():
        accumulator.Reload()
    return read


def test_tensorboard_shows_curves(events, tiny_run):
    from tensorboard.util.tensor_util import make_ndarray

    for curve, tags in {
        "train": ["loss", "accuracy", "learning_rate", "images_per_second", "gradient_norm"],
        "validation": ["loss", "accuracy"],
    }.items():
        assert set(tags) <= set(events[curve].Tags()["tensors"])
        for tag in tags:
            assert [event.step for event in events[curve].Tensors(tag)] == [9, 18, 20]
    last = make_ndarray(events["validation"].Tensors("accuracy")[-1].tensor_proto)
    assert float(last) == pytest.approx(tiny_run.metrics["validation_accuracy"])


def test_tensorboard_shows_the_graph(events):
    assert any(accumulator.Tags()["graph"] for accumulator in events.values())


def test_tensorboard_shows_pictures(events):
    tags = events["pictures"].Tags()["tensors"]
    for tag in ("training digits", "confusion matrix", "wrong digits"):
        assert tag in tags
        content = events["pictures"].Tensors(tag)[0].tensor_proto.string_val[2]
        assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).std() > 5


def test_tensorboard_shows_hyper_parameters(events):
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    content = events["pictures"].PluginTagToContent("hparams")
    started = HParamsPluginData.FromString(content["_hparams_/session_start_info"])
    hparams = started.session_start_info.hparams
    assert hparams["model.name"].string_value == "lenet5"
    assert hparams["optimizer.learning_rate"].number_value == 0.004
    assert "final/test_accuracy" in events["pictures"].Tags()["tensors"]


@pytest.fixture(scope="module")
def sweep(run_python, tiny, tmp_path_factory):
    """Sweep over models and seeds in one process; the second seed's version is taken already."""
    root = tmp_path_factory.mktemp("sweep")
    finished = run_python(
        "train.py", "-m", *[text for text in tiny if not text.startswith("model=")],
        "model=lenet5,mlp", "seed=1,2", "model_version=1", "export.verify_digits=50",
        f"export.dir={root / 'models'}", f"hydra.sweep.dir={root / 'sweep'}",
    )  # fmt: skip
    return finished, root


def job_folder(root, model, seed):
    """Return the folder of one job of the sweep; its name stands for its settings."""
    for status in root.glob("sweep/*/status.json"):
        overrides = json.loads(status.read_text())["overrides"]
        if {f"model={model}", f"seed={seed}"} <= set(overrides):
            return status.parent
    return pytest.fail(f"no job {model}, {seed}")


@pytest.mark.slow
def test_a_sweep_goes_on_past_failed_jobs_and_ends_with_a_ranked_table(sweep):
    finished, root = sweep
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    jobs = [job_folder(root, *job) for job in itertools.product(("lenet5", "mlp"), (1, 2))]
    states = [json.loads((job / "status.json").read_text()) for job in jobs]
    assert [status["state"] for status in states] == ["finished", "failed", "finished", "failed"]
    assert "Version 1 of lenet5 exists or existed" in states[1]["reason"]
    accuracies = {
        name: json.loads((job / "metrics.json").read_text())["validation_accuracy"]
        for job, name in ((jobs[0], "lenet5"), (jobs[2], "mlp"))
    }
    ranked = sorted(accuracies, key=accuracies.get, reverse=True)
    with (root / "sweep" / "sweep.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == ranked
    assert [float(row["validation_accuracy_mean"]) for row in rows] == pytest.approx(
        [accuracies[name] for name in ranked], rel=1e-5
    )
    table = finished.stdout[finished.stdout.index("Validation %") :]
    places = [table.index(f"model={name}") for name in ranked]
    assert places == sorted(places)
    assert "2 of 4 jobs did not finish" in finished.stdout
    assert "model_version=2" in finished.stdout


def test_every_job_of_a_sweep_leaves_a_whole_folder(sweep):
    _, root = sweep
    for model in ("lenet5", "mlp"):
        for name in ("train.log", "metrics.csv", "metrics.json", "curves.png", "tensorboard"):
            assert (job_folder(root, model, 1) / name).exists()
    assert (root / "sweep" / "sweep.png").exists()
    exported = [path.parent for path in (root / "models").glob("*/*/manifest.json")]
    assert sorted(f"{path.parent.name}/{path.name}" for path in exported) == ["lenet5/1", "mlp/1"]


def test_the_same_seed_gives_the_same_bits_in_another_process(sweep, tiny_run):
    _, root = sweep
    weights, size = "variables/variables.data-00000-of-00001", 4 * 61706
    first = (tiny_run.version / weights).read_bytes()[:size]
    assert len(first) == size
    assert (root / "models" / "lenet5" / "1" / weights).read_bytes()[:size] == first
    manifest = json.loads((root / "models" / "lenet5" / "1" / "manifest.json").read_text())
    for name in ("test_loss", "validation_loss", "train_loss"):
        assert manifest["metrics"][name] == tiny_run.metrics[name]
