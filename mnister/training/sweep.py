"""Report on a sweep: its jobs ranked by mean and spread over seeds, as a table and a CSV."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnister.training.sweep_jobs import (
    SEED,
    Group,
    Job,
    find_swept_keys,
    group_over_seeds,
    rank_groups,
    read_jobs,
)
from mnister.training.sweep_picture import write_sweep_picture

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

TABLE_WIDTH = 80
METRICS = ("validation_accuracy", "test_accuracy", "train_seconds")


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
