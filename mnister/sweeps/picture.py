"""The picture of a sweep: validation accuracy against each key that was swept."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnister.figures import BLUE, ORANGE, new_figure, tidy_axis
from mnister.sweeps.groups import SEED, Group, Job

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CHOICES = 8  # more different numbers than these are drawn along a scale
MOST_TYPED = 8  # letters of a number; a longer one was drawn by a search
WIDE = 5.0  # the worst error as a multiple of the least from which on the axis is stretched
STRETCHED_TICKS = [0, 50, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 100]


def write_sweep_picture(ranked: Sequence[Group], keys: Sequence[str], path: Path) -> None:
    """Draw validation accuracy against each swept key, a dot a job, a bar for a choice's median.

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
    stretch_top(axes[0], list_percents(jobs))
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
    is_drawn = len(set(typed)) > MOST_CHOICES or any(map(is_long_number, typed))
    is_search = is_drawn and all(map(is_number, typed))
    (draw_numbers if is_search else draw_choices)(axis, typed, list_percents(jobs))
    axis.set_xlabel(key)
    axis.ticklabel_format(axis="y", useOffset=False)
    tidy_axis(axis)


def list_percents(jobs: Sequence[Job]) -> np.ndarray:
    """List the validation accuracies in percent, not-a-number where there is none."""
    return 100 * np.array([job.metrics.get("validation_accuracy") for job in jobs], dtype=float)


def stretch_top(axis: "Axes", percents: np.ndarray) -> None:
    """Stretch the axis towards 100 % if one bad job would press all good ones together.

    Args:
        axis: Any of the panels, which share the axis.
        percents: float (N,), the accuracies.
    """
    errors = 100.1 - percents[np.isfinite(percents)]
    if not errors.size or errors.max() < WIDE * errors.min():
        return
    axis.set_yscale(
        "function",
        functions=(
            lambda percent: -np.log10(np.maximum(100.1 - percent, 1e-3)),
            lambda place: 100.1 - 10.0**-place,
        ),
    )
    low, high = 100.1 - 1.2 * errors.max(), 100.1 - errors.min() / 1.2
    ticks = [tick for tick in STRETCHED_TICKS if low <= tick <= high]
    axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_ylim(low, high)


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
    """Draw a dot a job above its choice, evenly spaced, and a bar for the choice's median.

    Args:
        axis: The panel.
        typed: N values as typed.
        percents: float (N,), the accuracies.
    """
    values = sorted(set(typed), key=lambda text: (not is_number(text), number_or_zero(text), text))
    places = np.array([values.index(text) for text in typed])
    axis.scatter(places, percents, color=BLUE, alpha=0.75, s=26, label="one job", zorder=3)
    for place in range(len(values)):
        middle = np.median(percents[places == place])
        label = "median" if place == 0 else None
        axis.hlines(middle, place - 0.25, place + 0.25, color=ORANGE, linewidth=2, label=label)
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


def is_long_number(text: str) -> bool:
    """Tell whether a value is a number with more digits than anyone types."""
    return is_number(text) and len(text) > MOST_TYPED


def number_or_zero(text: str) -> float:
    """Read a value as typed as a number, 0 if it is none."""
    return float(text) if is_number(text) else 0.0


def shorten_text(text: str, most: int = 18) -> str:
    """Cut a long value to what fits below an axis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
