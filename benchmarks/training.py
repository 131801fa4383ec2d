"""Measure how fast networks train, against what this machine can multiply.

    python benchmarks/training.py
    python benchmarks/training.py deep_mnist compact --batch-size 128 --precision float32

images/s   of the bare compiled training step, the fastest of many short turns
GFLOP/s    multiplications and additions of convolutions and dense layers, forward, and twice as
           many backward, less the gradient by the image, which nobody needs
of limit   GFLOP/s as part of the largest matrix product's in the same precision and process
loop       part of the training loop's time outside the step: batches, augmentation, callbacks;
           turns of the loop and of the bare step alternate, the median of the pairs counts
epoch      the same of a whole epoch, with the checkpoint and the validation at its end
"""

import argparse
import csv
import logging
import tempfile
import time
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from mnister.config.compose import compose_config

MODELS = Path(__file__).resolve().parents[1] / "conf" / "model"
# Steps of a turn, and those before it that use up batches made while the bare step ran.
TURN, SKIPPED = 20, 6
EDGES = (1024, 2048, 3072)


def main() -> None:
    arguments = parse()
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    rows = [measure(name, arguments) for name in arguments.models]
    limits = {row["precision"]: 0.0 for row in rows}
    for row in rows:
        limits[row["precision"]] = max(limits[row["precision"]], row.pop("limit"))
    for row in rows:
        row["of_limit"] = round(row["gflops"] / limits[row["precision"]], 3)
    console = Console(width=80)
    console.print(make_table(rows, arguments))
    for precision, limit in limits.items():
        console.print(f"Largest matrix product, {precision}: {limit:,.0f} GFLOP/s")
    if arguments.csv:
        with arguments.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def parse() -> argparse.Namespace:
    names = sorted(path.stem for path in MODELS.glob("*.yaml"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help="of conf/model (default: all)")
    parser.add_argument("--batch-size", type=int, default=256, help="digits a step (default: 256)")
    parser.add_argument("--precision", default="auto", help="as device.precision (default: auto)")
    parser.add_argument("--augmentation", default="affine", help="of conf (default: affine)")
    parser.add_argument("--steps", type=int, default=400, help="of the loop (default: 400)")
    parser.add_argument(
        "--edges", type=int, nargs="+", default=EDGES, metavar="EDGE",
        help=f"of the square matrices that are multiplied (default: {' '.join(map(str, EDGES))})",
    )  # fmt: skip
    parser.add_argument("--csv", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    arguments.models = arguments.models or names
    unknown = sorted(set(arguments.models) - set(names))
    if unknown:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(names)}")
    if arguments.steps < 2 * (TURN + SKIPPED):
        parser.error(f"--steps must be {2 * (TURN + SKIPPED)} or more")
    return arguments


def measure(name: str, arguments: argparse.Namespace) -> dict:
    """Train a network for a while and return its row of the table."""
    from mnister.training.build import build
    from mnister.training.work import read_work

    config = compose_config("train", [
        f"model={name}", f"batch_size={arguments.batch_size}", f"steps={arguments.steps}",
        f"device.precision={arguments.precision}", f"augmentation={arguments.augmentation}",
        "plain_end=0.0", "progress=false", "tensorboard.gradient_norm=false",
    ])  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        work = read_work(config, Path(folder))
        built = build(config, work, Path(folder))
        turns = train_in_turns(config, work, built, Path(folder))
    fastest = min(turns.bare)
    ratio = median(loop / bare for loop, bare in zip(turns.loop, turns.bare, strict=True))
    in_steps = work.batches.steps_per_epoch * median(turns.bare)
    return {
        "model": name,
        "batch_size": arguments.batch_size,
        "precision": built.precision,
        "images_per_second": round(arguments.batch_size / fastest, 1),
        "gflops": round(
            arguments.batch_size * training_operations(built.network) / fastest / 1e9, 1
        ),
        "limit": largest_product(built.precision, arguments.edges),
        "outside_step_in_loop": round(1 - 1 / ratio, 3),
        "outside_step_in_epoch": round(1 - in_steps / (in_steps * ratio + turns.epoch_end), 3),
    }


def train_in_turns(config, work, built, folder):
    """Run the training loop; after each turn of its steps do as many bare ones."""
    import keras

    from mnister.training.callbacks import make_watchers
    from mnister.training.checkpoints import Checkpoints
    from mnister.training.fit import Fit
    from mnister.training.precision import make_step

    step, task = make_step(built.network, config.batch_size), work.task
    predict = task.make_predictor(built.network)
    task.tally(predict)  # compiled now, not at the epoch's end

    class Turns(keras.callbacks.Callback):
        loop, bare, epoch_end = [], [], 0.0

        def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
            place = batch % (TURN + SKIPPED)
            if place == TURN + SKIPPED - 1 and batch > TURN + SKIPPED:  # the first turn compiles
                self.loop.append((time.perf_counter() - self.started) / TURN)
                started = time.perf_counter()
                for _ in range(TURN):
                    step()
                self.bare.append((time.perf_counter() - started) / TURN)
            self.ended = time.perf_counter()
            if place == SKIPPED - 1:
                self.started = self.ended

        def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
            self.epoch_end = max(self.epoch_end, time.perf_counter() - self.ended)

    turns = Turns()
    Fit(
        built.network, built.strategy, work.batches, work.total_steps,
        validate=lambda: task.summarize(task.tally(predict)),
        callbacks=[*make_watchers(config, folder, work.batches), turns],
        checkpoints=Checkpoints(
            folder / "checkpoints", built.network, **config.checkpoint.model_dump()
        ),
        record=lambda _history: None,
    ).run()  # fmt: skip
    return turns


def training_operations(network) -> int:
    """Count the floating-point operations of one image in a training step."""
    from mnister.training.summary import layer_operations

    counts = [count for layer in network.layers if (count := layer_operations(layer))]
    return 3 * sum(counts) - counts[0]


def largest_product(precision: str, edges: list[int]) -> float:
    """Return the GFLOP/s of the fastest product of square matrices in a precision."""
    import tensorflow as tf

    multiply = tf.function(lambda a, b: tf.reduce_sum(a[:1] + tf.matmul(a, b)[:1]))
    fastest = 0.0
    for edge in edges:
        matrix = tf.cast(tf.random.normal((edge, edge)), precision.removeprefix("mixed_"))
        float(multiply(matrix, matrix))
        for _ in range(8):
            started = time.perf_counter()
            float(multiply(matrix, matrix))
            fastest = max(fastest, 2 * edge**3 / (time.perf_counter() - started) / 1e9)
    return fastest


def make_table(rows: list[dict], arguments: argparse.Namespace) -> Table:
    title = f"Training, batches of {arguments.batch_size}, augmentation {arguments.augmentation}"
    table = Table("Model", "Precision", title=title, title_justify="left")
    for heading in ("images/s", "GFLOP/s", "of limit", "loop", "epoch"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["model"],
            row["precision"],
            f"{row['images_per_second']:,.0f}",
            f"{row['gflops']:,.0f}",
            f"{row['of_limit']:.0%}",
            f"{row['outside_step_in_loop']:.0%}",
            f"{row['outside_step_in_epoch']:.0%}",
        )
    return table


if __name__ == "__main__":
    main()
