"""Ranking a sweep: over seeds, in order, with every job that did not finish named."""

import csv
import io
import json
import statistics

import cv2
import numpy as np
import pytest
from rich.console import Console

from mnister import figures
from mnister.sweeps import groups, picture, report
from mnister.sweeps.rank import rank_runs


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
    ranked = rank_runs(folder, console)
    return ranked, "\n".join(line.rstrip() for line in console.export_text().splitlines())


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
    names = [job.name for job in groups.read_jobs(folder)]
    assert names == [str(number) for number in range(11)]


def test_overrides_are_split_whatever_their_sign():
    overrides = ["model=mlp", "++a.b=1", "+c=x=y", "~d", "model=lenet5"]
    expected = {"model": "lenet5", "a.b": "1", "c": "x=y", "d": ""}
    assert groups.split_overrides(overrides) == expected


def test_keys_are_shortened_where_they_stay_apart():
    keys = ["model.rate", "optimizer.rate", "optimizer.decay"]
    assert list(report.shorten_keys(keys).values()) == [
        "model.rate",
        "optimizer.rate",
        "decay",
    ]


def test_numbers_that_a_search_drew_are_shortened_and_all_are_in_the_csv(folder):
    for number in range(25):
        settings = f"optimizer.learning_rate={0.0012947776733736075 * (1 + number)} batch_size=64"
        add_job(folder, settings, (0.9 + number / 1e3, 0.9))
    _, text = rank(folder)
    assert "learning_rate=0.03237" in text
    assert "5 more are in sweep.csv" in text
    assert len(read_csv(folder)) == 25
    assert read_csv(folder)[-1]["optimizer.learning_rate"] == "0.0012947776733736075"


@pytest.mark.parametrize(
    ("models", "words"),
    [("outputs/models", "model=mlp/4"), ("elsewhere", "models_dir=elsewhere model=mlp/4")],
)
def test_the_command_that_reads_with_the_best_model_is_said(folder, models, words):
    add_job(folder, "model=lenet5", (0.97, 0.99))
    for version, accuracy in ((3, 0.98), (4, 0.99)):
        job = add_job(folder, f"model=mlp seed={version}", (accuracy, 0.9))
        metrics = json.loads((job / "metrics.json").read_text())
        metrics |= {"model_name": "mlp", "model_version": version}
        (job / "metrics.json").write_text(json.dumps(metrics))
        (job / "config").mkdir()
        (job / "config" / "config.yaml").write_text(f"export: {{dir: {models}}}")
    _, text = rank(folder)
    assert f"Read with the best: python infer.py mode=multi_digit {words}\n" in text + "\n"


def test_jobs_that_ran_on_different_code_are_told(folder):
    first, second = (add_job(folder, f"seed={seed}", (0.9, 0.9)) for seed in (1, 2))
    (first / "environment.json").write_text(json.dumps({"git_commit": "a" * 40}))
    (second / "environment.json").write_text(json.dumps({"git_commit": "a" * 40}))
    assert "different code" not in rank(folder)[1]
    (second / "environment.json").write_text(json.dumps({"git_commit": "b" * 40 + "-dirty"}))
    assert "different code: aaaaaaa, bbbbbbb-dirty" in rank(folder)[1]


@pytest.mark.parametrize(
    ("numbers", "scale"),
    [([10.0 ** (-n / 4) for n in range(12)], "log"), ([n / 20 for n in range(12)], "linear")],
)
def test_many_numbers_are_drawn_along_a_scale_that_spreads_them(numbers, scale):
    axis = figures.new_figure(4, 3).subplots()
    jobs = [
        groups.Job(str(n), "finished", None, {"rate": str(n)}, {"validation_accuracy": 0.9})
        for n in numbers
    ]
    picture.draw_key(axis, "rate", jobs)
    assert axis.get_xscale() == scale
    assert len(axis.collections[0].get_offsets()) == 12


def test_few_numbers_of_a_search_are_drawn_along_a_scale_too():
    axis = figures.new_figure(4, 3).subplots()
    metrics = {"validation_accuracy": 0.9}
    jobs = [
        groups.Job(rate, "finished", None, {"rate": rate}, metrics)
        for rate in ("0.0012947776733736075", "0.0003", "0.008908209921421292")
    ]
    picture.draw_key(axis, "rate", jobs)
    assert sorted(axis.collections[0].get_offsets()[:, 0]) == pytest.approx(
        [0.0003, 0.0013, 0.0089], abs=1e-4
    )


@pytest.mark.parametrize(
    ("accuracies", "scale"),
    [
        ([98.9, 99.2, 99.3], "linear"),
        ([10, 99.2, 99.3], "function"),
        ([100, 99, np.nan], "function"),
        ([np.nan], "linear"),
    ],
)
def test_the_good_jobs_are_told_apart_whatever_the_worst_is(accuracies, scale):
    axis = figures.new_figure(4, 3).subplots()
    picture.stretch_top(axis, np.array(accuracies, dtype=float))
    assert axis.get_yscale() == scale
    if scale == "function":
        assert 3 <= len(axis.get_yticks()) <= 10
        place = axis.transData.transform
        bottom, top = place((0, np.nanmin(accuracies))), place((0, np.nanmax(accuracies)))
        assert axis.bbox.y0 < bottom[1] < top[1] < axis.bbox.y1


def test_a_few_values_stand_side_by_side_with_their_medians():
    axis = figures.new_figure(4, 3).subplots()
    jobs = [
        groups.Job("0", "finished", None, {"size": size}, {"validation_accuracy": accuracy})
        for size, accuracy in (("128", 0.9), ("64", 0.5), ("64", 0.7))
    ]
    picture.draw_key(axis, "size", jobs)
    assert [label.get_text() for label in axis.get_xticklabels()] == ["64", "128"]
    heights = [lines.get_segments()[0][0][1] for lines in axis.collections[1:]]
    assert heights == pytest.approx([60, 90])
