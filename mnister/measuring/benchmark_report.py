"""What a benchmark prints and leaves in its run folder."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mnister import figures
from mnister.measuring.measurement import Measurement, Place

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.console import Console
    from rich.table import Table

TABLE_WIDTH = 80
# The seven dark colours of Okabe and Ito (2008), and a sign each for those who print in grey.
COLOURS = (figures.BLUE, figures.ORANGE, figures.GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def print_benchmark(measurements: Sequence[Measurement], console: "Console | None" = None) -> None:
    """Print the table and what its devices are, in at most 80 columns."""
    from rich.console import Console
    from rich.markup import escape

    console = console or Console()
    width = min(TABLE_WIDTH, console.width)
    console.print(make_table(measurements), width=width)
    for place in _places(measurements):
        console.print(escape(f"{place}: {place.description}"), width=width, highlight=False)


def make_table(measurements: Sequence[Measurement]) -> "Table":
    """Lay out a row for each measurement, a section for each runtime on each device."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("Runtime", "Device"):
        table.add_column(title, no_wrap=True)
    for title in ("Batch", "First ms", "Median ms", "p95 ms", "Digits/s"):
        table.add_column(title, justify="right", no_wrap=True)
    for place in _places(measurements):
        for row in _of(place, measurements):
            times = (row.first_ms, row.median_ms, row.p95_ms)
            table.add_row(
                place.runtime,
                place.device,
                f"{row.batch_size:,}",
                *(f"{milliseconds:,.2f}" for milliseconds in times),
                f"{row.digits_per_second:,.0f}",
            )
        table.add_section()
    return table


def write_benchmark(measurements: Sequence[Measurement], run_folder: Path) -> None:
    """Write `benchmark.csv` and, where matplotlib is there, `benchmark.png`."""
    write_benchmark_csv(measurements, run_folder / "benchmark.csv")
    if figures.can_draw():
        write_benchmark_picture(measurements, run_folder / "benchmark.png")


def write_benchmark_csv(measurements: Sequence[Measurement], path: Path) -> None:
    """Write one line for each measurement, times in milliseconds.

    Args:
        measurements: In the order of the lines.
        path: The file to write.
    """
    names = ("load_ms", "first_ms", "median_ms", "p95_ms", "digits_per_second")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["runtime", "device", "description", "batch_size", "repeats", *names])
        for row in measurements:
            place = row.place
            numbers = [f"{getattr(row, name):.6g}" for name in names]
            writer.writerow(
                [place.runtime, place.device, place.description, row.batch_size,
                 len(row.calls_ms), *numbers]
            )  # fmt: skip


def write_benchmark_picture(measurements: Sequence[Measurement], path: Path) -> None:
    """Draw throughput and latency against batch size, a line for each runtime on each device.

    Args:
        measurements: At least one.
        path: The PNG to write.
    """
    figure = figures.new_figure(11, 4.4)
    throughput, latency = figure.subplots(1, 2)
    for number, place in enumerate(_places(measurements)):
        rows = _of(place, measurements)
        sizes = [row.batch_size for row in rows]
        style = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKERS[number % len(MARKERS)],
            "markersize": 5,
        }
        throughput.plot(sizes, [row.digits_per_second for row in rows], label=place, **style)
        latency.plot(sizes, [row.median_ms for row in rows], **style)
        edges = [row.median_ms for row in rows], [row.p95_ms for row in rows]
        latency.fill_between(sizes, *edges, color=style["color"], alpha=0.18, linewidth=0)
    throughput.set_title("Throughput (digits per second)")
    latency.set_title("Latency of a call (ms; median, shaded up to p95)")
    for axis in (throughput, latency):
        finish_axis(axis, sorted({row.batch_size for row in measurements}))
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path)


def finish_axis(axis: "Axes", sizes: Sequence[int]) -> None:
    """Make both axes logarithmic, with the batch sizes and plain numbers beside them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel("Batch size")
    figures.tidy_axis(axis)


def _places(measurements: Sequence[Measurement]) -> list[Place]:
    return list(dict.fromkeys(row.place for row in measurements))


def _of(place: Place, measurements: Sequence[Measurement]) -> list[Measurement]:
    return [row for row in measurements if row.place == place]
