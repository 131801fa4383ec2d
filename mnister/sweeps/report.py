"""What a sweep says in the end: the ranked table, the unfinished jobs, how to use the best."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from omegaconf import OmegaConf

from mnister.invocation import command_for
from mnister.sweeps.groups import Group, Job
from mnister.sweeps.picture import is_long_number

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

TABLE_WIDTH = 80
MOST_ROWS = 20  # of the table; sweep.csv has all
MODELS = "outputs/models"  # where infer.py looks if it is not told


def print_report(
    ranked: Sequence[Group], jobs: Sequence[Job], keys: Sequence[str], console: "Console"
) -> None:
    """Print the ranked table, then the jobs that did not finish, each with its reason."""
    from rich.markup import escape
    from rich.padding import Padding

    width = min(TABLE_WIDTH, console.width)
    if ranked:
        console.print(make_table(ranked[:MOST_ROWS], keys), width=width)
        if len(ranked) > MOST_ROWS:
            console.print(f"{len(ranked) - MOST_ROWS} more are in sweep.csv.", highlight=False)
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
    commits = sorted({job.commit for job in jobs if job.commit})
    if len(commits) > 1:
        names = ", ".join(commit[:7] + commit[40:] for commit in commits)  # "-dirty" follows
        console.print(f"The jobs ran on different code: {names}", width=width, highlight=False)


def print_winner(best: Group, folder: Path, console: "Console") -> None:
    """Print the command that reads pictures with the best setting's best model, if exported."""
    finished = [job for job in best.jobs if "model_version" in job.metrics]
    if finished:
        job = max(finished, key=lambda job: job.metrics["validation_accuracy"] or 0)
        command = command_for("infer", "mode=multi_digit")
        model = name_model(folder / job.name, job)
        console.print(f"Read with the best: {command} {model}", soft_wrap=True, highlight=False)


def name_model(folder: Path, job: Job) -> str:
    """Write how `infer.py` is told a job's model.

    Args:
        folder: The job's folder.
        job: The job; its metrics name the model.
    """
    model = f"{job.metrics['model_name']}/{job.metrics['model_version']}"
    path = folder / "config" / "config.yaml"
    models = OmegaConf.load(path).export.dir if path.is_file() else MODELS
    return f"model={model}" if models == MODELS else f"models_dir={models} model={model}"


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
        finished = len(group.values("validation_accuracy"))
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
    settings = " ".join(
        f"{short[key]}={shorten_number(overrides[key])}" for key in keys if key in overrides
    )
    return settings or "as configured"


def shorten_number(text: str) -> str:
    """Write a number with more digits than anyone types, as a search draws it, with four."""
    return f"{float(text):.4g}" if is_long_number(text) else text


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
