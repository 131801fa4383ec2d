"""Measure what a sweep gains from processes side by side: one thread each, or all for each job.

    python benchmarks/sweep.py
    python benchmarks/sweep.py --jobs 16 model=lenet5 epochs=2

Seconds from the command to its end, start-up, evaluation and export of every job included.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mnister.run_files import count_cores

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    arguments = parse()
    cores = count_cores()
    one_by_one = ("hydra/launcher=basic", f"device.threads={cores}")
    together = ("hydra/launcher=joblib", f"hydra.launcher.n_jobs={cores}", "device.threads=1")
    loads = [os.getloadavg()[0]]
    seconds = []
    for settings in (one_by_one, together):
        seconds.append(time_sweep([*settings, *arguments.overrides], arguments.jobs))
        loads.append(os.getloadavg()[0])
    table = Table("Sweep", title=f"{arguments.jobs} jobs, {cores} cores", title_justify="left")
    table.add_column("seconds", justify="right")
    table.add_column("ratio", justify="right")
    table.add_row(f"one process, {cores} threads", f"{seconds[0]:.1f}", "1.00")
    ratio = seconds[1] / seconds[0]
    table.add_row(f"{cores} processes, 1 thread each", f"{seconds[1]:.1f}", f"{ratio:.2f}")
    console = Console(width=80)
    console.print(table)
    console.print("Load average before, between, after: " + ", ".join(f"{x:.1f}" for x in loads))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=8, help="seeds to train (default: 8)")
    parser.add_argument("overrides", nargs="*", help="of train.py (default: epochs=1)")
    arguments = parser.parse_args()
    if arguments.jobs < 2:
        parser.error("--jobs must be 2 or more")
    arguments.overrides = arguments.overrides or ["epochs=1"]
    return arguments


def time_sweep(settings: list[str], jobs: int) -> float:
    """Run a sweep over seeds into a folder that is thrown away; return its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "train.py", "-m", f"seed=range({jobs})", "device.deterministic=true",
            f"hydra.sweep.dir={folder}/sweep", f"export.dir={folder}/models", *settings,
        ]  # fmt: skip
        started = time.perf_counter()
        finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if finished.returncode:
            sys.exit(f"{' '.join(command)}\n{finished.stdout}{finished.stderr}")
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
