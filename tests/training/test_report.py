"""What a run writes: the numbers come back as they went in, the pictures show what they should."""

import csv
import json
import os
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mnister.training import report

ROWS = [
    {"epoch": 1, "loss": 0.5, "accuracy": 0.9, "learning_rate": 1e-3},
    {"epoch": 2, "loss": 0.2, "accuracy": 0.95, "validation_loss": 0.3, "learning_rate": 5e-4},
]
NAMES = [str(digit) for digit in range(10)]


def read_picture(path):
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.min() < 100 < 250 < picture.max()
    return picture


def test_metrics_come_back(tmp_path):
    path = tmp_path / "metrics.json"
    metrics = {"test_accuracy": np.float32(0.5), "steps": np.int64(7), "model_version": None}
    report.write_metrics_json(metrics | {"test_loss": float("nan"), "name": "mlp"}, path)
    assert json.loads(path.read_text()) == {
        "test_accuracy": 0.5,
        "steps": 7,
        "model_version": None,
        "test_loss": None,
        "name": "mlp",
    }


def test_nested_metrics_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Received: nested \['per_class'\]"):
        report.write_metrics_json({"per_class": [0.1, 0.2]}, tmp_path / "metrics.json")


def test_a_write_that_fails_keeps_the_old_file_and_leaves_no_other(tmp_path, monkeypatch):
    path = tmp_path / "metrics.json"
    report.write_metrics_json({"steps": 1}, path)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        report.write_metrics_json({"steps": 2}, path)
    assert json.loads(path.read_text()) == {"steps": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_history_is_a_table_with_blanks(tmp_path):
    report.write_history_csv(ROWS, tmp_path / "metrics.csv")
    with (tmp_path / "metrics.csv").open() as file:
        first, second = csv.DictReader(file)
    assert first["validation_loss"] == ""
    assert float(second["validation_loss"]) == 0.3


def test_environment_names_the_versions_without_importing_them(tmp_path):
    path = tmp_path / "environment.json"
    program = (
        "import sys; from pathlib import Path; from mnister.training import report; "
        "report.write_environment(Path(sys.argv[1])); "
        "assert not {'tensorflow', 'keras', 'matplotlib', 'cv2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    environment = json.loads(path.read_text())
    assert environment["versions"]["numpy"] == np.__version__
    assert environment["cores"] >= 1
    assert environment["cpu"]


def test_a_package_that_is_missing_has_no_version():
    assert report.read_version("no-such-package-anywhere") is None


def test_the_cpu_is_named_without_proc(tmp_path):
    assert report.read_cpu_model(tmp_path / "absent")
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name : Some CPU 3000\n")
    assert report.read_cpu_model(tmp_path / "cpuinfo") == "Some CPU 3000"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_read_of_a_tracked_file_only(tmp_path):
    tracked, untracked = tmp_path / "tracked.py", tmp_path / "untracked.py"
    tracked.write_text("1")
    assert report.read_git_commit(tracked) is None
    user = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*user, "commit", "-qm", "First"]):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    untracked.write_text("1")
    commit = report.read_git_commit(tracked)
    assert len(commit) == 40
    assert report.read_git_commit(untracked) is None
    tracked.write_text("2")
    assert report.read_git_commit(tracked) == f"{commit}-dirty"


def test_confusion_matrix_has_a_row_for_each_true_class():
    matrix = report.confusion_matrix(np.array([0, 0, 2], np.uint8), np.array([0, 2, 2]), 3)
    assert matrix.dtype == np.int64
    assert matrix.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], []])
def test_curves_are_drawn_for_however_many_epochs(tmp_path, rows):
    report.write_curves(rows, tmp_path / "curves.png")
    assert read_picture(tmp_path / "curves.png").shape == (456, 1440, 3)


def test_confusion_matrix_is_drawn_dark_on_its_diagonal(tmp_path):
    report.write_confusion_matrix(np.eye(10, dtype=int) * 5, NAMES, tmp_path / "matrix.png")
    picture = read_picture(tmp_path / "matrix.png")
    dark = (picture[..., 2] < 60) & (picture[..., 0] > 80)
    assert 0.05 < dark.mean() < 0.1  # the ten dark blue squares
    report.write_confusion_matrix(np.zeros((10, 10), int), NAMES, tmp_path / "empty.png")
    read_picture(tmp_path / "empty.png")


def test_wrong_digits_are_sorted_by_confidence(tmp_path, monkeypatch):
    captions = []
    from matplotlib.axes import Axes

    monkeypatch.setattr(Axes, "set_title", lambda _, text, **__: captions.append(text))
    labels = np.array([4, 1, 7, 3])
    predictions = np.array([9, 1, 2, 5])
    probabilities = np.full((4, 10), 0.001)
    probabilities[np.arange(4), predictions] = [0.6, 0.99, 0.98, 0.7]
    images = np.zeros((4, 28, 28, 1), dtype=np.uint8)
    path = tmp_path / "wrong.png"
    report.write_wrong_digits(images, labels, predictions, probabilities, path, most=2)
    assert captions == ["7 → 2  98%", "3 → 5  70%"]
    named = probabilities.max(axis=1)
    report.write_wrong_digits(images, labels, predictions, named, path)
    assert captions[2:] == ["7 → 2  98%", "3 → 5  70%", "4 → 9  60%"]


def test_no_wrong_digit_is_a_sheet_that_says_so(tmp_path):
    images, labels = np.zeros((3, 28, 28), dtype=np.uint8), np.array([1, 2, 3])
    path = tmp_path / "wrong.png"
    report.write_wrong_digits(images, labels, labels, np.ones(3), path)
    read_picture(path)
