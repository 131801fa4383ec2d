"""The numbers of a training come back as they went in."""

import csv
import json

import numpy as np
import pytest

from mnister.training import report

ROWS = [
    {"epoch": 1, "loss": 0.5, "accuracy": 0.9, "learning_rate": 1e-3},
    {"epoch": 2, "loss": 0.2, "accuracy": 0.95, "validation_loss": 0.3, "learning_rate": 5e-4},
]


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


def test_history_is_a_table_with_blanks(tmp_path):
    report.write_history_csv(ROWS, tmp_path / "metrics.csv")
    with (tmp_path / "metrics.csv").open() as file:
        first, second = csv.DictReader(file)
    assert first["validation_loss"] == ""
    assert float(second["validation_loss"]) == 0.3
