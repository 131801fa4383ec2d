"""Several workers train as one process does; one that is lost stops all; the run goes on."""

import csv
import gzip
import json
import os
import re
import shutil
import signal
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from tests.commands import ROOT, finish, start, wait_for_step

MNIST = ROOT / "data" / "mnist"
TWO = ("device=multi_worker", "device.workers=2")
CURVES = ("loss", "accuracy", "validation_loss", "validation_accuracy")
STEPS = 100
RECIPE = (
    "model=lenet5", "data.limit=640", "batch_size=64", f"steps={STEPS}", "augmentation=none",
    "dropout=0", "device.precision=float32", "export.verify_digits=20", "progress=false",
    f"data.dir={MNIST}",
)  # fmt: skip


def run_folder(folder, name):
    return f"hydra.run.dir={folder / 'outputs' / 'train' / name}"


def curve_of(folder, name):
    with (folder / "outputs/train" / name / "metrics.csv").open(encoding="utf-8") as file:
        return np.array([[float(row[key]) for key in CURVES] for row in csv.DictReader(file)])


def variables_of(folder, name):
    last = max((folder / "outputs/train" / name / "checkpoints").glob("step-*.npz"))
    with np.load(last) as arrays:
        return [arrays[key] for key in arrays.files if key.startswith("variable_")]


def metrics_of(folder, name):
    return json.loads((folder / "outputs/train" / name / "metrics.json").read_text())


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def workers_of(process):
    """Return the process ids of the workers that a command has started, the chief first."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    ids = [int(number) for number in path.read_text().split()]
    return sorted(i for i in ids if b"mnister.launching.worker" in command_of(i))


def command_of(process_id):
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:
        return b""


def is_running(process_id):
    return b"mnister.launching.worker" in command_of(process_id)


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """Give the folder in which one process has trained."""
    folder = tmp_path_factory.mktemp("workers")
    finish(start(folder, *RECIPE, "device=cpu", run_folder(folder, "one")))
    return folder


def assert_trained_as_one(folder, name, one):
    """Check that a run ended as the one of a single process did."""
    difference = np.abs(curve_of(folder, name) - curve_of(one, "one"))
    assert difference.shape == (STEPS // 10, 4)
    assert difference.max() < 1e-5
    for mine, alone in zip(variables_of(folder, name), variables_of(one, "one"), strict=True):
        np.testing.assert_allclose(mine, alone, rtol=1e-6, atol=1e-6)
    assert metrics_of(folder, name)["test_accuracy"] == metrics_of(one, "one")["test_accuracy"]


@pytest.mark.slow
@pytest.mark.parametrize("devices", [("device=mirrored", "device.logical_cpus=2"), TWO])
def test_replicas_and_workers_train_as_one_process(one, devices):
    name = devices[0].partition("=")[2]
    said = "".join(finish(start(one, *RECIPE, *devices, run_folder(one, name))))
    assert_trained_as_one(one, name, one)
    assert said.count("test accuracy") == 1


@pytest.mark.slow
def test_a_run_that_is_stopped_again_and_again_ends_as_one_process_does(one, tmp_path):
    run = tmp_path / "outputs/train/stopped"
    go_on = f"python train.py resume={run.relative_to(tmp_path)}"
    every = ("checkpoint.every_steps=5", run_folder(tmp_path, "stopped"))

    # The command that started them is gone: they do not outlive it.
    process = start(tmp_path, *RECIPE, *TWO, *every)
    wait_for_step(tmp_path, 5, process)
    ids = workers_of(process)
    assert len(ids) == 2
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while any(map(is_running, ids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, ids))

    # The chief is gone.
    process = start(tmp_path, f"resume={run}")
    wait_for_step(tmp_path, 20, process)
    ids = workers_of(process)
    assert len(ids) == 2
    started = time.monotonic()
    os.kill(ids[0], signal.SIGKILL)
    said = "".join(finish(process, 2, 30))
    assert time.monotonic() - started < 30
    assert not any(map(is_running, ids))
    assert "Worker 0 (127.0.0.1:" in said
    assert "is gone: killed by SIGKILL; all are stopped" in said
    assert go_on in said
    assert "Traceback" not in said

    process = start(tmp_path, f"resume={run}")
    wait_for_step(tmp_path, 35, process)
    ids = workers_of(process)
    process.send_signal(signal.SIGTERM)
    said = "".join(finish(process, 128 + signal.SIGTERM, 60))
    assert "Stopped by SIGTERM after step" in said
    assert go_on in said
    assert not any(map(is_running, ids))
    assert json.loads((run / "status.json").read_text())["state"] == "stopped"

    finish(start(tmp_path, f"resume={run}", "device.workers=1"))
    assert_trained_as_one(tmp_path, "stopped", one)


@pytest.mark.slow
def test_two_commands_of_one_list_train_together_and_notice_the_other_is_gone(tmp_path):
    first, second = free_ports(2)
    addresses = f"device.workers=[127.0.0.1:{first},127.0.0.1:{second}]"
    common = [*RECIPE, "steps=100000", "device=multi_worker", addresses]
    common += ["checkpoint.every_steps=10", run_folder(tmp_path, "list")]
    processes = [start(tmp_path, *common, f"device.index={index}") for index in (0, 1)]
    run = tmp_path / "outputs/train/list"
    wait_for_step(tmp_path, 10, processes[0])
    (worker,) = workers_of(processes[0])
    os.kill(workers_of(processes[1])[0], signal.SIGKILL)
    said = ["".join(finish(process, 2, 40)) for process in processes]
    assert f"Worker 1 (127.0.0.1:{second}) is gone" in said[0]
    assert f"Worker 1 (127.0.0.1:{second}) is gone: killed by SIGKILL" in said[1]
    for text in said:
        assert f"python train.py resume={run.relative_to(tmp_path)}" in text
        assert "(on every worker, with its device.index)" in text
    assert not is_running(worker)
    assert (run / "worker-1" / "train.log").is_file()
    assert not (run / "worker-1" / "checkpoints").exists()


@pytest.mark.slow
def test_a_worker_that_never_comes_stops_the_start(tmp_path):
    first, second = free_ports(2)
    process = start(
        tmp_path, *RECIPE, "device=multi_worker", "device.start_timeout_seconds=3",
        f"device.workers=[127.0.0.1:{first},127.0.0.1:{second}]", "device.index=0",
    )  # fmt: skip
    said = "".join(finish(process, 2))
    assert f"Worker 1 (127.0.0.1:{second}) did not come." in said
    assert "Expected: all 2 workers within 3 s of the first" in said


@pytest.mark.slow
def test_another_config_and_other_data_are_noticed_wherever_these_lie(tmp_path):
    for name in ("one", "other"):
        shutil.copytree(MNIST, tmp_path / name)
    (labels,) = (tmp_path / "other").glob("train-labels*")
    digits = bytearray(gzip.decompress(labels.read_bytes()))
    digits[-1] ^= 1
    labels.write_bytes(gzip.compress(digits))

    first, second = free_ports(2)
    common = [*RECIPE, "device=multi_worker", "steps=5", "data=idx"]
    common += [f"device.workers=[127.0.0.1:{first},127.0.0.1:{second}]"]
    chief = start(tmp_path, *common, "device.index=0", "data.dir=one", "seed=1")
    other = start(tmp_path, *common, "device.index=1", "data.dir=other", "seed=2")
    for process in (chief, other):
        said = "".join(finish(process, 2))
        assert "The chief and worker 1 were started with different configs" in said
    sums = re.search(
        r"  Expected: data \(SHA-256\)=(\w{64}), seed=1\n"
        r"  Received: data \(SHA-256\)=(\w{64}), seed=2\n",
        said,
    )
    assert sums[1] != sums[2]


@pytest.mark.slow
def test_a_dry_run_shows_the_network_and_its_replicas(tmp_path):
    layers = (
        "model.layers=[{Conv2D: {filters: 8, kernel_size: 3, strides: 4, padding: same}},"
        " {DownAndUp: {filters: [8, 8], repeats: [1, 0]}},"
        " {Conv2D: {filters: classes, kernel_size: 1}}]"
    )
    pages = ("experiment=page", "data.size=64", "batch_size=64", layers)
    said = "".join(finish(start(tmp_path, *pages, *TWO, "dry_run=true")))
    assert "DownAndUp" in said
    assert "MultiWorkerMirroredStrategy: 2 replicas × 32 pages a step" in said
