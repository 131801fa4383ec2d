"""Members are trained one after another; what is exported gives their mean."""

import csv
import json

import numpy as np
import pytest

from mnister.training.checkpoints import History
from mnister.training.ensemble import join_histories

STEPS = 12
DENSE = "model.layers=[Flatten, {Dense: {units: 32, activation: relu}}, {Dense: {units: classes}}]"
PARAMETERS = (784 + 1) * 32 + (32 + 1) * 10


@pytest.fixture(scope="module")
def two_members(tiny, run_python, tmp_path_factory):
    """Train two members, as a user does; return the folder of the run and the models."""
    root = tmp_path_factory.mktemp("ensemble")
    folders = [f"export.dir={root / 'models'}", f"hydra.run.dir={root / 'run'}"]
    count = ["members=2", f"steps={STEPS}", "test_time_augmentation=true"]
    finished = run_python("train.py", *tiny, DENSE, *count, *folders)
    assert finished.returncode == 0, finished.stderr
    return root


@pytest.mark.slow
def test_the_export_gives_the_mean_of_its_members_over_the_moves(two_members):
    from mnister.datasets import load_mnist
    from mnister.reading.classify import LiteRTClassifier
    from mnister.training.averaging import MOVED, average
    from mnister.training.fit import make_predictor
    from mnister.training.model import build_network

    version = two_members / "models" / "lenet5" / "1"
    config = json.loads((version / "manifest.json").read_text())["config"]
    images = load_mnist("data/mnist", 5000).test.images[:50, ..., None]
    of_members = []
    for index in range(2):
        network = build_network(config["model"]["layers"], 10, f"member_{index}")
        folder = two_members / "run" / "members" / str(index + 1) / "checkpoints"
        with np.load(max(folder.glob("*.npz"))) as saved:
            for number, variable in enumerate(network.variables):
                variable.assign(saved[f"variable_{number:05d}"])
        seen = average([network], f"moved_{index}", MOVED)
        of_members.append(make_predictor(seen)(images[..., 0]))
    exported = LiteRTClassifier(version / "model.tflite").predict(images)
    assert np.abs(of_members[0] - of_members[1]).max() > 0.01
    assert exported == pytest.approx((of_members[0] + of_members[1]) / 2, abs=1e-5)


@pytest.mark.slow
def test_the_run_counts_all_members(two_members):
    metrics = json.loads((two_members / "run" / "metrics.json").read_text())
    assert (metrics["parameters"], metrics["steps"]) == (2 * PARAMETERS, 2 * STEPS)
    with (two_members / "run" / "members" / "2" / "metrics.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["9", "12"]
    log = (two_members / "run" / "train.log").read_text()
    assert f"Train each of 2 networks for {STEPS} steps" in log


@pytest.mark.slow
def test_an_extended_run_trains_every_member_on(two_members, run_python):
    changed = [f"steps={STEPS + 3}", "test_time_augmentation=false"]
    extended = run_python("train.py", f"resume={two_members / 'run'}", *changed)
    assert extended.returncode == 0, extended.stderr
    metrics = json.loads((two_members / "run" / "metrics.json").read_text())
    assert (metrics["steps"], metrics["model_version"]) == (2 * (STEPS + 3), 2)


def test_histories_count_on_from_member_to_member():
    row = {"epoch": 1, "step": 5, "loss": 0.5}
    one = History(5, [row], 1.0, 2.0)
    joined = join_histories([one, one])
    assert [(r["epoch"], r["step"]) for r in joined.rows] == [(1, 5), (2, 10)]
    assert (joined.step, joined.train_seconds) == (10, 4.0)
