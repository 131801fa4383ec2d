"""A folder for one process at a time; where the file system has no locks, without."""

import pytest

from mnister.locks import Held, is_held, locked, take_lock
from tests.conftest import ROOT

TRIES = """
import sys
from pathlib import Path
from mnister.locks import is_held, locked

with locked(Path("folder") / ".lock"), locked(Path("folder") / ".lock"):
    print("went on", is_held(Path("folder") / ".lock"))
"""
WITHOUT_LOCKS = ROOT / "tests" / "without_locks.py"


def without_locks(run_python, number, *arguments, cwd):
    """Run a script where `flock` fails with an error number."""
    finished = run_python(WITHOUT_LOCKS, number, *arguments, cwd=cwd, PYTHONPATH=str(ROOT))
    if finished.returncode == 77:
        pytest.skip("this kernel lets no system call be refused")
    return finished


def test_a_lock_is_one_process_s_and_its_file_is_made_by_taking_it_only(tmp_path):
    assert not is_held(tmp_path / ".lock")
    assert list(tmp_path.iterdir()) == []
    lock = take_lock(tmp_path / ".lock")
    assert is_held(tmp_path / ".lock")
    with pytest.raises(Held), locked(tmp_path / ".lock"):
        pass
    lock.release()
    assert not is_held(tmp_path / ".lock")


@pytest.mark.parametrize("number", ["ENOLCK", "EOPNOTSUPP", "ENOSYS"])
def test_without_locks_it_goes_on_and_says_so_once(run_python, tmp_path, number):
    (tmp_path / "folder").mkdir()
    (tmp_path / "tries.py").write_text(TRIES)
    finished = without_locks(run_python, number, "tries.py", cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (0, "went on False\n"), finished.stderr
    told = "folder: its file system has no locks; see that no other process works there\n"
    assert finished.stderr == told


def test_any_other_error_of_a_lock_is_one(run_python, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "tries.py").write_text(TRIES)
    finished = without_locks(run_python, "EIO", "tries.py", cwd=tmp_path)
    assert finished.returncode == 1
    assert "Input/output error" in finished.stderr


@pytest.mark.slow
def test_a_sweep_and_its_jobs_run_where_there_are_no_locks(run_python, tiny, tmp_path):
    finished = without_locks(
        run_python, "ENOLCK", ROOT / "train.py", "-m", *tiny, "seed=1", "dry_run=true",
        f"hydra.sweep.dir={tmp_path / 'sweep'}", "device.precision=float32",
        f"data.dir={ROOT / 'data' / 'mnist'}", cwd=tmp_path,
    )  # fmt: skip
    assert "Traceback" not in finished.stderr
    assert finished.returncode == 0, finished.stderr
    said = finished.stdout + finished.stderr  # Hydra's own log goes to the output
    assert said.count("its file system has no locks") == 2  # the sweep's folder, the job's
