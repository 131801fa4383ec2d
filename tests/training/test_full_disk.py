"""A full disk stops a run and the message names what is kept; no half of a file counts as one.

No file may grow beyond a limit from a given moment on, which is what a full disk looks like to a
process; one process makes all runs.
"""

import csv
import json
from pathlib import Path

import pytest

from mnister.models import store

DENSE = "model.layers=[Flatten, {Dense: {units: 64}}, {Dense: {units: classes}}]"
MNIST = Path(__file__).resolve().parents[2] / "data" / "mnist"

RUNS = """
import json, logging, resource, sys
from mnister import train
from mnister.errors import UserError

recipe = [*sys.argv[1:], "export.verify_digits=50", "export.dir=models", "progress=false"]
outcomes = {}


class FillDisk(logging.Handler):
    # Lets no file grow beyond `limit` bytes from the moment when `message` is logged.

    message, limit = None, None

    def emit(self, record):
        if record.getMessage().strip().startswith(self.message):
            set_limit(self.limit)


def set_limit(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def run(name, message, limit, *overrides):
    filler.message, filler.limit = message, limit
    try:
        train(*recipe, f"export.name={name}", *overrides, run_folder=f"runs/{name}")
        outcomes[name] = {"error": None}
    except UserError as error:
        outcomes[name] = {"error": str(error), "cause": type(error.__cause__).__name__}
    finally:
        set_limit(resource.RLIM_INFINITY)


filler = FillDisk()
logging.raiseExceptions = False
logging.getLogger("mnister.training").addHandler(filler)
logging.getLogger("mnister.training").setLevel(logging.INFO)
run("table", "epoch 2/3", 40)
run("events", "epoch 2/3", 600)
run("checkpoint", "epoch 2/3", 100_000)
run("export", "5. Export", 200_000)
run("metrics", "model metrics/1", 40)
exported = train("resume=runs/checkpoint")
outcomes["checkpoint again"] = {"version": exported.version}
with open("outcomes.json", "w") as file:
    json.dump(outcomes, file)
"""


@pytest.fixture(scope="module")
def root(run_python, tiny, tmp_path_factory):
    root = tmp_path_factory.mktemp("full")
    (root / "runs.py").write_text(RUNS)
    recipe = [*tiny, DENSE, f"data.dir={MNIST}"]
    finished = run_python("runs.py", *recipe, cwd=root, PYTHONPATH=str(MNIST.parents[1]))
    assert finished.returncode == 0, finished.stderr
    return root


@pytest.fixture(scope="module")
def outcomes(root):
    return json.loads((root / "outcomes.json").read_text())


def epochs_in(folder):
    with (folder / "metrics.csv").open() as file:
        return [row["epoch"] for row in csv.DictReader(file)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "step"),
    [("table", 18), ("events", 18), ("checkpoint", 18), ("export", 20), ("metrics", 20)],
)
def test_the_message_names_what_is_kept(outcomes, name, step):
    what, expected, received, instead = outcomes[name]["error"].splitlines()
    assert what.startswith("A file of the run could not be written: File too large")
    assert expected == f"  Expected: room and permission to write in runs/{name} and models"
    assert f"last good checkpoint: runs/{name}/checkpoints/step-{step:08d}-" in received
    assert instead == f"  Instead:  make room, then: python train.py resume=runs/{name}"


def test_each_kind_of_file_was_the_one_that_failed(outcomes):
    assert outcomes["table"]["cause"] == outcomes["checkpoint"]["cause"] == "OSError"
    assert outcomes["events"]["cause"] not in ("OSError", "NoneType")


def test_the_table_stays_as_it_was(root):
    assert epochs_in(root / "runs" / "table") == ["1"]
    assert epochs_in(root / "runs" / "events") == ["1", "2"]


def test_no_half_written_file_is_left(root):
    for name in ("table", "events", "export", "metrics"):
        assert list((root / "runs" / name).rglob("*.partial")) == []
        assert not (root / "runs" / name / "metrics.json").exists()


def test_no_half_written_version_is_left(root):
    assert list((root / "models" / "export" / ".writing").iterdir()) == []
    whole = store.list_models(root / "models")
    assert {(model.name, model.version) for model in whole} == {("metrics", 1), ("checkpoint", 1)}
    for model in whole:
        store.verify(model)


def test_how_each_ended_stands_in_its_folder_if_there_was_room(root):
    states = {
        path.parent.name: json.loads(path.read_text())["state"]
        for path in root.glob("runs/*/status.json")
    }
    assert (states["checkpoint"], states["export"]) == ("finished", "failed")
    assert {states[name] for name in ("table", "events", "metrics")} == {"running"}


def test_with_room_again_the_run_goes_on(root, outcomes):
    assert outcomes["checkpoint again"]["version"] == 1
    assert epochs_in(root / "runs" / "checkpoint") == ["1", "2", "3"]
