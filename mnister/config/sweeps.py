"""What a sweep is to its commands: its folder, its jobs' folders, the threads of each job."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from mnister.config import GONE
from mnister.config.mistakes import Mistake
from mnister.run_files import count_cores

# What changes nothing in what a job trains and exports.
NOT_COUNTED = (
    "progress",
    "debug",
    "resume",
    "checkpoint",
    "tensorboard",
    "device.threads",
    "device.memory_growth",
    "device.workers",
    "device.start_timeout_seconds",
)


def register_resolvers() -> None:
    """Let configs name a job's folder: `${settings_digest:}` stands for its settings."""
    OmegaConf.register_new_resolver(
        "settings_digest", lambda *, _root_: digest(job_settings(_root_)), replace=True
    )


def job_settings(composed: DictConfig) -> dict[str, Any]:
    """List all that decides what a job trains and exports.

    Args:
        composed: A job's whole config, with or without Hydra's own part.

    Returns:
        The plain values by group or key, without those of `NOT_COUNTED`.
    """
    names = [str(name) for name in composed if name != "hydra"]
    # With the keys that are gone, a folder keeps the name that an earlier version gave it.
    values = GONE | {name: _plain(composed[name]) for name in names}
    for key in NOT_COUNTED:
        section, _, name = key.rpartition(".")
        (values.get(section) or {} if section else values).pop(name, None)
    return values


def digest(value: Any) -> str:
    """Shorten a plain value to eight letters and digits that name it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def sweep_mistakes(composed: DictConfig) -> list[Mistake]:
    """Return what would make a sweep look for the worst, or need a command on every machine.

    Args:
        composed: The config of one of the jobs, with Hydra's part.
    """
    found = []
    device, direction = composed.device, composed.hydra.sweeper.get("direction")
    if device.kind == "multi_worker" and not isinstance(device.workers, int):
        problem, expected = "a sweep starts the workers of each job itself", "a number"
        received = "TF_CONFIG" if device.workers is None else str(list(device.workers))
        found += [Mistake("device.workers", problem, expected, received, "device.workers=2")]
    if getattr(direction, "name", direction) == "minimize":
        problem, instead = "the validation accuracy is what is optimized", "sweep=optuna"
        found += [Mistake("hydra.sweeper.direction", problem, "maximize", "minimize", instead)]
    space = {} if _is_grid(composed.hydra.sweeper) else composed.hydra.sweeper.get("params")
    for key, value in (space or {}).items():
        if str(value).startswith("glob("):
            place, expected = f"hydra.sweeper.params.{key}", "choices, such as compact,lenet5"
            found += [Mistake(place, "only a grid takes a glob there", expected, value)]
    return found


def complete_sweep(typed: Sequence[str], composed: DictConfig, jobs: int) -> list[str]:
    """Add what a sweep needs that was not typed: its folder, and the threads of each job.

    Args:
        typed: The overrides, sweeps included.
        composed: The config of one of the jobs, with Hydra's part.
        jobs: How many jobs the sweep has.

    Returns:
        The overrides. The folder is the one that the same command began, if there is one: with
        the same values to sweep over and the same settings in the YAML files.
    """
    keys = {_key(text) for text in typed}
    space = _plain(composed.hydra.sweeper).get("params") or {}
    added = []
    if "hydra.sweep.dir" not in keys:
        counted = sorted(text for text in typed if not _is_uncounted(_key(text)))
        name = digest([counted, space, job_settings(composed)])
        new = Path(f"{composed.hydra.sweep.dir}_{name}")  # begins with a time, which sorts
        begun = sorted(new.parent.glob(f"*_{name}"))
        added.append(f"hydra.sweep.dir={begun[-1] if begun else new}")
    threads = threads_per_job(composed.hydra.launcher, composed.hydra.sweeper, jobs, count_cores())
    is_open = OmegaConf.select(composed, "device.threads") is None
    if threads and is_open and "device.threads" not in keys:
        added.append(f"device.threads={threads}")
    return [*typed, *added]


def count_jobs(overrides: Iterable[str]) -> int:
    """Count the jobs of a grid: the product of the numbers of values."""
    parser = OverridesParser.create()
    parsed = [parser.parse_override(text) for text in overrides]
    grids = [over for over in parsed if over.is_choice_sweep() or over.is_range_sweep()]
    return math.prod(len(list(override.sweep_string_iterator())) for override in grids)


def threads_per_job(launcher: Mapping, sweeper: Mapping, jobs: int, cores: int) -> int | None:
    """Share the cores out among the jobs that run at once.

    Args:
        launcher: `hydra.launcher` as composed.
        sweeper: `hydra.sweeper` as composed.
        jobs: How many jobs there are.
        cores: How many cores this machine has.

    Returns:
        The threads of each job; None for all cores: where one job runs after another, and where
        each is on a machine of its own.
    """
    kind = launcher["_target_"].rpartition(".")[2]
    if kind == "RayLauncher":  # Ray runs as many jobs as the cores that they ask for allow
        return math.ceil(launcher["ray"]["remote"].get("num_cpus") or 1)
    if kind == "LocalLauncher" and launcher["cpus_per_task"]:
        return launcher["cpus_per_task"]
    wanted = launcher["n_jobs"] if kind == "JoblibLauncher" else jobs
    most = wanted if wanted > 0 else cores + 1 + wanted  # -1: all cores, -2: all but one
    at_once = min(most, jobs if _is_grid(sweeper) else sweeper.get("n_jobs", 1))
    is_shared = kind in ("JoblibLauncher", "LocalLauncher") and at_once > 1
    return max(1, cores // at_once) if is_shared else None


def _is_grid(sweeper: Mapping) -> bool:
    return sweeper["_target_"].endswith("BasicSweeper")


def _plain(value: Any) -> Any:
    is_config = OmegaConf.is_config(value)
    return OmegaConf.to_container(value, resolve=True) if is_config else value


def _key(text: str) -> str:
    return text.lstrip("+~").partition("=")[0]


def _is_uncounted(key: str) -> bool:
    """Tell whether a key says how jobs are run, not what they are."""
    return key.startswith("hydra") or any(
        key == name or key.startswith(f"{name}.") for name in NOT_COUNTED
    )
