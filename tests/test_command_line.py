"""The commands as typed: what they refuse, how they end, what they leave behind."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mnister import command_line

ROOT = Path(__file__).resolve().parents[1]

ERROR_LINE = re.compile(r"\S.*\.$|  (Expected|Received|Instead): .*|Nothing was started\.")


def assert_refused(finished, *words):
    """Make sure that a command ended with exit code 2 and the shape of every error."""
    assert finished.returncode == 2, finished.stderr
    assert "Traceback" not in finished.stderr
    for line in finished.stderr.splitlines():
        assert ERROR_LINE.match(line), line
    for word in words:
        assert word in finished.stderr


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
    assert "model: accurate, compact, conv_bn, deep_mnist, lenet5, mlp" in finished.stdout
    assert "learning_rate: 0.006" in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_help_shows_the_users_own_choices_and_what_was_typed(run_python, own, tmp_path):
    (own / "experiment" / "mine.yaml").write_text("# @package _global_\nepochs: 5\n")
    typed = ["--config-dir", own, "--help", "experiment=mine"]
    finished = run_python(ROOT / "train.py", *typed, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "experiment: accurate, ensemble, mine, original" in finished.stdout
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


ENDINGS = """
import os, signal
from mnister.command_line import entry_point
from mnister.errors import UserError

@entry_point("train")
def main(config, run_folder):
    (run_folder / "metrics.json").write_text('{"validation_accuracy": 0.5}')
    if config.seed == 2:
        raise UserError("The well is dry", expected="water", instead="dig")
    if config.seed == 3:
        raise RuntimeError("never thought of")
    if config.seed == 4:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored under nohup … &
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    if config.seed == 6:
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    return 0.5

main()
"""


@pytest.fixture(scope="module")
def end(tmp_path_factory):
    """Give a function that runs a task which ends as the seed says; it returns folder and all."""
    root = tmp_path_factory.mktemp("endings")
    (root / "task.py").write_text(ENDINGS)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "task.py", *arguments],
            cwd=root,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def run_once(seed, *arguments):
        finished = run(f"seed={seed}", f"hydra.run.dir=run{seed}", *arguments)
        status = json.loads((root / f"run{seed}" / "status.json").read_text())
        return finished, root / f"run{seed}", status

    run_once.sweep = run
    run_once.root = root
    return run_once


def test_a_run_that_goes_well_says_so(end):
    finished, folder, status = end(1)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert status == {"state": "finished", "reason": None, "overrides": ["seed=1"]}
    assert "seed: 1" in (folder / "config" / "config.yaml").read_text()
    assert not (folder / "traceback.txt").exists()


def test_what_a_user_can_mend_ends_with_exit_code_2_and_no_traceback(end):
    finished, folder, status = end(2)
    assert finished.returncode == 2
    assert finished.stderr == "The well is dry.\n  Expected: water\n  Instead:  dig\n"
    assert (status["state"], status["reason"]) == ("failed", finished.stderr.strip())
    assert "in main" in (folder / "traceback.txt").read_text()
    assert "The well is dry" in (folder / "train.log").read_text()


def test_what_nobody_thought_of_ends_with_exit_code_1_and_a_file_to_send(end):
    finished, folder, status = end(3)
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert "RuntimeError: never thought of" in finished.stderr
    assert str(folder / "traceback.txt").removeprefix(f"{end.root}/") in finished.stderr
    assert status["reason"] == "RuntimeError: never thought of"


def test_debugging_shows_the_traceback(end):
    finished, _, _ = end(3, "debug=true")
    assert finished.returncode == 1
    assert 'raise RuntimeError("never thought of")' in finished.stderr


@pytest.mark.parametrize(
    ("seed", "number", "reason"), [(4, signal.SIGINT, "Ctrl-C"), (6, signal.SIGTERM, "SIGTERM")]
)
def test_an_interruption_is_noted(end, seed, number, reason):
    finished, folder, status = end(seed)
    assert finished.returncode == 128 + number
    assert finished.stderr == f"Interrupted. What was written so far lies in {folder.name}\n"
    assert (status["state"], status["reason"]) == ("interrupted", reason)


@pytest.mark.slow
def test_a_sweep_goes_on_past_failed_jobs(end):
    finished = end.sweep("-m", "seed=1,2,3,5", "hydra.sweep.dir=sweep")
    assert finished.returncode == 1
    notes = [json.loads(path.read_text()) for path in end.root.glob("sweep/*/status.json")]
    states = {note["overrides"][0]: note["state"] for note in notes}
    assert states == {
        "seed=1": "finished", "seed=2": "failed", "seed=3": "failed", "seed=5": "finished",
    }  # fmt: skip
    assert "2 of 4 jobs did not finish" in finished.stdout
    assert "The well is dry" in finished.stdout
    assert "Traceback" not in finished.stderr + finished.stdout
    assert (end.root / "sweep" / "sweep.csv").read_text().startswith("rank,")


@pytest.mark.parametrize(
    ("choice", "extra"),
    [
        ("hydra/launcher=joblib", "sweep"), ("hydra/launcher=ray", "ray"),
        ("hydra/launcher=submitit_slurm", "slurm"), ("sweep=optuna_compact", "sweep"),
    ],
)  # fmt: skip
def test_a_launcher_that_is_not_installed_is_named_with_its_command(end, choice, extra):
    (end.root / "hydra_plugins").mkdir(exist_ok=True)  # hides those that are installed
    (end.root / "hydra_plugins" / "__init__.py").touch()
    finished = end.sweep("-m", choice)
    (end.root / "hydra_plugins" / "__init__.py").unlink()
    assert_refused(finished, "is not installed", f"Instead:  pip install '.[{extra}]'")


def test_a_search_space_is_checked_at_its_ends(end):
    finished = end.sweep("-m", "label_smoothing=interval(0.0, 1.5)")
    assert_refused(finished, "label_smoothing: not a possible value", "Received: 1.5")


def test_a_wrong_value_stops_a_sweep_before_its_first_job(end):
    finished = end.sweep("-m", "seed=1,-2", "hydra.sweep.dir=unstarted")
    assert_refused(finished, "Received: -2")
    assert not (end.root / "unstarted").exists()
