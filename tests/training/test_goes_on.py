"""A run goes on with the data and the settings that it was begun with, and says what changes.

One process makes all runs.
"""

import csv
import json

import pytest

from tests.commands import ROOT

RUNS = """
import hashlib, io, json, logging, shutil, sys
from pathlib import Path

import cv2
import numpy as np

from mnister import train
from mnister.data.idx_sets import load_mnist
from mnister.errors import UserError

said = []
log = logging.getLogger("mnister")
log.addHandler(handler := logging.Handler())
handler.emit = lambda record: said.append(record.getMessage().strip())
log.setLevel(logging.INFO)
outcomes = {}

COMMON = ["batch_size=8", "model.layers=[Flatten,{Dense:{units: classes}}]",
          "device.precision=float32", "export.verify_digits=2", "export.dir=models",
          "tensorboard.histograms=false"]


def run(name, folder, *overrides):
    said.clear()
    try:
        train(*overrides, *([] if "resume" in str(overrides) else COMMON), run_folder=folder)
        outcomes[name] = {"error": None, "said": list(said)}
    except UserError as error:
        outcomes[name] = {"error": str(error)}
    for kept in ("metrics.csv", "metrics.json", "status.json", "config/overrides.yaml"):
        if (Path(folder) / kept).is_file():
            shutil.copy(Path(folder) / kept, f"{name}-{Path(kept).name}")


def pictures():
    digits = load_mnist(sys.argv[1]).train
    for name, digit in (("ant", 0), ("bee", 1), ("cow", 7)):
        folder = Path("digits") / name
        folder.mkdir(parents=True)
        for i, image in enumerate(digits.images[digits.labels == digit][:12]):
            cv2.imwrite(str(folder / f"{i}.png"), 255 - image)


def as_of_an_earlier_version(run):
    (run / "begun.json").unlink()
    newest, *older = sorted((run / "checkpoints").glob("*.npz"), reverse=True)
    with np.load(newest) as arrays:
        content = dict(arrays)
    state = json.loads(content["state"].tobytes())
    del state["history"]["learning_rate"], state["history"]["total_steps"]
    content["state"] = np.frombuffer(json.dumps(state).encode(), dtype=np.uint8)
    stream = io.BytesIO()
    np.savez(stream, **content)
    digest = hashlib.sha256(stream.getvalue()).hexdigest()[:32]
    newest.with_name(newest.name[:14] + digest + ".npz").write_bytes(stream.getvalue())
    newest.unlink()


pictures()
folders = ["data=image_folder", "data.dir=digits"]
run("folders", "folders", *folders, "steps=3")
Path("digits/ant").rename("digits/dog")
run("renamed", "folders", "resume=folders", "steps=6")
Path("digits/dog").rename("digits/ant")
shutil.copy("digits/ant/1.png", "digits/ant/more.png")
run("more", "folders", "resume=folders", "steps=6")
Path("digits/ant/more.png").unlink()
shutil.copytree("digits/ant", "digits/eel")
run("class", "folders", "resume=folders", "steps=6")
as_of_an_earlier_version(Path("folders"))
run("class, not noted", "folders", "resume=folders", "steps=6")
Path("folders/metrics.json").unlink()  # nothing tells of its data
run("class, not known", "folders", "resume=folders", "steps=6")
shutil.rmtree("digits/eel")
run("as begun", "folders", "resume=folders", "steps=6")

short = [f"data.dir={sys.argv[1]}", "data.limit=40", "augmentation=none"]
run("one epoch", "longer", *short, "epochs=1")
run("two epochs", "longer", "resume=longer", "epochs=2")
as_of_an_earlier_version(Path("longer"))
run("three epochs", "longer", "resume=longer", "epochs=3.4")
run("four epochs", "longer", "resume=longer", "epochs=4")
json.dump(outcomes, open("outcomes.json", "w"))
"""


@pytest.fixture(scope="module")
def root(run_python, tmp_path_factory):
    root = tmp_path_factory.mktemp("goes_on")
    (root / "runs.py").write_text(RUNS)
    mnist = ROOT / "data" / "mnist"
    finished = run_python("runs.py", mnist, cwd=root, PYTHONPATH=str(ROOT))
    assert finished.returncode == 0, finished.stderr
    return root


@pytest.fixture(scope="module")
def outcomes(root):
    return json.loads((root / "outcomes.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("renamed", "3 classes bee, cow, dog; 30 + 3 + 3 digits"),
        ("more", "3 classes ant, bee, cow; 31 + 3 + 3 digits"),
        ("class", "4 classes ant, bee, cow, eel; 40 + 4 + 4 digits"),
    ],
)
def test_a_run_does_not_go_on_with_other_data(root, outcomes, name, received):
    error = outcomes[name]["error"].splitlines()
    assert error[0] == "data: may not change when a run goes on."
    assert error[1].startswith("  Expected: 3 classes ant, bee, cow; 30 + 3 + 3 digits; SHA-256 ")
    assert error[2].startswith(f"  Received: {received}; SHA-256 ")
    assert error[3] == "  Instead:  leave it as it was, or start a new run, not in folders"
    for kept in ("metrics.csv", "metrics.json", "status.json", "overrides.yaml"):
        assert (root / f"{name}-{kept}").read_bytes() == (root / f"folders-{kept}").read_bytes()


def test_the_export_tells_of_the_data_of_an_earlier_version_s_run(outcomes):
    error = outcomes["class, not noted"]["error"].splitlines()
    assert error[0] == "data: may not change when a run goes on."
    assert error[1].startswith("  Expected: 3 classes ant, bee, cow; SHA-256 ")


def test_another_number_of_classes_is_said_in_a_few_lines(outcomes):
    error = outcomes["class, not known"]["error"]
    assert error.startswith("The checkpoint is of another network, optimizer or number of classes")
    assert "Expected: a variable of shape (784, 4)" in error
    assert "Received: (784, 3) in folders/checkpoints" in error


def test_with_its_data_as_they_were_a_run_goes_on(root, outcomes):
    assert outcomes["as begun"]["error"] is None
    assert json.loads((root / "folders" / "metrics.json").read_text())["steps"] == 6


def rows_after(root, name):
    with (root / f"{name}-metrics.csv").open() as file:
        return [{key: value for key, value in row.items() if "second" not in key}
                for row in csv.DictReader(file)]  # fmt: skip


def test_epochs_that_are_over_keep_their_rows_in_a_longer_run(root):
    one, two, three, four = (
        rows_after(root, f"{count} epochs".replace("one epochs", "one epoch"))
        for count in ("one", "two", "three", "four")
    )
    assert float(one[0]["learning_rate"]) < 1e-6
    assert two[:1] == one
    assert three[:2] == two
    assert [row["step"] for row in three] == ["5", "10", "15", "17"]
    assert four[:3] == three[:3]
    assert [row["step"] for row in four] == ["5", "10", "15", "20"]


def test_a_longer_run_says_what_becomes_of_its_learning_rate(outcomes):
    said = outcomes["two epochs"]["said"]
    assert "10 steps, 5 before: schedule and plain_end are those of the new length" in said
    (rate,) = [line for line in said if line.startswith("learning rate after step 5: ")]
    assert rate.endswith(" before; epochs that are over keep their rows")
    assert "17 steps, 10 before" in "\n".join(outcomes["three epochs"]["said"])  # not noted
    assert "epoch 4 goes on: its row becomes that of the whole" in outcomes["four epochs"]["said"]
    assert "steps, " not in "\n".join(outcomes["one epoch"]["said"])


def test_tensorboard_shows_the_hyper_parameters_of_the_longer_run(root):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    accumulator = EventAccumulator(str(root / "longer" / "tensorboard" / "pictures"))
    accumulator.Reload()
    content = accumulator.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    started = HParamsPluginData.FromString(content).session_start_info
    assert started.hparams["epochs"].number_value == 4
    assert len(accumulator.Tensors("final/steps")) == 1
