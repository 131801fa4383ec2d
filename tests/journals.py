"""Runs of `infer.py` that are killed, and what their journals keep."""

import json
import os
import signal
import subprocess
import sys

from tests.commands import ROOT, wait_until


def pages_in(journal):
    """Return the names of the pages that a journal, bytes, has."""
    lines = [json.loads(line) for line in journal.splitlines()]
    return [line["picture"][0] for line in lines if "picture" in line]


def kill_reading(folder, arguments, count, last):
    """Start to read in a folder, and kill the process once so many pages are kept.

    Args:
        folder: Where `outputs/infer` has no run yet but those of earlier calls.
        arguments: Of `infer.py`.
        count: How many pages.
        last: A file that a run writes at its end, and this one must not have.

    Returns:
        The run's folder, and what of its journal was whole, bytes.
    """
    before = set(folder.glob("outputs/infer/*"))
    run = subprocess.Popen(
        [sys.executable, ROOT / "infer.py", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def has_read_some():
        journals = folder.glob("outputs/infer/*/journal.jsonl")
        return any(path.read_bytes().count(b'{"picture": ') >= count for path in journals)

    wait_until(has_read_some, run, f"page {count}")
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=60)
    (left,) = set(folder.glob("outputs/infer/*")) - before
    journal = (left / "journal.jsonl").read_bytes()
    assert not (left / last).exists()
    return left, journal[: journal.rindex(b"\n") + 1]
