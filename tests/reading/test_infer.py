"""`infer.py` as it is typed: real pictures, a real export, another process."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnister.data.idx import write_idx
from mnister.data.idx_sets import load_idx_test
from tests.refused import assert_refused

ROOT = Path(__file__).resolve().parents[2]
# Runs a script as `python script …` does, and leaves the names of what it imported.
WATCHED = """
import atexit, pathlib, runpy, sys
sys.argv.pop(0)
sys.path[0] = str(pathlib.Path(sys.argv[0]).parent)
atexit.register(lambda: pathlib.Path("imported").write_text(" ".join(sys.modules)))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def infer(run_python, tiny_run, tmp_path):
    """Give the command as a function; it runs in a folder of its own, on the tiny model."""

    def run(*overrides, **options):
        models = f"models_dir={tiny_run.models}"
        return run_python(ROOT / "infer.py", models, *overrides, cwd=tmp_path, **options)

    return run


def imported(folder):
    """Return what a WATCHED command that ran in this folder imported."""
    return set((folder / "imported").read_text().split())


def only_run(folder):
    (run,) = (folder / "outputs" / "infer").iterdir()
    return run


def predictions(run):
    return json.loads((run / "predictions.json").read_text())


def write_singles(folder, count=20):
    """Write MNIST test digits as a pen on paper, enlarged, and their labels."""
    digits = load_idx_test(ROOT / "data" / "mnist")
    folder.mkdir()
    for i, image in enumerate(digits.images[:count]):
        paper = cv2.resize(255 - image.reshape(28, 28), (140, 140), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"own_{i}.png"), paper)
    labels = "".join(f"{label}\n" for label in digits.labels[:count])
    (folder / "labels.txt").write_text(labels)
    return digits.labels[:count].tolist()


@pytest.mark.slow
def test_single_digits_are_read_with_litert_alone(infer, tmp_path):
    labels = write_singles(tmp_path / "own")
    finished = infer("mode=single_digit", "runtime=litert", "images=own", python=["-c", WATCHED])
    assert finished.returncode == 0, finished.stderr
    assert "ai_edge_litert" in imported(tmp_path)
    assert {"tensorflow", "keras", "matplotlib"}.isdisjoint(imported(tmp_path))
    run = only_run(tmp_path)
    content = predictions(run)
    assert content["runtime"] == "litert"
    assert (content["model"]["name"], content["detector"]["name"]) == ("lenet5", "page")
    assert [Path(image["file"]).name for image in content["images"]] == [
        f"own_{i}.png" for i in range(20)
    ]
    digits = [image["digits"][0] for image in content["images"]]
    assert [digit["label"] for digit in digits] == labels
    right = np.mean([digit["digit"] == digit["label"] for digit in digits])
    assert content["accuracy"] == pytest.approx(right)
    assert right > 0.5  # twenty steps of training, far from chance
    assert f"{right:.2%}" in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80
    names = {path.name for path in run.glob("*.png")}
    assert names == {f"own_{i}_{kind}.png" for i in range(20) for kind in ("annotated", "digits")}
    assert len((run / "predictions.csv").read_text().splitlines()) == 21


@pytest.mark.slow
def test_both_runtimes_read_a_page_alike_and_neither_waits_for_what_it_does_not_need(
    infer, tmp_path
):
    page = ROOT / "images" / "multi" / "page_1.png"
    images = f"images={page}"
    slow = infer(images, "mode=multi_digit", "hydra.run.dir=slow", python=["-c", WATCHED])
    fast = infer(images, "mode=multi_digit", "hydra.run.dir=fast", "runtime=litert")
    assert slow.returncode == fast.returncode == 0, slow.stderr + fast.stderr
    (of_slow,) = predictions(tmp_path / "slow")["images"]
    (of_fast,) = predictions(tmp_path / "fast")["images"]
    assert of_slow["lines"] == of_fast["lines"]
    assert len(of_slow["digits"]) > 20
    for one, other in zip(of_slow["digits"], of_fast["digits"], strict=True):
        assert one["box"] == other["box"]
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)
    annotated = cv2.imread(str(tmp_path / "slow" / "page_1_annotated.png"))
    assert annotated.shape[:2] >= cv2.imread(str(page)).shape[:2]
    assert "tensorflow" in imported(tmp_path)
    assert {"keras", "pandas", "scipy"}.isdisjoint(imported(tmp_path))


@pytest.mark.slow
def test_a_picture_that_cannot_be_read_has_its_error_and_the_others_are_read(infer, tmp_path):
    write_singles(tmp_path / "own", 3)
    (tmp_path / "own" / "own_1.png").write_bytes(b"no picture")
    finished = infer("mode=single_digit", "runtime=litert", "images=own")
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    first, bad, last = predictions(only_run(tmp_path))["images"]
    assert (first["error"], last["error"]) == (None, None)
    assert len(first["digits"]) == len(last["digits"]) == 1
    assert "own_1.png" in bad["error"]
    assert bad["digits"] == []


def start_infer(tiny_run, folder):
    """Start reading the pictures in `own`; Ctrl-C works as in a terminal."""
    command = [sys.executable, ROOT / "infer.py", f"models_dir={tiny_run.models}", "images=own"]
    return subprocess.Popen(
        [*command, "mode=single_digit", "runtime=litert"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")]
)
def test_what_was_read_before_an_interruption_is_kept(tiny_run, tmp_path, number, reason):
    write_singles(tmp_path / "own", 200)
    (tmp_path / "own" / "labels.txt").unlink()
    run = start_infer(tiny_run, tmp_path)
    while run.stdout.readline() != "own_1.png\n":  # it comes as soon as it is read
        assert run.poll() is None
    os.kill(run.pid, number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 128 + number
    assert "Traceback" not in said
    folder = only_run(tmp_path)
    images = predictions(folder)["images"]
    assert [Path(image["file"]).name for image in images] == [f"own_{i}.png" for i in range(200)]
    read = [image for image in images if image["digits"]]
    assert 2 <= len(read) < 200
    assert {image["error"] for image in images[len(read) :]} == {"It was not read: interrupted"}
    assert len((folder / "predictions.csv").read_text().splitlines()) == 201
    status = json.loads((folder / "status.json").read_text())
    assert (status["state"], status["reason"]) == ("interrupted", reason)


@pytest.mark.slow
def test_a_run_goes_on_when_nobody_listens_any_longer(tiny_run, tmp_path):
    write_singles(tmp_path / "own", 30)
    run = start_infer(tiny_run, tmp_path)
    run.stdout.readline()
    run.stdout.close()
    said = run.stderr.read()
    assert run.wait(timeout=60) == 0, said
    assert "Traceback" not in said
    assert len(predictions(only_run(tmp_path))["images"]) == 30


@pytest.mark.slow
def test_what_cannot_be_done_is_refused_before_a_model_is_loaded(infer, tiny_run, tmp_path):
    write_singles(tmp_path / "own", 3)
    (tmp_path / "own" / "labels.txt").write_text("7\n2\n")
    run = ("mode=single_digit", "images=own")
    assert_refused(infer(*run), "3", "2", "labels.txt")
    assert_refused(infer("mode=multi_digit", "images=nowhere"), "nowhere")
    none = infer(*run, "labels=null", "models_dir=empty", "detector=none")
    assert_refused(none, "No model is exported yet")
    damaged = tmp_path / "damaged"
    shutil.copytree(tiny_run.models, damaged)
    graph = damaged / "lenet5" / "1" / "model.tflite"
    graph.write_bytes(graph.read_bytes()[:-1] + b"!")
    assert_refused(infer(*run, "labels=null", f"models_dir={damaged}"), "model.tflite")


@pytest.mark.slow
def test_an_export_has_the_accuracy_that_its_training_measured(infer, tiny_run, tmp_path):
    digits = load_idx_test(ROOT / "data" / "mnist")[:600]
    (tmp_path / "idx").mkdir()
    write_idx(tmp_path / "idx" / "t10k-images-idx3-ubyte.gz", digits.images)
    write_idx(tmp_path / "idx" / "t10k-labels-idx1-ubyte.gz", digits.labels.astype(np.uint8))
    finished = infer("mode=evaluate", "runtime=litert", "data.kind=idx", "data.dir=idx")
    assert finished.returncode == 0, finished.stderr
    content = json.loads((only_run(tmp_path) / "evaluation.json").read_text())
    assert content["digits"] == 600
    assert content["accuracy"] == pytest.approx(tiny_run.metrics["test_accuracy"])
