"""Report on a sweep: its jobs ranked by mean and spread over seeds, as a table and a CSV."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnister.sweeps.groups import (
    SEED,
    Group,
    find_swept_keys,
    group_over_seeds,
    rank_groups,
    read_jobs,
)
from mnister.sweeps.picture import write_sweep_picture
from mnister.sweeps.report import print_report, print_winner

if TYPE_CHECKING:
    from rich.console import Console

METRICS = ("validation_accuracy", "test_accuracy", "train_seconds")


def rank_runs(folder: Path, console: "Console | None" = None) -> list[Group]:
    """Rank the settings of a sweep by their mean validation accuracy and report on all jobs.

    Prints a table of at most 80 columns, the jobs that did not finish and the command that reads
    pictures with the best of the others, and writes `sweep.csv` and, if any job finished,
    `sweep.png` into the folder.

    Args:
        folder: The sweep's folder; each job's sub-folder holds `status.json` and, once the job
            finished, `metrics.json`.
        console: Where to print; the terminal if None.

    Returns:
        The settings of which at least one job finished, best first.
    """
    from rich.console import Console

    # 1. Read every job, 2. group them over seeds, 3. rank.
    jobs = read_jobs(folder)
    keys = find_swept_keys(jobs)
    ranked = rank_groups(group_over_seeds(jobs))
    # 4. Print, 5. write.
    console = console or Console()
    print_report(ranked, jobs, keys, console)
    if ranked:
        print_winner(ranked[0], folder, console)
    write_sweep_csv(ranked, keys, folder / "sweep.csv")
    if ranked:
        write_sweep_picture(ranked, keys, folder / "sweep.png")
    return ranked


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
