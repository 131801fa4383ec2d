"""The commands as typed: what they refuse, and what they show without running."""

import re
import sys
from pathlib import Path

import pytest

from mnister import command_line
from tests.refused import assert_refused

ROOT = Path(__file__).resolve().parents[1]


def test_wrong_keys_and_values_are_refused_before_tensorflow_is_imported(run_python, tmp_path):
    finished = run_python(
        ROOT / "train.py", "modle=lenet5", "model=lenet", "++optimizer.learning_rte=0.1",
        "epochs=-1", "batch_size=abc", "preprocessing.threshold=300",
        python=["-X", "importtime"], cwd=tmp_path,
    )  # fmt: skip
    imported = re.findall(r"^import time:.*\| +(\S+)$", finished.stderr, re.MULTILINE)
    assert "mnister.config.compose" in imported
    heavy = {"tensorflow", "keras", "numpy", "matplotlib", "cv2"}
    assert heavy.isdisjoint(name.split(".")[0] for name in imported)
    said = [line for line in finished.stderr.splitlines() if not line.startswith("import time:")]
    finished.stderr = "\n".join(said)
    assert_refused(
        finished, "Instead:  model=lenet5", "Instead:  optimizer.learning_rate=0.1",
        "Expected: a number of 0.01 or more", "Received: abc", "from 0 to 255",
        "Nothing was started.",
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "mistake", ["modle=lenet5", "--config-name=trian", "hydra/launcher=nonexistent", "seed=1,2"]
)
def test_one_mistake_ends_with_exit_code_2(run_python, tmp_path, mistake):
    assert_refused(run_python(ROOT / "train.py", mistake, cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("typed", [["--epochs=3"], ["model=lenet5", "--epochs", "3"]])
def test_a_key_typed_as_an_option_is_offered_as_a_key(monkeypatch, capsys, typed):
    monkeypatch.setattr(sys, "argv", ["train.py", *typed])
    with pytest.raises(SystemExit) as ended:
        command_line._check_command_line("train")
    assert ended.value.code == 2
    assert "Instead:  epochs=" in capsys.readouterr().err


def test_options_may_stand_anywhere(monkeypatch):
    typed = ["model=lenet5", "--cfg", "job", "seed=3"]
    monkeypatch.setattr(sys, "argv", ["train.py", *typed])
    command_line._check_command_line("train")
    assert sys.argv[1:] == ["--cfg", "job", "model=lenet5", "seed=3"]


def test_options_that_contradict_are_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train.py", "-m", "--cfg", "job"])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    with pytest.raises(SystemExit) as ended:
        command_line.entry_point("train")(print)()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Only one of --run, --multirun")


def test_a_run_folder_that_cannot_be_is_refused(run_python, tmp_path):
    (tmp_path / "file").touch()
    folder = "hydra.run.dir=file/run"
    finished = run_python(ROOT / "train.py", "model=lenet5", folder, cwd=tmp_path)
    assert_refused(finished, "could not be written: Not a directory: ", "file/run")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no other")
@pytest.mark.parametrize(("key", "sweep"), [("run", ()), ("sweep", ("-m", "seed=1,2"))])
def test_a_folder_where_none_can_be_made_is_refused(run_python, tmp_path, key, sweep):
    folder = f"hydra.{key}.dir=/proc/nowhere/run"
    finished = run_python(ROOT / "train.py", *sweep, "model=lenet5", folder, cwd=tmp_path)
    received = "Received: /proc/nowhere/run (No such"
    assert_refused(finished, f"hydra.{key}.dir cannot be made", received)


@pytest.mark.parametrize(
    ("command", "key"),
    [("train.py", "resume"), ("train.py", "hydra.run.dir"), ("infer.py", "images")],
)
def test_a_name_that_no_system_takes_is_refused(run_python, tmp_path, command, key):
    finished = run_python(ROOT / command, f"{key}={'scan' * 100}", cwd=tmp_path)
    assert_refused(finished, "too long", "Received: scanscan")


def test_a_folder_of_a_sweep_that_cannot_be_is_refused(run_python, tmp_path):
    (tmp_path / "file").touch()
    swept = ("-m", "seed=1,2", "model=mlp", "hydra.sweep.dir=file")
    finished = run_python(ROOT / "train.py", *swept, cwd=tmp_path)
    assert_refused(finished, "could not be written: File exists: file", "Expected: room and")


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# @package _global_\noptimizer:\n  learning_rte: 0.1\nepochs: -1\n",
         ["Instead:  optimizer.learning_rate=0.1", "epochs: not a possible value"]),
        ("seed: 1: 2\n", ["mine.yaml", "Expected: valid YAML"]),
    ],
)  # fmt: skip
def test_a_wrong_recipe_of_the_users_own_is_refused(run_python, own, tmp_path, text, words):
    (own / "experiment" / "mine.yaml").write_text(text)
    finished = run_python(ROOT / "train.py", "--config-dir", own, "experiment=mine", cwd=tmp_path)
    assert_refused(finished, *words)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_help_lists_the_menu(run_python, tmp_path):
    finished = run_python(ROOT / "train.py", "--help", cwd=tmp_path)
    assert finished.returncode == 0
    assert "model: accurate, compact, conv_bn, crop, deep_mnist, lenet5, mlp" in finished.stdout
    assert "learning_rate: 0.006" in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_help_shows_the_users_own_choices_and_what_was_typed(run_python, own, tmp_path):
    (own / "experiment" / "mine.yaml").write_text("# @package _global_\nepochs: 5\n")
    typed = ["--config-dir", own, "--help", "experiment=mine"]
    finished = run_python(ROOT / "train.py", *typed, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "experiment: accurate, crop, mine, original" in finished.stdout
    assert "\nepochs: 5\n" in finished.stdout
    assert_refused(run_python(ROOT / "train.py", "--help", "modle=mlp", cwd=tmp_path), "model=mlp")


def test_the_config_is_shown_without_running_it(run_python, tmp_path):
    arguments = ["model=lenet5", "optimizer.clipnorm=1.0", "--cfg", "job", "--resolve"]
    finished = run_python(ROOT / "train.py", *arguments, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "name: lenet5" in finished.stdout
    assert "clipnorm: 1.0" in finished.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_defaults_tree_is_shown(run_python, tmp_path):
    finished = run_python(
        ROOT / "train.py", "--info", "defaults-tree", "experiment=original", cwd=tmp_path
    )
    assert finished.returncode == 0
    assert "model: deep_mnist" in finished.stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("python train.py model=", {"model=compact", "model=lenet5", "model=mlp"}),
        ("python train.py optimizer.l", {"optimizer.learning_rate="}),
    ],
)
def test_tab_completes(run_python, line, offered):
    typed = {"COMP_LINE": line, "COMP_POINT": str(len(line))}
    finished = run_python("train.py", "--shell-completion", "query=bash", **typed)
    assert finished.returncode == 0, finished.stderr
    assert offered <= set(finished.stdout.split())
