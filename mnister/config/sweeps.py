"""What a sweep is to its commands: its folder, its jobs' folders, the threads of each job."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from mnister.config import ADDED, GONE
from mnister.config.begun import Begun, Rule, differences, is_below, read_begun
from mnister.config.mistakes import ConfigError, Mistake
from mnister.config.resume import GOING_ON
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
SAME_JOB = Rule(
    NOT_COUNTED,
    "is not what the job in {folder} was begun with",
    "another hydra.sweep.dir=…   (with no hydra.sweep.subdir a job's folder is named by its "
    "settings)",
)


def register_resolvers() -> None:
    """Let configs name a job's folder by its settings, and keep Hydra out of that of another.

    `${settings_digest:}` stands for a job's settings, `${if_own_folder:name}` for the name of the
    folder in which Hydra keeps its config, looked up just before it writes there.
    """
    OmegaConf.register_new_resolver(
        "settings_digest", lambda *, _root_: digest(job_settings(_root_)), replace=True
    )
    OmegaConf.register_new_resolver("if_own_folder", _if_own_folder, replace=True)


def _if_own_folder(name: str, *, _root_: DictConfig) -> str:
    """Return a name if the folder of the job to come was begun with its settings, or by none.

    Raises:
        ConfigError: It holds a run with other settings, which Hydra would overwrite.
    """
    chosen = OmegaConf.select(_root_, "hydra.runtime.output_dir")
    if not chosen:  # no job is to come: `--cfg hydra --resolve`
        return name
    folder, here = Path(chosen), Path.cwd()
    folder = folder.relative_to(here) if folder.is_relative_to(here) else folder
    is_one_of_many = OmegaConf.select(_root_, "hydra.mode") == RunMode.MULTIRUN
    settings = {str(key): _plain(_root_[key]) for key in _root_ if key != "hydra"}
    rule = SAME_JOB if is_one_of_many else GOING_ON
    mistakes = differences(read_begun(folder), Begun(settings), rule, folder)
    if mistakes:
        raise ConfigError(mistakes)
    return name


def job_settings(composed: DictConfig) -> dict[str, Any]:
    """List all that decides what a job trains and exports.

    Args:
        composed: A job's whole config, with or without Hydra's own part.

    Returns:
        The plain values by group or key, without those of `NOT_COUNTED`.
    """
    names = [str(name) for name in composed if name != "hydra"]
    # With the keys that are gone, and without those that are new and say nothing, a folder keeps
    # the name that an earlier version gave it.
    values = GONE | {name: _plain(composed[name]) for name in names}
    new = [key for key, value in ADDED.items() if OmegaConf.select(composed, key) == value]
    for key in (*NOT_COUNTED, *new):
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
    return key.startswith("hydra") or is_below(key, NOT_COUNTED)
