"""Everything a run needs to go on to the bit, in one checked file."""

import contextlib
import csv
import hashlib
import io
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mnister.errors import UserError
from mnister.run_files import write_atomically
from mnister.workers.group import Workers

log = logging.getLogger("mnister.training")


@dataclass
class History:
    """How far a run is and what happened so far.

    Attributes:
        step: Weight updates done.
        rows: One a finished epoch: epoch, step, loss, accuracy, validation_loss,
            validation_accuracy, learning_rate, seconds, images_per_second (in training steps).
        epoch_seconds: Time in training steps of the epoch that is under way.
        train_seconds: Time in training steps of the whole run, validation not counted.
        learning_rate: As it was after the last step; None: of an earlier version's checkpoint.
        total_steps: Of the run as it was to be then; None as above.
    """

    step: int = 0
    rows: list[dict[str, float]] = field(default_factory=list)
    epoch_seconds: float = 0.0
    train_seconds: float = 0.0
    learning_rate: float | None = None
    total_steps: int | None = None


def list_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, the newest first."""
    return sorted(folder.glob("step-*.npz"), reverse=True)


class Checkpoints:
    """Saves and restores a run in a folder.

    A file holds the weights, the states of optimizer, dropout and metrics, and the history. Its
    name carries the step and the SHA-256 of its content, and it appears by a rename: a torn or
    changed file is noticed and the one before is used.

    Args:
        folder: Where the files lie.
        network: The compiled Keras network, its optimizer built.
        callbacks: Keras callbacks whose state is saved too.
        workers: Those that train together: all save and restore at once, the chief's files
            count. None: this process alone.
        every_steps: Save after so many steps; None: by time only.
        every_seconds: Save after so many seconds; None: by steps only.
        keep: How many files stay.
    """

    def __init__(
        self,
        folder: Path,
        network: Any,
        callbacks: Sequence[Any] = (),
        workers: Workers | None = None,
        *,
        every_steps: int | None,
        every_seconds: float | None,
        keep: int,
    ) -> None:
        self.folder = folder
        self._network = network
        self._callbacks = callbacks
        self._workers = workers or Workers(None)
        self._every_steps = every_steps
        self._every_seconds = every_seconds
        self._keep = keep
        self._saved_step = 0
        self._saved_at = time.monotonic()

    def is_step_due(self, step: int) -> bool:
        """Tell whether enough steps have passed since the last time."""
        return self._every_steps is not None and step - self._saved_step >= self._every_steps

    def is_time_due(self) -> bool:
        """Tell whether enough seconds have passed since the last time, in this process."""
        seconds = time.monotonic() - self._saved_at
        return self._every_seconds is not None and seconds >= self._every_seconds

    def save(self, history: History) -> None:
        """Write a checkpoint, whole or not at all, and remove those too old to keep.

        Raises:
            FloatingPointError: A number in it is not finite: from there no run can go on.
            OSError: The disk is full or the folder cannot be written.
        """
        content = self._pack(history)
        self._saved_step, self._saved_at = history.step, time.monotonic()
        if self._workers.is_chief:
            self._write(content, history.step)

    def _write(self, content: bytes, step: int) -> None:
        name = f"step-{step:08d}-{hashlib.sha256(content).hexdigest()[:32]}.npz"
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(content, self.folder / name)
        for path in list_checkpoints(self.folder)[self._keep :]:
            path.unlink(missing_ok=True)

    def restore(self) -> History:
        """Put the newest whole checkpoint into the network and return its history.

        A file that is not whole is named in the log and passed over; with none left, or none
        there, the network stays as it is and the history is empty.
        """
        content = self._workers.from_chief(self._read_newest() if self._workers.is_chief else b"")
        if not content:
            return History()
        history = _completed(self._unpack(content), self.folder.parent)
        self._saved_step = history.step
        return history

    def _read_newest(self) -> bytes:
        """Return the content of the newest whole file; nothing if there is none."""
        for left_over in self.folder.glob(".step-*.partial"):
            left_over.unlink()
        for path in list_checkpoints(self.folder):
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest()[:32] not in path.name:
                log.warning("%s is damaged; the checkpoint before it is used", path)
                continue
            log.info("   going on after step %d: %s", int(path.name.split("-")[1]), path)
            return content
        return b""

    def _variables(self) -> list[Any]:
        network = self._network
        return [*network.variables, *network.optimizer.variables, *network.metrics_variables]

    def _pack(self, history: History) -> bytes:
        arrays = {f"variable_{i:05d}": np.asarray(v) for i, v in enumerate(self._variables())}
        for variable, array in zip(self._variables(), arrays.values(), strict=True):
            if not np.isfinite(array).all():
                raise FloatingPointError(variable.path)
        states = [_plain_state(callback) for callback in self._callbacks]
        text = json.dumps({"history": asdict(history), "callbacks": states}).encode()
        for i, callback in enumerate(self._callbacks):
            for j, weights in enumerate(getattr(callback, "best_weights", None) or ()):
                arrays[f"best_{i:02d}_{j:05d}"] = weights
        stream = io.BytesIO()
        np.savez(stream, state=np.frombuffer(text, dtype=np.uint8), **arrays)
        return stream.getvalue()

    def _unpack(self, content: bytes) -> History:
        variables = self._variables()
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            saved = [arrays[name] for name in arrays.files if name.startswith("variable_")]
            self._check_shapes([array.shape for array in saved])
            for variable, array in zip(variables, saved, strict=True):
                variable.assign(array)
            state = json.loads(arrays["state"].tobytes())
            for i, callback in enumerate(self._callbacks):
                vars(callback).update(state["callbacks"][i])
                best = [name for name in arrays.files if name.startswith(f"best_{i:02d}_")]
                if best:
                    callback.best_weights = [arrays[name] for name in best]
        return History(**state["history"])

    def _check_shapes(self, received: list[tuple[int, ...]]) -> None:
        """Refuse the variables of another network; a data set with one class more makes one."""
        expected = [tuple(variable.shape) for variable in self._variables()]
        if received != expected:
            pairs = zip(expected, received, strict=False)
            first = next(((e, r) for e, r in pairs if e != r), None)
            of_first = first or (len(expected), len(received))
            kind = "a variable of shape" if first else "variables:"
            raise UserError(
                "The checkpoint is of another network, optimizer or number of classes",
                expected=f"{kind} {of_first[0]}",
                received=f"{of_first[1]} in {self.folder}",
                instead="a new run",
            )


def _completed(history: History, run_folder: Path) -> History:
    """Complete what an earlier version's checkpoint does not hold by what its run has written."""
    if history.learning_rate is not None:
        return history
    with contextlib.suppress(OSError, ValueError, KeyError):
        with (run_folder / "metrics.csv").open(encoding="utf-8") as table:
            rates = {row["step"]: float(row["learning_rate"]) for row in csv.DictReader(table)}
        history.learning_rate = rates.get(str(history.step))
        metrics = json.loads((run_folder / "metrics.json").read_text(encoding="utf-8"))
        history.total_steps = metrics["steps"]
    return history


def _plain_state(callback: Any) -> dict[str, Any]:
    """Return the attributes in which a Keras callback keeps count: its plain numbers."""
    values = {name: _as_number(value) for name, value in vars(callback).items()}
    return {name: value for name, value in values.items() if value is not None}


def _as_number(value: Any) -> bool | int | float | None:
    is_number = isinstance(value, bool | int | float | np.number)
    return (value.item() if isinstance(value, np.number) else value) if is_number else None
