"""The benchmarks of training run and give figures that belong together."""

import csv
import json
import re
import shutil
from importlib.util import find_spec

import cv2
import numpy as np
import pytest


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_training_is_measured_against_the_matrix_product(run_python, tmp_path):
    path = tmp_path / "speed.csv"
    finished = run_python(
        "benchmarks/training.py", "mlp", "--batch-size", 32, "--steps", 60,
        "--precision", "float32", "--edges", 256, 512, "--csv", path, XDG_CACHE_HOME=str(tmp_path),
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    (row,) = read(path)
    assert (row["model"], row["batch_size"], row["precision"]) == ("mlp", "32", "float32")
    weights = [784 * 512, 512 * 512, 512 * 10]
    operations = 2 * (3 * sum(weights) - weights[0])
    speed = float(row["images_per_second"])
    assert float(row["gflops"]) == pytest.approx(speed * operations / 1e9, abs=0.06)
    assert 0 < float(row["of_limit"]) < 2
    assert float(row["outside_step_in_loop"]) <= float(row["outside_step_in_epoch"]) < 1
    assert "Largest matrix product, float32" in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80


def test_a_model_that_is_not_there_is_told(run_python):
    finished = run_python("benchmarks/training.py", "lenet")
    assert finished.returncode == 2
    assert "no such model: lenet; there are accurate, compact" in finished.stderr


@pytest.mark.slow
def test_two_recipes_take_turns_until_they_are_accurate_enough(run_python, tmp_path):
    path = tmp_path / "seconds.csv"
    finished = run_python(
        "benchmarks/time_to_accuracy.py", "--seeds", 2, "--epochs", 2,
        "--limit", 640, "--accuracy", 0.5, "--csv", path, XDG_CACHE_HOME=str(tmp_path),
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    rows = read(path)
    assert [(row["recipe"], row["seed"]) for row in rows] == [
        ("quick", "1"), ("keras.io", "1"), ("quick", "2"), ("keras.io", "2")
    ]  # fmt: skip
    for row in rows:
        is_reached = float(row["test_accuracy"]) >= 0.5
        assert bool(row["seconds"]) == is_reached
        assert is_reached or row["epochs"] == "2"
    assert any(row["seconds"] for row in rows if row["recipe"] == "keras.io")
    assert max(map(len, finished.stdout.splitlines())) <= 80


@pytest.mark.slow
def test_an_all_reduce_is_timed_by_size(run_python):
    finished = run_python(
        "benchmarks/all_reduce.py", "--values", 1, 1000, 1000000, CUDA_VISIBLE_DEVICES="-1"
    )
    assert finished.returncode == 0, finished.stderr
    head, *rows = [line.split() for line in finished.stdout.splitlines()]
    assert head == ["values", "ms"]
    assert [size for size, _ in rows] == ["1", "1,000", "1,000,000"]
    assert all(float(milliseconds) > 0 for _, milliseconds in rows)


@pytest.mark.hours
def test_a_sweep_side_by_side_is_timed_against_one_by_one(run_python):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs '.[sweep]'")
    finished = run_python(
        "benchmarks/sweep.py", "--jobs", 2, "model=mlp", "steps=2", "data.limit=64",
        "batch_size=32", "export.verify_digits=8",
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert re.search(r"1 thread each +│ +[0-9.]+ │ +[0-9.]+ │", finished.stdout)


@pytest.fixture
def truth(tmp_path):
    """Give the truth file of a page with one line of digits and of a file that is no picture."""
    page = np.full((200, 700, 3), 255, np.uint8)
    cv2.putText(page, "2 7 3 4 2 7", (60, 130), cv2.FONT_HERSHEY_SIMPLEX, 3, (0, 0, 0), 6)
    cv2.imwrite(str(tmp_path / "page.png"), page)
    (tmp_path / "notes.png").write_text("no picture")
    path = tmp_path / "truth.json"
    items = [{"file": "page.png", "lines": ["273427"]}, {"file": "notes.png", "lines": ["12"]}]
    path.write_text(json.dumps(items), encoding="utf-8")
    return path


@pytest.mark.slow
def test_reading_is_scored_and_timed(run_python, truth, tiny_run):
    finished = run_python("benchmarks/reading.py", truth, "--model", tiny_run.version, "--images")
    assert finished.returncode == 0, finished.stderr
    assert re.search(r" all │ +2 │ +8 │ ", finished.stdout), finished.stdout
    unbroken = "".join(finished.stdout.split())  # a long path breaks lines anywhere
    assert re.search(r"2of2notes\.png:12→\S*notes\.pngisnotapicture", unbroken)
    numbers = r"[0-9.]+ s a picture, [0-9.]+ s a megapixel, [0-9]+ ms a digit"
    assert re.search(rf"Processor time: {numbers}", finished.stdout)


OTHER_READERS = {
    "tesseract": bool(shutil.which("tesseract")),
    "rapidocr": bool(find_spec("rapidocr") and find_spec("onnxruntime")),
}


@pytest.mark.parametrize("reader", OTHER_READERS)
def test_another_reader_is_scored_by_the_same_rules(run_python, truth, reader):
    if not OTHER_READERS[reader]:
        pytest.skip(f"needs {reader}")
    finished = run_python("benchmarks/reading.py", truth, "--reader", reader, "--images")
    assert finished.returncode == 0, finished.stderr
    assert re.search(r" all │ +2 │ +8 │ +75.0% │ +50.0% │", finished.stdout), finished.stdout
    assert "2 of 2  notes.png: 12 → " in finished.stdout


@pytest.mark.parametrize("reader", OTHER_READERS)
def test_another_reader_that_is_not_installed_is_told(run_python, truth, reader, tmp_path):
    if reader == "rapidocr" and OTHER_READERS[reader]:
        pytest.skip("rapidocr is installed")
    finished = run_python("benchmarks/reading.py", truth, "--reader", reader, PATH=str(tmp_path))
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr
    assert re.search(rf"Instead: .* install .*{reader}", finished.stderr)


@pytest.mark.slow
def test_numbers_and_tables_are_measured_on_made_pages(run_python):
    grouped = run_python("benchmarks/grouping.py", "--pages", 1)
    assert grouped.returncode == 0, grouped.stderr
    shares = re.findall(r"^(\w+) +([\d.]+)% of [\d,]+$", grouped.stdout, re.MULTILINE)
    assert [kind for kind, _ in shares][-3:] == ["cells", "pairs", "all"]
    assert float(shares[-1][1]) > 85
    arranged = run_python("benchmarks/tables.py", "--tables", 3)
    assert arranged.returncode == 0, arranged.stderr
    assert re.search(r"100% filled: [\d.]+% of \d+ cells right", arranged.stdout)


def test_a_server_is_asked_by_several_clients(run_python, tiny_run):
    pytest.importorskip("uvicorn", reason="needs '.[serve]'")
    finished = run_python(
        "benchmarks/serving.py", "--models-dir", tiny_run.models, "--clients", 1, 4,
        "--seconds", 1,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    rows = [line.split("│")[1:-1] for line in finished.stdout.splitlines() if "│ mnister" in line]
    assert [row[1].strip() for row in rows] == ["1", "4"]
    assert all(float(row[2].replace(",", "")) > 0 for row in rows)
    assert [row[5].strip() for row in rows] == ["0", "0"]
    assert max(map(len, finished.stdout.splitlines())) <= 80


@pytest.mark.slow
def test_a_server_under_load_loses_no_more_than_what_is_killed(run_python, tiny_run, tmp_path):
    pytest.importorskip("uvicorn", reason="needs '.[serve]'")
    finished = run_python(
        "benchmarks/soak.py", "--models-dir", tiny_run.models, "--clients", 8, "--minutes", 0.3,
        "--kill-seconds", 5, "--csv", tmp_path / "memory.csv",
    )  # fmt: skip
    said = finished.stdout + finished.stderr
    assert "wrong 0, lost " in said, said
    assert re.search(r"requests: [\d,]+ bad, [\d,]+ infer, [\d,]+ predict, [\d,]+ read", said)
    assert re.search(r"killed processes [1-9]", said)
    is_short = "Fewer than 1,000 requests" in said  # on a slow machine
    assert finished.returncode == int(is_short), said
    assert is_short or read(tmp_path / "memory.csv")[-1]["server_mb"]


def test_the_reader_is_measured_on_made_pages(run_python):
    finished = run_python("benchmarks/pages.py", "--pages", 4)
    assert finished.returncode == 0, finished.stderr
    assert re.search(r"│ +all │ +\d+ │ +\d+ │ +[\d.]+% │", finished.stdout)
    assert "Processor time" in finished.stdout


@pytest.mark.slow
def test_fields_of_made_forms_are_measured(run_python):
    finished = run_python("benchmarks/fields.py", "--forms", 1, "--seed", 3, "--model", "none")
    assert finished.returncode == 0, finished.stderr
    assert re.search(r"^all +1 +[01] +\d+ +[\d.]+% +[\d.]+% +1 +[01] +[\d.]+$",
                     finished.stdout, re.MULTILINE), finished.stdout  # fmt: skip
