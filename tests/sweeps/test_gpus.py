"""GPUs are dealt out round, before TensorFlow looks for them."""

from pathlib import Path

import pytest

from mnister.sweeps.gpus import list_gpus, order_for_job

TASK = """
import os
from mnister.command_line import entry_point

@entry_point("train")
def main(config, run_folder):
    (run_folder / "gpu").write_text(f"{os.getpid()} {os.environ['CUDA_VISIBLE_DEVICES']}")

main()
"""


def test_three_gpus_are_tried_in_turn():
    orders = [order_for_job(number, ["0", "2", "GPU-5d"]) for number in range(4)]
    assert [order[0] for order in orders] == ["0", "2", "GPU-5d", "0"]
    assert orders[1] == ["2", "GPU-5d", "0"]
    assert order_for_job(3, []) == []


def test_processes_side_by_side_have_a_gpu_each_and_keep_it(tmp_path, run_python):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs '.[sweep]'")
    (tmp_path / "task.py").write_text(TASK)
    finished = run_python(
        "task.py", "-m", "seed=range(8)", "hydra.sweep.dir=sweep",
        "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", cwd=tmp_path,
        PYTHONPATH=str(Path(__file__).resolve().parents[2]), CUDA_VISIBLE_DEVICES="3,5",
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    pairs = {path.read_text() for path in tmp_path.glob("sweep/*/gpu")}
    assert pairs
    for part in (0, 1):  # processes, GPUs
        parts = [pair.split()[part] for pair in pairs]
        assert len(parts) == len(set(parts))
    assert {pair.split()[1] for pair in pairs} <= {"3", "5"}


@pytest.mark.parametrize(
    ("visible", "gpus"), [("0, 3", ["0", "3"]), ("-1", []), ("", []), ("GPU-5d", ["GPU-5d"])]
)
def test_the_gpus_that_may_be_used_are_listed(visible, gpus):
    assert list_gpus({"CUDA_VISIBLE_DEVICES": visible}) == gpus


def test_the_driver_is_asked_for_its_gpus(tmp_path, monkeypatch):
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\nprintf '0\\n1\\n'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list_gpus({}) == ["0", "1"]
    command.unlink()
    assert list_gpus({}) == []
