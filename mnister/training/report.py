"""The numbers that a training run leaves in its folder: metrics and their history."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnister.run_files import write_atomically

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
