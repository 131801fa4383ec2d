"""MNISTER installed from its wheel, used from an empty folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SMOKE = ("model=lenet5", "debug=smoke", "device.deterministic=true")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel and install it beside this environment's other packages."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT], check=True
    )
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


@pytest.fixture
def run(installed, tmp_path):
    """Give the function that runs a command or Python code in an empty folder."""

    def run_there(*command):
        if command[0] == "python":
            command = (sys.executable, *command[1:])
        else:
            command = (sys.executable, installed / "bin" / command[0], *command[1:])
        environment = os.environ | {"PYTHONPATH": str(installed)}
        environment.pop("MNISTER_STARTED_AS", None)
        return subprocess.run(
            [str(part) for part in command], cwd=tmp_path, env=environment, check=False,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    return run_there


def test_it_says_which_commands_there_are(run):
    named = run("python", "-m", "mnister")
    assert named.returncode == 0, named.stderr
    assert "mnister-train --help" in named.stdout
    assert "mnister-infer --help" in named.stdout


def test_the_page_of_the_server_comes_with_it(installed):
    names = {path.name for path in (ROOT / "mnister" / "serving" / "static").iterdir()}
    assert {path.name for path in (installed / "mnister/serving/static").iterdir()} == names
    assert {"index.html", "docs.html", "main.js", "style.css"} <= names


def test_the_parts_of_the_review_come_with_it(installed):
    names = {path.name for path in (installed / "mnister/results/review_page").iterdir()}
    assert names == {"review.html", "review.css", "review.js"}


def test_hints_name_the_command_that_was_typed(run):
    asked = run("mnister-train", "--help")
    assert asked.stdout.startswith("mnister-train: train a digit network")
    assert "train.py" not in asked.stdout
    refused = run("mnister-train", "resume=latest")
    assert refused.returncode == 2
    assert "Instead:  mnister-train" in refused.stderr
    refused = run("mnister-infer", "mode=multi_digit", "detector=none")
    assert refused.returncode == 2
    assert "Instead:  mnister-train" in refused.stderr


@pytest.mark.slow
def test_it_trains_exports_and_reads_by_command(run, tmp_path):
    trained = run("mnister-train", *SMOKE)
    assert trained.returncode == 0, trained.stderr
    assert (tmp_path / "outputs/debug/models/lenet5/1/model.tflite").is_file()
    (metrics,) = tmp_path.glob("outputs/debug/train/*/metrics.json")
    assert json.loads(metrics.read_text())["steps"] == 8
    models = "models_dir=outputs/debug/models"
    read = run("mnister-infer", "mode=multi_digit", "runtime=litert", models)
    assert read.returncode == 0, read.stderr
    assert "page_6.png" in read.stdout


@pytest.mark.slow
def test_it_trains_and_reads_from_python(run, installed):
    code = f"""
import mnister
assert mnister.__version__, mnister.__file__
assert mnister.__file__.startswith({str(installed)!r})
exported = mnister.train(*{SMOKE!r})
reader = mnister.Reader(exported.path)
page = reader.read({str(ROOT / "images" / "multi" / "page_1.png")!r})
print("digits", len(page.digits))
"""
    done = run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert "epoch 1/1  loss" in done.stdout
    assert "mnister" not in done.stderr  # each line once
    assert int(done.stdout.rpartition("digits ")[2]) > 10


def test_what_is_not_installed_is_named_as_an_installed_package_is(run):
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from mnister.quiet import import_tensorflow\n"
        "import_tensorflow()"
    )
    refused = run("python", "-c", code)
    assert "pip install 'mnister[train]'" in refused.stderr
