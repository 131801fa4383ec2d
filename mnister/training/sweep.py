"""Rank the jobs of a sweep: mean and spread over seeds, a table, a CSV and a picture."""

import csv
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnister.training.report import BLUE, ORANGE, new_figure, tidy_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.console import Console
    from rich.table import Table

TABLE_WIDTH = 80
SEED = "seed"
METRICS = ("validation_accuracy", "test_accuracy", "train_seconds")


@dataclass(frozen=True)
class Job:
    """One training of a sweep.

    Args:
        name: Its folder's name.
        state: `finished`, `failed` or `running`.
        reason: Why it failed, None if it did not.
        overrides: What was set on the command line for it, key and value as typed.
        metrics: Its numbers, empty unless it finished.
    """

    name: str
    state: str
    reason: str | None
    overrides: dict[str, str]
    metrics: dict[str, Any]


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


def rank_runs(folder: Path, console: "Console | None" = None) -> list[Group]:
    """Rank the settings of a sweep by their mean validation accuracy and report on all jobs.

    Prints a table of at most 80 columns and the jobs that did not finish, and writes `sweep.csv`
    and, if any job finished, `sweep.png` into the folder.

    Args:
        folder: The sweep's folder; each job's sub-folder holds `status.json` and, once the job
            finished, `metrics.json`.
        console: Where to print; the terminal if None.

    Returns:
        The settings of which at least one job finished, best first.
    """
    # 1. Read every job, 2. group them over seeds, 3. rank.
    jobs = read_jobs(folder)
    keys = find_swept_keys(jobs)
    ranked = rank_groups(group_over_seeds(jobs))
    # 4. Print, 5. write.
    print_report(ranked, jobs, keys, console)
    write_sweep_csv(ranked, keys, folder / "sweep.csv")
    if ranked:
        write_sweep_picture(ranked, keys, folder / "sweep.png")
    return ranked


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
    return Job(folder.name, state, None, overrides, metrics)


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


def print_report(
    ranked: Sequence[Group], jobs: Sequence[Job], keys: Sequence[str], console: "Console | None"
) -> None:
    """Print the ranked table, then the jobs that did not finish, each with its reason."""
    from rich.console import Console
    from rich.markup import escape
    from rich.padding import Padding

    console = console or Console()
    width = min(TABLE_WIDTH, console.width)
    if ranked:
        console.print(make_table(ranked, keys), width=width)
    else:
        console.print(f"None of {len(jobs)} jobs finished.", highlight=False)
    unfinished = [job for job in jobs if job.state != "finished"]
    if unfinished:
        console.print(f"{len(unfinished)} of {len(jobs)} jobs did not finish:", highlight=False)
    for job in unfinished:
        settings = " ".join(f"{key}={value}" for key, value in job.overrides.items())
        reason = job.reason or f"its state is still '{job.state}': it was stopped or runs on"
        for text, indent in ((f"{job.name}: {settings}", 2), (reason, 4)):
            console.print(Padding(escape(text), (0, 0, 0, indent)), width=width, highlight=False)


def make_table(ranked: Sequence[Group], keys: Sequence[str]) -> "Table":
    """Lay the ranked settings out as a table.

    Args:
        ranked: The settings, best first.
        keys: The swept keys.

    Returns:
        A table that wraps its settings to fit any width.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("Settings", overflow="fold")
    for title in ("Validation %", "Test %", "Seeds", "Seconds"):
        table.add_column(title, justify="right", no_wrap=True)
    for rank, group in enumerate(ranked, start=1):
        finished = len(group.values(METRICS[0]))
        table.add_row(
            str(rank),
            escape(describe_settings(group.overrides, keys)),
            format_accuracy(group, "validation_accuracy"),
            format_accuracy(group, "test_accuracy"),
            str(finished) if finished == len(group.jobs) else f"{finished} of {len(group.jobs)}",
            format_number(group.mean("train_seconds"), ".0f"),
        )
    return table


def describe_settings(overrides: dict[str, str], keys: Sequence[str]) -> str:
    """Write the swept settings in one line, keys shortened to their last word.

    Args:
        overrides: The settings of a group.
        keys: The swept keys; where two end in the same word, they are written in full.

    Returns:
        Such as `model=lenet5 learning_rate=0.001`.
    """
    short = shorten_keys(keys)
    settings = " ".join(f"{short[key]}={overrides[key]}" for key in keys if key in overrides)
    return settings or "as configured"


def shorten_keys(keys: Sequence[str]) -> dict[str, str]:
    """Shorten dotted keys to their last word where that is no other key's last word."""
    last = [key.rpartition(".")[2] for key in keys]
    return {
        key: word if last.count(word) == 1 else key for key, word in zip(keys, last, strict=True)
    }


def format_accuracy(group: Group, metric: str) -> str:
    """Write an accuracy in percent, mean ± deviation, the latter blank for one seed."""
    mean, deviation = group.mean(metric), group.deviation(metric)
    text = format_number(100 * mean, ".2f")
    return text if deviation is None else f"{text} ± {format_number(100 * deviation, '.2f')}"


def format_number(value: float, form: str) -> str:
    """Write a number, a dash where there is none."""
    return "–" if np.isnan(value) else format(value, form)


def write_sweep_csv(ranked: Sequence[Group], keys: Sequence[str], path: Path) -> None:
    """Write the ranked settings as a table, one line a setting.

    Args:
        ranked: The settings, best first.
        keys: The swept keys, a column each.
        path: The file to write.
    """
    keys = [key for key in keys if key != SEED]
    numbers = [f"{metric}_{number}" for metric in METRICS for number in ("mean", "sd")]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rank", *keys, "seeds", *numbers, "jobs"])
        for rank, group in enumerate(ranked, start=1):
            settings = [group.overrides.get(key, "") for key in keys]
            cells = [
                "" if value is None or np.isnan(value) else f"{value:.6g}"
                for metric in METRICS
                for value in (group.mean(metric), group.deviation(metric))
            ]
            seeds = len(group.values(METRICS[0]))
            names = " ".join(job.name for job in group.jobs if job.state == "finished")
            writer.writerow([rank, *settings, seeds, *cells, names])


def write_sweep_picture(ranked: Sequence[Group], keys: Sequence[str], path: Path) -> None:
    """Draw validation accuracy against each swept key, a dot a job, a bar for the mean.

    Args:
        ranked: The settings, at least one.
        keys: The swept keys, a panel each; without any, one panel of all jobs.
        path: The PNG to write.
    """
    jobs = [job for group in ranked for job in group.jobs if job.state == "finished"]
    keys = list(keys) or [SEED]
    columns = min(3, len(keys)) if len(keys) != 4 else 2
    rows = -(-len(keys) // columns)
    figure = new_figure(4.4 * columns, 3.6 * rows)
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axis, key in zip(axes, keys, strict=False):
        draw_key(axis, key, jobs)
    for axis in axes[::columns]:
        axis.set_ylabel("Validation accuracy (%)")
    for axis in axes[len(keys) :]:
        axis.set_visible(False)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False)
    figure.savefig(path)


def draw_key(axis: "Axes", key: str, jobs: Sequence[Job]) -> None:
    """Draw one panel: the accuracy of every job against its value of one key."""
    typed = [job.overrides.get(key, "default") for job in jobs]
    accuracies = np.array([job.metrics.get("validation_accuracy") for job in jobs], dtype=float)
    values = sorted(set(typed), key=lambda text: (not is_number(text), number_or_zero(text), text))
    places = np.array([values.index(text) for text in typed])
    axis.scatter(places, 100 * accuracies, color=BLUE, alpha=0.75, s=26, label="one job", zorder=3)
    for place in range(len(values)):
        mean = 100 * np.mean(accuracies[places == place])
        label = "mean" if place == 0 else None
        axis.hlines(mean, place - 0.25, place + 0.25, color=ORANGE, linewidth=2, label=label)
    names = [shorten_text(text) for text in values]
    is_long = sum(map(len, names)) > 28
    turned = {"rotation": 20, "ha": "right", "rotation_mode": "anchor"} if is_long else {}
    axis.set_xticks(range(len(values)), names, parse_math=False, **turned)
    axis.set_xlim(-0.6, len(values) - 0.4)
    axis.set_xlabel(key)
    axis.ticklabel_format(axis="y", useOffset=False)
    tidy_axis(axis)


def is_number(text: str) -> bool:
    """Tell whether a value as typed is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def number_or_zero(text: str) -> float:
    """Read a value as typed as a number, 0 if it is none."""
    return float(text) if is_number(text) else 0.0


def shorten_text(text: str, most: int = 18) -> str:
    """Cut a long value to what fits below an axis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
