"""What is wrong with a list of workers is said before anything is started."""

import json
import re

import pytest

from mnister.config.compose import check_overrides, compose_config, compose_run
from mnister.config.mistakes import ConfigError
from mnister.config.resume import MAY_CHANGE
from mnister.config.workers import Cluster, find_cluster

WORKERS = {"worker": ["a:1", "b:2"]}
FIRST = {"type": "worker", "index": 0}


@pytest.fixture(autouse=True)
def _without_tf_config(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)


def said(*overrides):
    with pytest.raises(ConfigError) as caught:
        check_overrides("train", ["device=multi_worker", *overrides])
    return str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ([], "nothing says who the workers are"),
        (["device.workers=[]"], "no worker"),
        (["device.workers=0"], "a whole number from 1 to 64"),
        (["device.workers=[a:1,b]", "device.index=0"], "Received: b"),
        (["device.workers=[a:1,b:0]", "device.index=0"], "port 1 to 65535"),
        (["device.workers=[a:1,b:65536]", "device.index=0"], "port 1 to 65535"),
        (["device.workers=[a:1,b:x]", "device.index=0"], "port 1 to 65535"),
        (["device.workers=[a:1,a:1]", "device.index=0"], "two workers have one address"),
        (["device.workers=[a:1,b:2]"], "device.index: not the place of one of 2 workers"),
        (["device.workers=[a:1,b:2]", "device.index=2"], "Expected: 0 to 1"),
        (["device.workers=2", "device.index=1"], "workers on this machine have none"),
        (["device.workers=2", "device.start_timeout_seconds=0"], "a number above 0"),
        (["device.workers=2", "batch_size=63"], "Instead:  batch_size=62 or batch_size=64"),
        (["device.workers=[a:1,b:2]", "device.index=0", "batch_size=1"], "batch_size=2"),
    ],
)
def test_a_wrong_list_is_told(overrides, words):
    assert words in said(*overrides)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read (Expecting property name"),
        ("[]", "cannot be read"),
        ('"host"', "cannot be read"),
        (json.dumps({"cluster": WORKERS}), "no 'task'"),
        (json.dumps({"task": FIRST}), "no 'cluster'"),
        (json.dumps({"cluster": {"worker": "a:1"}, "task": FIRST}), "cannot be read"),
        (json.dumps({"cluster": {"worker": []}, "task": FIRST}), "no worker"),
        (json.dumps({"cluster": {"worker": ["a"]}, "task": FIRST}), "not an address"),
        (json.dumps({"cluster": WORKERS | {"ps": ["c:1"]}, "task": FIRST}), "task: ps, worker"),
        (json.dumps({"cluster": WORKERS, "task": FIRST | {"index": 2}}), "Expected: 0 to 1"),
        (json.dumps({"cluster": WORKERS, "task": FIRST | {"index": "0"}}), "Expected: 0 to 1"),
        (json.dumps({"cluster": WORKERS, "task": {"type": "chief", "index": 0}}), "no 'chief'"),
    ],
)
def test_a_wrong_tf_config_is_told(monkeypatch, text, words):
    monkeypatch.setenv("TF_CONFIG", text)
    assert words in said()


@pytest.mark.parametrize(
    ("cluster", "task", "index"),
    [
        (WORKERS, FIRST | {"index": 1}, 1),
        ({"chief": ["a:1"], "worker": ["b:2"]}, {"type": "worker", "index": 0}, 1),
        ({"chief": ["a:1"], "worker": ["b:2"]}, {"type": "chief", "index": 0}, 0),
    ],
)
def test_tf_config_names_the_workers_the_chief_first(monkeypatch, cluster, task, index):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    config = compose_config("train", ["device=multi_worker"])
    assert find_cluster(config.device.model_dump()) == Cluster(("a:1", "b:2"), index)


def test_what_is_typed_counts_more_than_tf_config(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{")
    config = compose_config("train", ["device=multi_worker", "device.workers=3", "batch_size=6"])
    assert find_cluster(config.device.model_dump()) == Cluster(("", "", ""), None)


def test_other_devices_do_not_care_for_tf_config(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{")
    assert compose_config("train", ["device=cpu"]).device.kind == "cpu"


def test_only_the_chief_writes_into_the_run_folder():
    def folder(*overrides):
        return compose_run("train", ["device=multi_worker", *overrides]).hydra.run.dir

    chief, other = [["device.workers=[a:1,b:2]", f"device.index={index}"] for index in (0, 1)]
    assert folder(*chief, "hydra.run.dir=x") == "x"
    assert folder(*other, "hydra.run.dir=x") == "x/worker-1"
    assert re.fullmatch("outputs/workers/[^/]+/worker-1", folder(*other))
    assert folder("device.workers=2").startswith("outputs/train/")


def test_a_run_may_go_on_with_other_workers_but_not_on_another_kind_of_device():
    assert {"device.workers", "device.index"} <= set(MAY_CHANGE)
    assert "device.kind" not in MAY_CHANGE


def test_a_list_that_is_wrong_ends_with_exit_code_2(run_python):
    finished = run_python("train.py", "device=multi_worker", "device.workers=[a:1,a:1]")
    assert finished.returncode == 2
    assert "two workers have one address" in finished.stderr
    assert finished.stderr.endswith("Nothing was started.\n")


def test_a_sweep_over_machines_is_refused(run_python):
    finished = run_python(
        "train.py", "-m", "device=multi_worker", "device.workers=[a:1,b:2]", "device.index=0",
        "seed=1,2",
    )  # fmt: skip
    assert finished.returncode == 2
    assert "device.workers: a sweep starts the workers of each job itself" in finished.stderr
