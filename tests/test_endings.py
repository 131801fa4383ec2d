"""How a run and a sweep end, and what they leave behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.refused import assert_refused

ROOT = Path(__file__).resolve().parents[1]

ENDINGS = """
import os, signal
from mnister.command_line import entry_point
from mnister.errors import UserError, refusing

@entry_point("train")
def main(config, run_folder):
    with refusing():
        if (run_folder / "dry").exists():
            raise UserError("The well is dry")
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
    if config.seed == 7:
        os.kill(os.getpid(), signal.SIGHUP)
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


def test_a_run_that_is_refused_to_go_on_is_told_of_as_before(end):
    _, folder, before = end(8)
    configs = {path: path.read_text() for path in folder.glob("config/*")}
    (folder / "dry").touch()
    finished, _, status = end(8, "epochs=20")
    assert (finished.returncode, finished.stderr) == (2, "The well is dry.\n")
    assert (before["state"], status) == ("finished", before)
    assert {path: path.read_text() for path in folder.glob("config/*")} == configs
    assert not (folder / "traceback.txt").exists()


def test_a_new_run_that_is_refused_failed(end):
    (end.root / "run9").mkdir()
    (end.root / "run9" / "dry").touch()
    assert end(9)[2]["state"] == "failed"


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
    ("seed", "number", "reason"),
    [
        (4, signal.SIGINT, "Ctrl-C"), (6, signal.SIGTERM, "SIGTERM"), (7, signal.SIGHUP, "SIGHUP"),
    ],
)  # fmt: skip
def test_an_interruption_is_noted(end, seed, number, reason):
    finished, folder, status = end(seed)
    assert finished.returncode == 128 + number
    assert finished.stderr == f"Interrupted. What was written so far lies in {folder.name}\n"
    assert (status["state"], status["reason"]) == ("interrupted", reason)


def test_under_nohup_a_lost_terminal_changes_nothing(end):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does; it is inherited
    try:
        finished, _, status = end(7)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (finished.returncode, status["state"]) == (0, "finished")


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
