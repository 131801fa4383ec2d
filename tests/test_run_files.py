"""What a run of either room writes: whole files, true versions."""

import errno
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from mnister import run_files


def test_a_write_that_fails_keeps_the_old_file_and_leaves_no_other(tmp_path, monkeypatch):
    path = tmp_path / "metrics.json"
    run_files.write_atomically("old", path)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        run_files.write_atomically("new", path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_environment_names_the_versions_without_importing_them(tmp_path):
    path = tmp_path / "environment.json"
    program = (
        "import sys; from pathlib import Path; from mnister import run_files; "
        "run_files.write_environment(Path(sys.argv[1])); "
        "assert not {'tensorflow', 'keras', 'matplotlib', 'cv2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    environment = json.loads(path.read_text())
    assert environment["versions"]["numpy"] == np.__version__
    assert environment["cores"] >= 1
    assert environment["cpu"]


def test_a_package_that_is_missing_has_no_version():
    assert run_files.read_version("no-such-package-anywhere") is None


def test_the_cpu_is_named_without_proc(tmp_path):
    assert run_files.read_cpu_model(tmp_path / "absent")
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name : Some CPU 3000\n")
    assert run_files.read_cpu_model(tmp_path / "cpuinfo") == "Some CPU 3000"


def test_instructions_are_known_where_the_system_names_them(tmp_path):
    assert run_files.read_cpu_instructions(tmp_path / "absent") == set()
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags : sse2 avx2\n\nprocessor : 1\n")
    assert run_files.read_cpu_instructions(tmp_path / "cpuinfo") == {"sse2", "avx2"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_read_of_a_tracked_file_only(tmp_path):
    tracked, untracked = tmp_path / "tracked.py", tmp_path / "untracked.py"
    tracked.write_text("1")
    assert run_files.read_git_commit(tracked) is None
    user = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*user, "commit", "-qm", "First"]):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    untracked.write_text("1")
    commit = run_files.read_git_commit(tracked)
    assert len(commit) == 40
    assert run_files.read_git_commit(untracked) is None
    tracked.write_text("2")
    assert run_files.read_git_commit(tracked) == f"{commit}-dirty"


def test_a_full_disk_is_told_from_other_errors(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "metrics.csv"))
    assert run_files.why_not_written(full) == f"No space left on device: {tmp_path}/metrics.csv"
    assert run_files.why_not_written(OSError(errno.ENOSPC, "No space left")) == "No space left"
    assert run_files.why_not_written(ConnectionResetError(errno.ECONNRESET, "reset")) is None
    assert run_files.why_not_written(RuntimeError("No space left on device")) is None
