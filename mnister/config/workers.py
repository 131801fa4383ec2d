"""Who trains together: the addresses of all workers and which of them is this process."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mnister.config.mistakes import Mistake

ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})")
EXAMPLE = "device.workers=[host1:2222,host2:2222] device.index=0"
LOCAL = "device.workers=2   (two processes here)"


@dataclass(frozen=True)
class Cluster:
    """The workers of a run.

    Attributes:
        addresses: `host:port` of each, the chief first; empty strings where the ports of processes
            on this machine are not chosen yet.
        index: Which one this process is; None: it starts all of them.
    """

    addresses: tuple[str, ...]
    index: int | None

    @property
    def is_local(self) -> bool:
        """Whether this process starts all workers."""
        return self.index is None

    @property
    def has_chief(self) -> bool:
        """Whether the worker that writes is this process or one that it starts."""
        return not self.index


def find_cluster(device: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Cluster:
    """Return the workers that a checked config, or TF_CONFIG, names.

    Args:
        device: The settings of `device=multi_worker`.
        environ: Where TF_CONFIG is looked up.
    """
    workers = device["workers"]
    if workers is None:
        return _read_tf_config(json.loads(environ["TF_CONFIG"]))
    if isinstance(workers, int):
        return Cluster(("",) * workers, None)
    return Cluster(tuple(workers), device["index"])


def cluster_mistakes(
    values: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> list[Mistake]:
    """Return what is wrong with the workers of a config whose types are right.

    Args:
        values: The whole composed config.
        environ: Where TF_CONFIG is looked up.
    """
    device = values["device"]
    if device["kind"] != "multi_worker":
        return []
    if device["workers"] is None:
        found = _tf_config_mistakes(environ.get("TF_CONFIG"), device["index"])
    elif isinstance(device["workers"], int):
        found = _unused_index(device["index"], "workers on this machine have none")
    else:
        found = _list_mistakes("device.workers", device["workers"])
        count = len(device["workers"])
        found += _index_mistakes("device.index", device["index"], count) if count else []
    return found or _batch_mistakes(values["batch_size"], find_cluster(device, environ))


def own_run_folder(device: DictConfig, chosen: str | None) -> str | None:
    """Return where a run's files go, as far as it is chosen: other workers go below the chief's.

    Args:
        device: The section of a checked config.
        chosen: The folder that was typed, if one was.
    """
    values = OmegaConf.to_container(device, resolve=True)
    if values["kind"] != "multi_worker" or find_cluster(values).has_chief:
        return chosen
    beside = "outputs/workers/${now:%Y-%m-%d_%H-%M-%S-%f}"
    return f"{chosen or beside}/worker-{find_cluster(values).index}"


def _read_tf_config(tf_config: Mapping[str, Any]) -> Cluster:
    cluster, task = tf_config["cluster"], tf_config["task"]
    chiefs, workers = cluster.get("chief", []), cluster.get("worker", [])
    offset = len(chiefs) if task["type"] == "worker" else 0
    return Cluster((*chiefs, *workers), task["index"] + offset)


def _tf_config_mistakes(text: str | None, index: Any) -> list[Mistake]:
    if text is None:
        expected = "a number, a list, or TF_CONFIG in the environment"
        return [Mistake("device.workers", "nothing says who the workers are", expected,
                        "null, and no TF_CONFIG", f"{LOCAL} or {EXAMPLE}")]  # fmt: skip
    expected = '{"cluster": {"worker": ["host1:2222", …]}, "task": {"type": "worker", "index": 0}}'
    try:
        tf_config = json.loads(text)
        task, cluster = tf_config["task"], tf_config["cluster"]
        kinds, named = sorted({*cluster, task["type"]}), cluster[task["type"]]
        if not isinstance(named, list) or set(kinds) - {"chief", "worker"}:
            raise ValueError(f"kinds of task: {', '.join(kinds)}; chief and worker are possible")
        addresses = [*cluster.get("chief", []), *cluster.get("worker", [])]
    except (ValueError, KeyError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        return [Mistake("TF_CONFIG", f"cannot be read ({reason})", expected, text)]
    found = _list_mistakes("TF_CONFIG", addresses)
    found += _index_mistakes("TF_CONFIG task index", task.get("index"), len(named))
    return found + _unused_index(index, "TF_CONFIG has one")


def _list_mistakes(key: str, addresses: Sequence[Any]) -> list[Mistake]:
    found = [
        Mistake(key, "not an address of a worker", "host:port, port 1 to 65535", str(address))
        for address in addresses
        if not _is_address(address)
    ]
    twice = sorted({str(address) for address in addresses if addresses.count(address) > 1})
    found += [
        Mistake(key, "two workers have one address", "each address once", address)
        for address in twice
    ]
    return found if addresses else [Mistake(key, "no worker", "one or more", "[]")]


def _is_address(address: Any) -> bool:
    match = ADDRESS.fullmatch(str(address))
    return match is not None and 1 <= int(match[1]) <= 65535


def _index_mistakes(key: str, index: Any, count: int) -> list[Mistake]:
    if isinstance(index, int) and 0 <= index < count:
        return []
    received = "null" if index is None else str(index)
    return [Mistake(key, f"not the place of one of {count} workers", f"0 to {count - 1}",
                    received, "0 for the first, which writes; each worker its own")]  # fmt: skip


def _unused_index(index: Any, reason: str) -> list[Mistake]:
    if index is None:
        return []
    return [Mistake("device.index", f"is for a list of addresses: {reason}", "null", str(index))]


def _batch_mistakes(batch_size: int, cluster: Cluster) -> list[Mistake]:
    count = len(cluster.addresses)
    if batch_size % count == 0:
        return []
    below = batch_size - batch_size % count
    nearest = " or ".join(f"batch_size={n}" for n in (below, below + count) if n > 0)
    problem = f"{count} workers do not divide the batch evenly"
    return [Mistake("batch_size", problem, f"one that {count} divides", str(batch_size), nearest)]
