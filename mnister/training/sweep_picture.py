"""The picture of a sweep: validation accuracy against each key that was swept."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnister.figures import BLUE, ORANGE, new_figure, tidy_axis
from mnister.training.sweep_jobs import SEED, Group, Job

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CHOICES = 8  # more different numbers than these are drawn along a scale


def write_sweep_picture(ranked: Sequence[Group], keys: Sequence[str], path: Path) -> None:
    """Draw validation accuracy against each swept key, a dot a job, a bar for a choice's mean.

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
    entries = {}
    for axis in axes[: len(keys)]:
        entries |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(
        entries.values(), entries.keys(), loc="outside upper left", ncols=2, frameon=False
    )
    figure.savefig(path)


def draw_key(axis: "Axes", key: str, jobs: Sequence[Job]) -> None:
    """Draw one panel: the accuracy of every job against its value of one key."""
    typed = [job.overrides.get(key, "default") for job in jobs]
    accuracies = np.array([job.metrics.get("validation_accuracy") for job in jobs], dtype=float)
    is_search = len(set(typed)) > MOST_CHOICES and all(map(is_number, typed))
    (draw_numbers if is_search else draw_choices)(axis, typed, 100 * accuracies)
    axis.set_xlabel(key)
    axis.ticklabel_format(axis="y", useOffset=False)
    tidy_axis(axis)


def draw_numbers(axis: "Axes", typed: Sequence[str], percents: np.ndarray) -> None:
    """Draw a dot a job along the numbers that a search drew.

    The scale is logarithmic if most of them crowd in the lowest quarter of a linear one.

    Args:
        axis: The panel.
        typed: N numbers as typed.
        percents: float (N,), the accuracies.
    """
    numbers = np.array(typed, dtype=float)
    axis.scatter(numbers, percents, color=BLUE, alpha=0.75, s=26, label="one job", zorder=3)
    low, high = numbers.min(), numbers.max()
    if low > 0 and np.median(numbers) < low + (high - low) / 4:
        axis.set_xscale("log")


def draw_choices(axis: "Axes", typed: Sequence[str], percents: np.ndarray) -> None:
    """Draw a dot a job above its choice, evenly spaced, and a bar for the choice's mean.

    Args:
        axis: The panel.
        typed: N values as typed.
        percents: float (N,), the accuracies.
    """
    values = sorted(set(typed), key=lambda text: (not is_number(text), number_or_zero(text), text))
    places = np.array([values.index(text) for text in typed])
    axis.scatter(places, percents, color=BLUE, alpha=0.75, s=26, label="one job", zorder=3)
    for place in range(len(values)):
        mean = np.mean(percents[places == place])
        label = "mean" if place == 0 else None
        axis.hlines(mean, place - 0.25, place + 0.25, color=ORANGE, linewidth=2, label=label)
    names = [shorten_text(text) for text in values]
    is_long = sum(map(len, names)) > 28
    turned = {"rotation": 20, "ha": "right", "rotation_mode": "anchor"} if is_long else {}
    axis.set_xticks(range(len(values)), names, parse_math=False, **turned)
    axis.set_xlim(-0.6, len(values) - 0.4)


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
