"""The examples for clusters: their commands run here, two processes standing in for two nodes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
RECIPE = (
    "model.layers=[Flatten,{Dense:{units:classes}}]", "data.limit=256", "batch_size=64",
    "steps=6", "device.precision=float32", "export.verify_digits=8",
    f"data.dir={ROOT / 'data' / 'mnist'}",
)  # fmt: skip

# What Slurm's two commands do, for two tasks on this machine.
SCONTROL = """#!/bin/sh
[ "$1 $2 $3" = "show hostnames node[1-2]" ] && printf '127.0.0.1\\n127.0.0.1\\n'
"""
SRUN = """#!/bin/sh
shift
SLURM_PROCID=1 "$@" > other.log 2>&1 &
SLURM_PROCID=0 "$@" || exit
wait $!
"""


@pytest.fixture
def folder(tmp_path):
    """Give a folder in which `train.py` is found and `python` is this one."""
    (tmp_path / "train.py").symlink_to(ROOT / "train.py")
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (commands / "scontrol").write_text(SCONTROL)
    (commands / "srun").write_text(SRUN)
    for path in commands.iterdir():
        path.chmod(0o755)
    return tmp_path


def environment(folder, **more):
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    project = {"PATH": path, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}
    return os.environ | project | more


def free_port():
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return each.getsockname()[1]


def only_metrics(folder):
    (path,) = (folder / "outputs" / "train").glob("*/metrics.json")
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def objects():
    text = (ROOT / "deploy" / "kubernetes" / "train.yaml").read_text(encoding="utf-8")
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


@pytest.mark.slow
def test_what_the_kubernetes_job_runs_trains(folder, objects):
    (container,) = objects["Job"]["spec"]["template"]["spec"]["containers"]
    command = container["command"] + container["args"]
    workers = ",".join(f"127.0.0.1:{free_port()}" for _ in range(2))
    processes = [
        subprocess.Popen(
            command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment(
                folder, JOB_COMPLETION_INDEX=str(index), WORKERS=workers, RECIPE=" ".join(RECIPE)
            ),
        )
        for index in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert only_metrics(folder)["steps"] == 6
    assert ["test accuracy" in text for text in said] == [True, False]


def test_the_kubernetes_objects_fit_together(objects):
    job, service = objects["Job"]["spec"], objects["Service"]
    pod, labels = job["template"]["spec"], job["template"]["metadata"]["labels"]
    (container,) = pod["containers"]
    given = {each["name"]: each["value"] for each in container["env"]}
    names = [f"{objects['Job']['metadata']['name']}-{i}" for i in range(job["completions"])]
    port = container["ports"][0]["containerPort"]
    assert given["WORKERS"].split(",") == [f"{n}.{pod['subdomain']}:{port}" for n in names]
    assert job["completionMode"] == "Indexed"
    assert job["parallelism"] == job["completions"]
    assert pod["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == labels
    policy = objects["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert [each["port"] for each in policy["ingress"][0]["ports"]] == [port]
    claim = pod["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert claim == objects["PersistentVolumeClaim"]["metadata"]["name"]
    assert container["volumeMounts"][0]["mountPath"] == f"{container['workingDir']}/outputs"


@pytest.mark.slow
def test_what_the_slurm_script_runs_trains(folder):
    said = subprocess.run(
        ["bash", ROOT / "deploy" / "slurm" / "train.sbatch", *RECIPE],
        cwd=folder, text=True, capture_output=True, timeout=120, check=False,
        env=environment(
            folder, PYTHON="python", SLURM_JOB_ID=str(free_port()), SLURM_JOB_NODELIST="node[1-2]"
        ),
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert only_metrics(folder)["steps"] == 6
    assert "Worker 1 of 127.0.0.1" in (folder / "other.log").read_text()
