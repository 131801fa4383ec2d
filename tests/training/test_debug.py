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
    """Make a run in an empty folder, as a user does; a smoke run is made by test_installed.py."""
    root = tmp_path_factory.mktemp("debug")
    data = f"data.dir={ROOT / 'data' / 'mnist'}"
    finished = run_python(ROOT / "train.py", "debug=overfit", "steps=100", data, cwd=root)
    assert finished.returncode == 0, finished.stderr
    return root


@pytest.mark.slow
def test_the_default_network_learns_a_hundred_digits_by_heart(root):
    (file,) = root.glob("outputs/debug/train/*/metrics.json")
    overfit = json.loads(file.read_text())
    assert overfit["train_accuracy"] > 0.99
    assert overfit["train_loss"] < 0.05


def test_it_is_taken_for_no_run_or_model_that_counts(root, monkeypatch):
    monkeypatch.chdir(root)
    assert [path.name for path in Path("outputs").iterdir()] == ["debug"]
    with pytest.raises(UserError, match="no run to go on with"):
        expand_resume(["resume=latest"])
    with pytest.raises(UserError, match="No model is exported yet"):
        store.find_model("outputs/models")
    assert store.find_model("outputs/debug/models", "compact").version == 1


def test_a_run_to_try_out_can_go_on_by_its_folder(root, monkeypatch):
    monkeypatch.chdir(root)
    (run,) = Path("outputs/debug/train").iterdir()
    assert {"debug=overfit", f"hydra.run.dir={run}"} <= set(expand_resume([f"resume={run}"]))
