"""Ranking a sweep: over seeds, in order, with every job that did not finish named."""

import csv
import io
import json
import statistics

import cv2
import pytest
from rich.console import Console

from mnister.training import sweep, sweep_jobs


def add_job(folder, overrides, metrics=None, **status):
    """Lay down what a job of a sweep leaves; without metrics it did not finish."""
    job = folder / str(len(list(folder.iterdir())))
    job.mkdir()
    state = "finished" if metrics else "failed"
    content = {"state": state, "reason": None, "overrides": overrides.split()} | status
    (job / "status.json").write_text(json.dumps(content))
    if metrics:
        numbers = {"validation_accuracy": metrics[0], "test_accuracy": metrics[1]}
        (job / "metrics.json").write_text(json.dumps(numbers | {"train_seconds": 30.4}))
    return job


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sweep"
    folder.mkdir()
    return folder


def rank(folder):
    """Rank a sweep; return its groups and what was printed."""
    console = Console(width=120, record=True, file=io.StringIO())
    groups = sweep.rank_runs(folder, console)
    return groups, "\n".join(line.rstrip() for line in console.export_text().splitlines())


def read_csv(folder):
    with (folder / "sweep.csv").open() as file:
        return list(csv.DictReader(file))


def test_settings_are_ranked_by_their_mean_over_seeds(folder):
    add_job(folder, "epochs=1 model=mlp seed=1", (0.97, 0.96))
    add_job(folder, "epochs=1 model=mlp seed=2", (0.98, 0.97))
    add_job(folder, "epochs=1 model=lenet5 seed=1", (0.99, 0.985))
    groups, text = rank(folder)
    assert [group.overrides["model"] for group in groups] == ["lenet5", "mlp"]
    assert "98.50" in text
    assert "97.50 ± 0.71" in text
    first, second = read_csv(folder)
    assert (first["model"], first["seeds"], first["validation_accuracy_sd"]) == ("lenet5", "1", "")
    assert (second["rank"], second["jobs"]) == ("2", "0 1")
    assert float(second["test_accuracy_mean"]) == pytest.approx(0.965)
    deviation = statistics.stdev([0.97, 0.98])
    assert float(second["validation_accuracy_sd"]) == pytest.approx(deviation, rel=1e-4)
    assert "epochs" not in first
    assert cv2.imread(str(folder / "sweep.png")) is not None


def test_failed_and_stopped_jobs_are_named_with_their_reason(folder):
    add_job(folder, "model=mlp seed=1", (0.97, 0.96))
    add_job(folder, "model=mlp seed=2", reason="out of memory in [conv2d]")
    add_job(folder, "model=lenet5 seed=1", state="running")
    add_job(folder, "model=lenet5 seed=2", state="finished")
    broken = add_job(folder, "model=lenet5 seed=3", (0.9, 0.9))
    (broken / "metrics.json").write_text("{")
    groups, text = rank(folder)
    assert len(groups) == 1
    assert "1 of 2" in text
    assert "4 of 5 jobs did not finish" in text
    assert "1: model=mlp seed=2\n    out of memory in [conv2d]" in text
    assert "its state is still 'running'" in text
    assert "it left no metrics.json" in text
    assert "its metrics.json cannot be read" in text


def test_no_job_finished(folder):
    add_job(folder, "model=mlp", reason="out of memory")
    groups, text = rank(folder)
    assert groups == []
    assert "None of 1 jobs finished." in text
    assert "out of memory" in text
    assert read_csv(folder) == []
    assert not (folder / "sweep.png").exists()


def test_an_empty_folder(folder):
    groups, text = rank(folder)
    assert groups == []
    assert "None of 0 jobs finished." in text


def test_a_status_that_cannot_be_read_is_a_failed_job(folder):
    (add_job(folder, "model=mlp", (0.9, 0.9)) / "status.json").write_text("[]")
    _, text = rank(folder)
    assert "its status.json holds no JSON object" in text


def test_a_job_without_a_number_comes_last(folder):
    add_job(folder, "model=mlp", (None, None))
    add_job(folder, "model=lenet5", (0.5, 0.5))
    groups, text = rank(folder)
    assert [group.overrides["model"] for group in groups] == ["lenet5", "mlp"]
    assert "–" in text
    assert read_csv(folder)[1]["validation_accuracy_mean"] == ""


def test_a_sweep_over_nothing_but_seeds(folder):
    for seed, accuracy in enumerate([0.97, 0.98, 0.99]):
        add_job(folder, f"model=mlp seed={seed}", (accuracy, accuracy))
    groups, text = rank(folder)
    assert len(groups) == 1
    assert "98.00 ± 1.00" in text
    assert "as configured" in text


def test_the_table_fits_80_columns_however_many_keys_are_swept(folder):
    for number in range(12):
        settings = [f"optimizer.some_long_setting_{key}={number}.{key}" for key in range(6)]
        reason = {"reason": "much to say " * 30} if number > 9 else {}
        add_job(
            folder, " ".join(settings), None if reason else (0.9 + number / 1e3, 0.9), **reason
        )
    groups, text = rank(folder)
    assert [group.jobs[0].name for group in groups][:2] == ["9", "8"]
    assert max(map(len, text.splitlines())) <= 80


def test_jobs_come_in_the_order_of_their_numbers(folder):
    for number in range(11):
        add_job(folder, f"seed={number}", (0.9, 0.9))
    names = [job.name for job in sweep_jobs.read_jobs(folder)]
    assert names == [str(number) for number in range(11)]


def test_overrides_are_split_whatever_their_sign():
    overrides = ["model=mlp", "++a.b=1", "+c=x=y", "~d", "model=lenet5"]
    expected = {"model": "lenet5", "a.b": "1", "c": "x=y", "d": ""}
    assert sweep_jobs.split_overrides(overrides) == expected


def test_keys_are_shortened_where_they_stay_apart():
    keys = ["model.rate", "optimizer.rate", "optimizer.decay"]
    assert list(sweep.shorten_keys(keys).values()) == ["model.rate", "optimizer.rate", "decay"]
