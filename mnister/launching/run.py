"""One training run, in this process or by several workers, as the config says."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from mnister.config.schema import TrainConfig
from mnister.errors import UserError, refusing
from mnister.launching.supervisor import supervise
from mnister.launching.write_errors import explained_write_errors
from mnister.locks import Held, locked
from mnister.models.store import find_model
from mnister.training.run import Result, run_steps


def run(config: TrainConfig, run_folder: Path) -> Result | None:
    """Train, evaluate and export as the config says, in this process or in several.

    What a command, a sweep's job and `mnister.train` call.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Returns:
        The exported version and the metrics; None after a dry run, and of a worker that is not
        the chief.

    Raises:
        UserError: Anything the user can mend: files, a full disk, devices, layers, divergence.
    """
    with explained_write_errors(config, run_folder), _alone_in(run_folder):
        if config.device.kind != "multi_worker":
            return run_steps(config, run_folder)
        metrics = supervise(config, run_folder)
        if metrics is None:
            return None
        written = f"{metrics['model_name']}/{metrics['model_version']}"
        return Result(find_model(config.export.dir, written, task=None), metrics)


@contextlib.contextmanager
def _alone_in(run_folder: Path) -> Iterator[None]:
    """Refuse to work in a folder in which another process is training."""
    try:
        with locked(run_folder / ".lock"):
            yield
    except Held:
        with refusing():
            raise UserError(
                f"Another process is training in {run_folder}",
                instead="wait for it, or stop it first",
            ) from None
