"""Why a file of a run could not be written, and what is kept."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from mnister import run_files
from mnister.config.schema import TrainConfig
from mnister.errors import UserError
from mnister.invocation import command_for


@contextlib.contextmanager
def explained_write_errors(config: TrainConfig, run_folder: Path) -> Iterator[None]:
    """Say of a full disk, and of all that keeps files from being written, what is kept."""
    try:
        yield
    except Exception as error:
        reason = run_files.why_not_written(error)
        if reason is None:
            raise
        saved = (run_folder / "checkpoints").glob("step-*.npz")
        kept = max(saved, key=lambda path: path.stat().st_mtime, default=None)
        resumed = command_for("train", f"resume={run_folder}")
        raise UserError(
            f"A file of the run could not be written: {reason}",
            expected=f"room and permission to write in {run_folder} and {config.export.dir}",
            received=f"last good checkpoint: {kept or 'none yet'}",
            instead=f"make room, then: {resumed if kept else 'the same command again'}",
        ) from error
