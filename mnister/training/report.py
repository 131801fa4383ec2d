"""What a training run leaves in its folder: metrics, their history, pictures."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnister import figures
from mnister.config.schema import TrainConfig
from mnister.run_files import write_atomically, write_environment
from mnister.training import tensorboard
from mnister.training.checkpoints import History
from mnister.training.work import Work

Row = Mapping[str, Any]


def write_metrics_json(metrics: Mapping[str, Any], path: Path) -> None:
    """Write the numbers of a run, all of them or, if the process dies, none.

    Args:
        metrics: Names and values without nesting; NumPy scalars are welcome.
        path: The file to write, usually `metrics.json`.

    Raises:
        ValueError: A value is nested.
    """
    nested = [name for name, value in metrics.items() if isinstance(value, (Mapping, list, tuple))]
    if nested:
        raise ValueError(f"Metrics must be flat, one value a name. Received: nested {nested}")
    plain = {name: to_plain(value) for name, value in metrics.items()}
    write_atomically(json.dumps(plain, indent=2) + "\n", path)


def to_plain(value: Any) -> Any:
    """Turn a NumPy scalar into the Python value that JSON can hold; not-a-number into None."""
    value = value.item() if isinstance(value, np.generic) else value
    is_number = not isinstance(value, float) or np.isfinite(value)
    return value if is_number else None


def write_history_csv(rows: Sequence[Row], path: Path) -> None:
    """Write the course of a training, one line an epoch; the old file stays if that fails.

    Args:
        rows: The values of each epoch; a name missing in a row is left blank there.
        path: The file to write, usually `metrics.csv`.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = io.StringIO()
    writer = csv.DictWriter(table, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(table.getvalue(), path)


def write_figures(work: Work, history: History, answers: Any, run_folder: Path) -> None:
    """Write curves and the task's pictures, and what the run ran on.

    Args:
        work: What the network has learned.
        history: Of the whole run.
        answers: To the test images.
        run_folder: Where the run's files go.
    """
    figures.write_curves(history.rows, run_folder / "curves.png")
    shown = work.task.draw(answers, work.batches, run_folder)
    write_environment(run_folder / "environment.json")
    tensorboard.write_images(run_folder / "tensorboard", shown)


def write_metrics(metrics: Mapping[str, Any], config: TrainConfig, run_folder: Path) -> None:
    """Write the metrics; their file says that the run is finished.

    Args:
        metrics: Names and values without nesting.
        config: Shown beside them in TensorBoard.
        run_folder: Where the run's files go.
    """
    board = run_folder / "tensorboard"
    tensorboard.write_hyper_parameters(board, config.model_dump(), metrics)
    write_metrics_json(metrics, run_folder / "metrics.json")
