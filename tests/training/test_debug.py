"""Runs that try something out: short, and apart from the models that count."""

import json
from pathlib import Path

import pytest

from mnister.config.resume import expand_resume
from mnister.errors import UserError
from mnister.models import store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def root(run_python, tmp_path_factory):
    """Make both kinds of run in an empty folder, as a user does."""
    root = tmp_path_factory.mktemp("debug")
    data = f"data.dir={ROOT / 'data' / 'mnist'}"
    for words in (["debug=smoke"], ["debug=overfit", "steps=100"]):
        finished = run_python(ROOT / "train.py", *words, data, cwd=root)
        assert finished.returncode == 0, finished.stderr
    return root


@pytest.fixture(scope="module")
def metrics(root):
    """Give the metrics of the two runs."""
    files = sorted(root.glob("outputs/debug/train/*/metrics.json"))
    return [json.loads(file.read_text()) for file in files]


@pytest.mark.slow
def test_a_smoke_run_goes_the_whole_way(metrics):
    smoke, _ = metrics
    assert (smoke["steps"], smoke["model_version"]) == (8, 1)


def test_the_default_network_learns_a_hundred_digits_by_heart(metrics):
    _, overfit = metrics
    assert overfit["train_accuracy"] > 0.99
    assert overfit["train_loss"] < 0.05


def test_neither_is_taken_for_a_run_or_a_model_that_counts(root, monkeypatch):
    monkeypatch.chdir(root)
    assert [path.name for path in Path("outputs").iterdir()] == ["debug"]
    with pytest.raises(UserError, match="no run to go on with"):
        expand_resume(["resume=latest"])
    with pytest.raises(UserError, match="No model is exported yet"):
        store.find_model("outputs/models")
    assert store.find_model("outputs/debug/models", "compact").version == 2


def test_a_run_to_try_out_can_go_on_by_its_folder(root, monkeypatch):
    monkeypatch.chdir(root)
    run = min(Path("outputs/debug/train").iterdir())
    assert {"debug=smoke", f"hydra.run.dir={run}"} <= set(expand_resume([f"resume={run}"]))
