"""Time the way to 99 % on the MNIST test digits, against Keras' own example.

    python benchmarks/time_to_accuracy.py
    python benchmarks/time_to_accuracy.py --experiment original --seeds 3 --csv seconds.csv

Two recipes take turns, seed by seed: one of conf/experiment in MNISTER's training loop, and
"Simple MNIST convnet" of keras.io (its network, Adam, batches of 128, up to 15 epochs, a tenth of
the training digits for validation) in Keras' own `fit`. Both look at the test digits after each
epoch; the first epoch with the accuracy asked for ends a recipe.

What counts is the time of training up to there: first step compiled, batches, augmentation,
callbacks and checkpoints included; reading the data, building the network and all evaluation not.
"""

import argparse
import csv
import logging
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev

from rich.console import Console
from rich.table import Table

from mnister.config.compose import compose_config
from mnister.quiet import import_tensorflow

KERAS_NAME, KERAS_BATCH_SIZE, KERAS_EPOCHS = "keras.io", 128, 15


def main() -> None:
    arguments = parse()
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    import_tensorflow(keras=True)
    rows = []
    for seed in range(1, arguments.seeds + 1):
        for recipe, train in ((arguments.experiment, train_ours), (KERAS_NAME, train_keras)):
            rows.append({"recipe": recipe, "seed": seed} | train(seed, arguments))
            print(", ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    console = Console(width=80)
    console.print(make_table(rows, arguments))
    console.print(comparison(rows, arguments.experiment))
    if arguments.csv:
        with arguments.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--experiment", default="quick", help="of conf (default: quick)")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each recipe (default: 5)")
    parser.add_argument("--accuracy", type=float, default=0.99, help="part (default: 0.99)")
    parser.add_argument("--epochs", type=int, help="at most so many, of both recipes")
    parser.add_argument("--limit", type=int, help="only the first so many digits, to try it out")
    parser.add_argument("--csv", type=Path, help="write the figures here, too")
    return parser.parse_args()


class Watch:
    """Adds up the time of training, epoch by epoch, until the accuracy is reached.

    Args:
        network: The network that trains.
        wanted: The accuracy to reach.
    """

    def __init__(self, network, wanted: float) -> None:
        self.network, self.wanted = network, wanted
        self.seconds, self.epochs, self.accuracy = 0.0, 0, 0.0

    def start(self, *_) -> None:
        """Note that an epoch begins."""
        self.started = time.perf_counter()

    def stop(self, *_) -> None:
        """Note that an epoch's last step is done and evaluation begins."""
        self.seconds += time.perf_counter() - self.started
        self.epochs += 1

    def judge(self, accuracy: float) -> None:
        """Take the test accuracy after an epoch; end the training if it is enough."""
        self.accuracy = accuracy
        self.network.stop_training |= accuracy >= self.wanted

    @property
    def figures(self) -> dict:
        """Seconds and epochs to the accuracy asked for, None if it was never reached."""
        is_reached = self.accuracy >= self.wanted
        return {
            "seconds": round(self.seconds, 3) if is_reached else None,
            "epochs": self.epochs,
            "test_accuracy": round(self.accuracy, 4),
        }


def train_ours(seed: int, arguments: argparse.Namespace) -> dict:
    """Train a recipe of conf/experiment in MNISTER's loop."""
    import keras

    from mnister.tasks.digits import measure
    from mnister.training.build import build
    from mnister.training.checkpoints import Checkpoints
    from mnister.training.fit import Fit
    from mnister.training.work import read_work

    overrides = [f"experiment={arguments.experiment}", f"seed={seed}", "progress=false"]
    overrides += [f"epochs={arguments.epochs}"] if arguments.epochs else []
    overrides += [f"data.limit={arguments.limit}"] if arguments.limit else []
    with tempfile.TemporaryDirectory() as folder:
        config = compose_config("train", overrides)
        work = read_work(config, Path(folder))
        built = build(config, work, Path(folder))
        predict, watch = (
            work.task.make_predictor(built.network),
            Watch(built.network, arguments.accuracy),
        )

        def evaluate() -> dict[str, float]:  # in the place of the validation of a training run
            watch.stop()
            measured = measure(predict(work.task.data.test.images), work.task.data.test)
            watch.judge(measured["accuracy"])
            return measured

        Fit(
            built.network, built.strategy, work.batches, work.total_steps, evaluate,
            [keras.callbacks.LambdaCallback(on_epoch_begin=watch.start)],
            Checkpoints(
                Path(folder) / "checkpoints", built.network, **config.checkpoint.model_dump()
            ),
            lambda _history: None,
        ).run()  # fmt: skip
    return watch.figures


def train_keras(seed: int, arguments: argparse.Namespace) -> dict:
    """Train keras.io's "Simple MNIST convnet" by its published settings, in Keras' `fit`."""
    import keras
    import numpy as np

    from mnister.data.idx_sets import load_mnist

    # All 60,000 training digits in their order: Keras itself splits the last tenth off.
    data = load_mnist(Path(__file__).resolve().parents[1] / "data" / "mnist", 5000)
    parts = (data.validation, data.train)
    images = np.concatenate([part.images for part in parts])[: arguments.limit]
    labels = np.concatenate([part.labels for part in parts])[: arguments.limit]
    tests, true = (array[: arguments.limit] for array in (data.test.images, data.test.labels))
    images, tests = (array[..., None].astype("float32") / 255 for array in (images, tests))
    keras.utils.clear_session()
    keras.mixed_precision.set_dtype_policy("float32")
    keras.utils.set_random_seed(seed)
    network = make_keras_network()
    watch = Watch(network, arguments.accuracy)

    def evaluate(*_) -> None:
        predicted = network.predict(tests, batch_size=1000, verbose=0).argmax(axis=1)
        watch.judge(float((predicted == true).mean()))

    class Timing(keras.callbacks.Callback):
        on_epoch_begin, on_epoch_end = staticmethod(watch.start), staticmethod(evaluate)
        on_test_begin = staticmethod(watch.stop)  # the recipe's validation

    network.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    network.fit(
        images, keras.utils.to_categorical(labels, 10), batch_size=KERAS_BATCH_SIZE,
        epochs=arguments.epochs or KERAS_EPOCHS, validation_split=0.1, verbose=0,
        callbacks=[Timing()],
    )  # fmt: skip
    return watch.figures


def make_keras_network():
    from keras import Input, Sequential, layers

    return Sequential([
        Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def make_table(rows: list[dict], arguments: argparse.Namespace) -> Table:
    title = f"Training until {arguments.accuracy:.1%} of the test digits are read rightly"
    table = Table("Recipe", title=title, title_justify="left")
    for heading in ("Seed", "Seconds", "Epochs", "Test accuracy"):
        table.add_column(heading, justify="right")
    for row in sorted(rows, key=lambda row: row["recipe"] == KERAS_NAME):
        seconds = "never" if row["seconds"] is None else f"{row['seconds']:.2f}"
        figures = (str(row["seed"]), seconds, str(row["epochs"]), f"{row['test_accuracy']:.2%}")
        table.add_row(row["recipe"], *figures)
    return table


def comparison(rows: list[dict], experiment: str) -> str:
    """Say mean ± standard deviation of both recipes and how many times as fast one is."""
    means, lines = [], []
    for recipe in (experiment, KERAS_NAME):
        seconds = [row["seconds"] for row in rows if row["recipe"] == recipe]
        if None in seconds:
            lines.append(f"{recipe}: {seconds.count(None)} of {len(seconds)} never got there")
            continue
        means.append(mean(seconds))
        spread = f" ± {stdev(seconds):.2f}" if len(seconds) > 1 else ""
        lines.append(f"{recipe}: {means[-1]:.2f}{spread} s")
    if len(means) == 2:
        lines.append(f"{means[1] / means[0]:.1f} times as fast")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
