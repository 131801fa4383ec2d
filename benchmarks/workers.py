"""Measure what several workers gain on this machine, and where the time of a step goes.

    python benchmarks/workers.py
    python benchmarks/workers.py deep_mnist --batch-size 512 --workers 2

alone      ms a step of one process, all cores
compute    ms a step of one process with one worker's cores and one worker's part of the batch
together   ms a step of the workers, which share the cores
exchange   together less compute: gradients all-reduced, metrics, waiting for each other
input      ms to make one worker's part of a batch; done beside the training
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mnister.config.compose import compose_config
from mnister.run_files import count_cores

ROOT = Path(__file__).resolve().parents[1]
EPOCHS = 3


def main() -> None:
    arguments = parse()
    table = Table("Model", title=f"Batches of {arguments.batch_size}, ms a step")
    for name in ("parameters", "alone", "compute", "together", "exchange", "input", "steps/s"):
        table.add_column(name, justify="right")
    for model in arguments.models:
        row = measure(model, arguments.batch_size, arguments.workers, arguments.steps)
        speeds = f"{1000 / row['alone']:.1f} → {1000 / row['together']:.1f}"
        times = [f"{row[name]:.1f}" for name in ("alone", "compute", "together")]
        times += [f"{row['together'] - row['compute']:.1f}", f"{row['input']:.1f}"]
        table.add_row(model, f"{row['parameters']:,}", *times, speeds)
    Console(width=100).print(table)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", default=["compact", "deep_mnist"], metavar="MODEL")
    parser.add_argument("--batch-size", type=int, default=256, help="digits a step (default: 256)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--steps", type=int, default=30, help="steps an epoch (default: 30)")
    return parser.parse_args()


def measure(model: str, batch_size: int, workers: int, steps: int) -> dict:
    """Return the times of a network's step, in milliseconds, and its number of parameters."""
    threads = max(1, count_cores() // workers)
    part = batch_size // workers
    together = ["device=multi_worker", f"device.workers={workers}"]
    alone = train(model, batch_size, steps, "device=cpu")
    share = train(model, part, steps, "device=cpu", f"device.threads={threads}")
    return {
        "parameters": alone["parameters"],
        "alone": alone["milliseconds"],
        "compute": share["milliseconds"],
        "together": train(model, batch_size, steps, *together)["milliseconds"],
        "input": input_milliseconds(model, part),
    }


def train(model: str, batch_size: int, steps: int, *devices: str) -> dict:
    """Train in a process of its own; return the parameters and the fastest epoch's ms a step."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = recipe_of(model, batch_size)
        overrides = [
            *recipe, *devices, f"steps={EPOCHS * steps}", f"data.limit={steps * batch_size}",
            f"data.dir={ROOT / 'data' / 'mnist'}", "export.verify_digits=1",
            f"export.dir={folder}/models", f"hydra.run.dir={folder}/run",
        ]  # fmt: skip
        command = [sys.executable, str(ROOT / "train.py"), *overrides]
        subprocess.run(command, check=True, cwd=folder, stderr=subprocess.DEVNULL)
        run = Path(folder) / "run"
        with (run / "metrics.csv").open(encoding="utf-8") as file:
            seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
        parameters = json.loads((run / "metrics.json").read_text("utf-8"))["parameters"]
    # The first epoch compiles.
    return {"parameters": parameters, "milliseconds": 1000 * min(seconds[1:]) / steps}


def recipe_of(model: str, batch_size: int) -> list[str]:
    return [f"model={model}", f"batch_size={batch_size}", "device.precision=float32"]


def input_milliseconds(model: str, part: int, batches: int = 20) -> float:
    """Return how long it takes to make one worker's part of a batch."""
    from mnister.tasks.digit_batches import TrainingBatches, load_data, make_augment

    config = compose_config(
        "train", [*recipe_of(model, part), f"data.dir={ROOT / 'data' / 'mnist'}"]
    )
    augment = make_augment(config.augmentation)
    made = TrainingBatches(load_data(config).train, 10, part, 1, augment)
    made.batch(0)
    started = time.perf_counter()
    for step in range(batches):
        made.batch(step)
    return 1000 * (time.perf_counter() - started) / batches


if __name__ == "__main__":
    main()
