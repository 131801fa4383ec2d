"""What an evaluation prints and leaves in its run folder."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnister import figures
from mnister.measuring.evaluation import Evaluation, confidence_interval
from mnister.run_files import write_atomically

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

TABLE_WIDTH = 80


def print_evaluation(evaluation: Evaluation, console: "Console | None" = None) -> None:
    """Print the table of classes and, below, the accuracy; in at most 80 columns."""
    from rich.console import Console

    console = console or Console()
    console.print(make_table(evaluation), width=min(TABLE_WIDTH, console.width))
    total, right = len(evaluation.digits), evaluation.right
    low, high = (f"{100 * bound:.2f}" for bound in confidence_interval(right, total))
    console.print(
        f"Accuracy {evaluation.accuracy:.2%}: {right:,} of {total:,} right, "
        f"{total - right:,} wrong (95 % sure: {low} to {high} %)",
        highlight=False,
    )


def make_table(evaluation: Evaluation) -> "Table":
    """Lay out a row for each class; long names are folded."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Class", overflow="fold", max_width=20)
    for title in ("Digits", "Precision %", "Recall %", "Wrong"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Most often taken for", overflow="fold")
    for index, name in enumerate(evaluation.class_names):
        support = int(evaluation.support[index])
        table.add_row(
            escape(name),
            f"{support:,}",
            _percent(evaluation.precision[index]),
            _percent(evaluation.recall[index]),
            f"{support - int(evaluation.matrix[index, index]):,}",
            escape(most_often_taken_for(evaluation, index)),
        )
    return table


def most_often_taken_for(evaluation: Evaluation, index: int, most: int = 3) -> str:
    """Name what a class is mistaken for, with how often, such as `9 (5), 7 (2)`."""
    counts = evaluation.matrix[index].copy()
    counts[index] = 0
    mistaken = [i for i in np.argsort(-counts, kind="stable")[:most] if counts[i]]
    return ", ".join(f"{evaluation.class_names[i]} ({counts[i]})" for i in mistaken)


def write_evaluation(
    evaluation: Evaluation, images: np.ndarray, origin: dict[str, Any], run_folder: Path
) -> None:
    """Write `evaluation.json`, `per_class.csv` and, where matplotlib is there, two pictures.

    Args:
        evaluation: The measurement.
        images: uint8 (N, 28, 28), the digits that were classified.
        origin: Which model and data were measured; it opens the JSON file.
        run_folder: Where the files go.
    """
    rows = per_class(evaluation)
    content = {
        **origin,
        "digits": len(evaluation.digits),
        "right": evaluation.right,
        "accuracy": evaluation.accuracy,
        "accuracy_95_percent": confidence_interval(evaluation.right, len(evaluation.digits)),
        "per_class": rows,
        "confusion_matrix": evaluation.matrix.tolist(),
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    write_atomically(text + "\n", run_folder / "evaluation.json")
    with (run_folder / "per_class.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    if figures.can_draw():
        names = evaluation.class_names
        figures.write_confusion_matrix(
            evaluation.matrix, names, run_folder / "confusion_matrix.png"
        )
        figures.write_wrong_digits(
            images, evaluation.digits.labels, evaluation.predictions, evaluation.probabilities,
            names, run_folder / "wrong_digits.png",
        )  # fmt: skip


def per_class(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return a row for each class: its name, support, right, precision and recall (or None)."""
    columns = (evaluation.support, np.diag(evaluation.matrix), evaluation.precision,
               evaluation.recall)  # fmt: skip
    return [
        {
            "class": name,
            "support": int(support),
            "right": int(right),
            "precision": None if np.isnan(precision) else round(float(precision), 6),
            "recall": None if np.isnan(recall) else round(float(recall), 6),
        }
        for name, support, right, precision, recall in zip(
            evaluation.class_names, *columns, strict=True
        )
    ]


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.2f}"
