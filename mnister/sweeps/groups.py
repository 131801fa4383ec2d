"""The jobs of a sweep: read from their folders, grouped over seeds, ranked."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SEED = "seed"


@dataclass(frozen=True)
class Job:
    """One training of a sweep.

    Args:
        name: Its folder's name.
        state: `finished`, `failed` or `running`.
        reason: Why it failed, None if it did not.
        overrides: What was set on the command line for it, key and value as typed.
        metrics: Its numbers, empty unless it finished.
        commit: Which version of the code it ran on, None if that is not known.
    """

    name: str
    state: str
    reason: str | None
    overrides: dict[str, str]
    metrics: dict[str, Any]
    commit: str | None = None


@dataclass(frozen=True)
class Group:
    """Jobs that differ in nothing but the seed.

    Args:
        overrides: What they have in common, without the seed.
        jobs: All of them, finished or not.
    """

    overrides: dict[str, str]
    jobs: tuple[Job, ...]

    def values(self, metric: str) -> list[float]:
        """List a metric of the finished jobs; not-a-number where a job has none."""
        values = [job.metrics.get(metric) for job in self.jobs if job.state == "finished"]
        return [float("nan") if value is None else float(value) for value in values]

    def mean(self, metric: str) -> float:
        """Average a metric over the finished jobs."""
        return statistics.fmean(self.values(metric))

    def deviation(self, metric: str) -> float | None:
        """Take a metric's sample standard deviation over the seeds, None for a single one."""
        values = self.values(metric)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


def read_jobs(folder: Path) -> list[Job]:
    """Read all jobs of a sweep, in the order of their numbers.

    Args:
        folder: The sweep's folder.

    Returns:
        One Job for each sub-folder with a `status.json`.
    """
    folders = [path.parent for path in folder.glob("*/status.json")]
    return [read_job(path) for path in sorted(folders, key=natural_order)]


def natural_order(folder: Path) -> tuple[int, str]:
    """Sort 2 before 10, and numbers before names."""
    return (len(folder.name) if folder.name.isdigit() else 99, folder.name)


def read_job(folder: Path) -> Job:
    """Read one job; what cannot be read makes it a failed one with that reason.

    Args:
        folder: The job's folder.

    Returns:
        The job.
    """
    status, fault = read_json(folder / "status.json")
    overrides = split_overrides(status.get("overrides") or [])
    state, reason = status.get("state", "failed"), status.get("reason") or fault
    if state != "finished":
        return Job(folder.name, state, reason, overrides, {})
    metrics, fault = read_json(folder / "metrics.json")
    if fault:
        return Job(folder.name, "failed", fault, overrides, {})
    environment, _ = read_json(folder / "environment.json")
    return Job(folder.name, state, None, overrides, metrics, environment.get("git_commit"))


def read_json(path: Path) -> tuple[dict[str, Any], str | None]:
    """Read a JSON object.

    Args:
        path: The file.

    Returns:
        The object and None, or an empty one and what is wrong with the file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, f"it left no {path.name}"
    except (OSError, ValueError) as error:
        return {}, f"its {path.name} cannot be read: {error}"
    if not isinstance(content, dict):
        return {}, f"its {path.name} holds no JSON object"
    return content, None


def split_overrides(overrides: Sequence[str]) -> dict[str, str]:
    """Split `key=value` as typed on the command line; the signs +, ++ and ~ do not count.

    Args:
        overrides: Such as `model=lenet5` and `++seed=1`.

    Returns:
        The values by key; where a key comes twice, the last one, as Hydra does.
    """
    pairs = (override.lstrip("+~").partition("=") for override in overrides)
    return {key: value for key, _, value in pairs}


def find_swept_keys(jobs: Sequence[Job]) -> list[str]:
    """Find which keys differ between the jobs.

    Args:
        jobs: All jobs of the sweep.

    Returns:
        Their names without the seed, or the seed alone if nothing else differs.
    """
    names = dict.fromkeys(key for job in jobs for key in job.overrides)
    swept = [key for key in names if len({job.overrides.get(key) for job in jobs}) > 1]
    return [key for key in swept if key != SEED] or swept


def group_over_seeds(jobs: Sequence[Job]) -> list[Group]:
    """Gather jobs that differ in nothing but the seed.

    Args:
        jobs: All jobs of the sweep.

    Returns:
        One Group for each setting, in the order of their first jobs.
    """
    gathered: dict[frozenset[tuple[str, str]], list[Job]] = {}
    for job in jobs:
        gathered.setdefault(frozenset(without_seed(job).items()), []).append(job)
    return [Group(without_seed(group[0]), tuple(group)) for group in gathered.values()]


def without_seed(job: Job) -> dict[str, str]:
    """List a job's overrides but for the seed."""
    return {key: value for key, value in job.overrides.items() if key != SEED}


def rank_groups(groups: Sequence[Group]) -> list[Group]:
    """Sort settings by mean validation accuracy, best first, without a number last.

    Args:
        groups: All settings; those of which no job finished are left out.

    Returns:
        The others, ranked.
    """
    ranked = [group for group in groups if group.values("validation_accuracy")]
    means = {id(group): group.mean("validation_accuracy") for group in ranked}
    return sorted(ranked, key=lambda group: -np.nan_to_num(means[id(group)], nan=-1.0))
