"""A progress bar a run, one line an epoch."""

import contextlib
import logging
import sys
from typing import Any

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

log = logging.getLogger("mnister.training")


class _LastingStream:
    """A stream whose reader may go away, as a terminal does that is lost: the run goes on."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class ProgressBar(keras.callbacks.Callback):
    """Shows each epoch's progress in a terminal and logs a line when it ends.

    Args:
        wanted: True or False; `auto`: only if the error stream is a terminal.
    """

    def __init__(self, wanted: bool | str) -> None:
        super().__init__()
        is_wanted = sys.stderr.isatty() if wanted == "auto" else wanted
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[state]}"),
            console=Console(file=_LastingStream(sys.stderr)),
            transient=True,
            disable=not is_wanted,
        )

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Start the epoch's bar."""
        title = f"epoch {epoch + 1}/{self.params['epochs']}"
        self._task = self._bar.add_task(title, total=self.params["steps"], state="")
        self._bar.start()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Move the bar."""
        state = {"state": f"loss {logs['loss']:.4f}"} if logs else {}
        self._bar.update(self._task, completed=batch + 1, **state)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Replace the bar by the epoch's line."""
        self._bar.stop()
        self._bar.remove_task(self._task)
        log.info(
            "epoch %*d/%d  loss %.4f  accuracy %.2f %%  validation loss %.4f  accuracy %.2f %%"
            "  %.1f s",
            len(str(self.params["epochs"])),
            epoch + 1,
            self.params["epochs"],
            logs["loss"],
            100 * logs["accuracy"],
            logs["val_loss"],
            100 * logs["val_accuracy"],
            logs["seconds"],
        )
