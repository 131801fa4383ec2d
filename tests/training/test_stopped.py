"""A run that is asked to stop saves first, whoever asks, and however often."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time

import pytest

from tests.commands import ROOT, finish, start, wait_for_step, wait_until

pytestmark = pytest.mark.slow

ENDLESS = (
    "data.limit=600", "batch_size=50", "steps=100000", "device.precision=float32",
    "export.verify_digits=20", f"data.dir={ROOT / 'data' / 'mnist'}",
)  # fmt: skip
SMALL = "model.layers=[Flatten,{Dense:{units: classes}}]"
# 75 MB a checkpoint: time enough to be asked again while it is written.
LARGE = "model.layers=[Flatten,{Dense:{units: 8000}},{Dense:{units: classes}}]"


def status_of(folder):
    (path,) = folder.glob("outputs/train/*/status.json")
    return json.loads(path.read_text())


def test_a_second_ctrl_c_does_not_lose_the_save(tmp_path):
    process = start(tmp_path, *ENDLESS, LARGE, "checkpoint.every_seconds=null")
    logs = tmp_path.glob
    wait_until(lambda: any("validation loss" in path.read_text() for path in
                           logs("outputs/train/*/train.log")), process)  # fmt: skip
    before = {path.name for path in logs("outputs/train/*/checkpoints/step-*.npz")}
    process.send_signal(signal.SIGINT)
    wait_until(lambda: any(logs("outputs/train/*/checkpoints/.step-*.partial")), process)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    _, errors = finish(process, code=130)
    assert "all is saved" in errors
    assert status_of(tmp_path)["state"] == "stopped"
    after = {path.name for path in logs("outputs/train/*/checkpoints/step-*.npz")}
    assert after - before
    assert not any(logs("outputs/train/*/checkpoints/.step-*.partial"))


def test_a_run_whose_terminal_is_lost_saves_first(tmp_path):
    terminal, its_side = os.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *ENDLESS, SMALL, "progress=true",
         "checkpoint.every_seconds=1"],
        cwd=tmp_path, stdin=its_side, stdout=its_side, stderr=its_side, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"},
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(its_side)
    os.set_blocking(terminal, False)

    def has_saved():
        with_output = True
        while with_output:  # or the run would wait for someone to read
            try:
                with_output = bool(os.read(terminal, 65536))
            except BlockingIOError:
                with_output = False
        time.sleep(0.02)
        return any(tmp_path.glob("outputs/train/*/checkpoints/step-*.npz"))

    wait_until(has_saved, process)
    os.close(terminal)  # the kernel sends SIGHUP; whatever is written from now on is an error
    assert process.wait(120) == 128 + signal.SIGHUP
    status = status_of(tmp_path)
    assert status["state"] == "stopped"
    assert status["reason"].startswith("Stopped by SIGHUP after step ")


def test_a_second_ctrl_c_does_not_keep_workers_from_saving(tmp_path):
    two = ("device=multi_worker", "device.workers=2", "device.start_timeout_seconds=200")
    process = start(tmp_path, *ENDLESS, LARGE, *two, "checkpoint.every_seconds=null")
    wait_for_step(tmp_path, 1, process)
    before = set(tmp_path.glob("outputs/train/*/checkpoints/step-*.npz"))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = finish(process, code=130)
    assert "all is saved" in errors
    assert set(tmp_path.glob("outputs/train/*/checkpoints/step-*.npz")) - before
