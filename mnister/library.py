"""Training as a Python user calls it."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from mnister.config.compose import check_composed, compose_run, without_hydra
from mnister.config.resume import expand_resume
from mnister.errors import REFUSED, words_of
from mnister.models.store import ExportedModel
from mnister.run_files import as_user_error, put_back, read_record, write_atomically, write_status


def train(*overrides: str, run_folder: str | Path | None = None) -> ExportedModel | None:
    """Train, evaluate and export, as `python train.py` does.

    The run's folder is as that command leaves it but for the log, which is the caller's: what was
    interrupted here goes on there, and the other way round. Where the caller has set up no
    logging, as in a notebook, what the run says is printed.

    Args:
        *overrides: As on the command line: `"model=lenet5", "epochs=3"`.
        run_folder: Where the run's files go, as `hydra.run.dir=…`; None: a new folder in
            `outputs/train`. One with a checkpoint is gone on with.

    Returns:
        The exported version; its `manifest["metrics"]` holds what was measured. None after a dry
        run, and of a worker that is not the chief.

    Raises:
        UserError: A wrong config, missing data, a device that is not there …
    """
    from mnister.launching.run import run

    where = [] if run_folder is None else [f"hydra.run.dir={run_folder}"]
    composed = compose_run("train", [*where, *expand_resume(list(overrides))])
    config = check_composed("train", without_hydra(composed))
    folder = Path(composed.hydra.run.dir)
    try:
        with _printed_log(), _recorded(composed, folder):
            result = run(config, folder)
    except OSError as error:
        explained = as_user_error(error, folder)
        if explained is error:
            raise
        raise explained from error
    return result and result.exported


@contextlib.contextmanager
def _printed_log() -> Iterator[None]:
    """Print what a run logs, its epochs above all, unless somebody else takes care of the log."""
    log = logging.getLogger("mnister")
    if log.hasHandlers():
        yield
        return
    printer, level = logging.StreamHandler(sys.stdout), log.level
    log.addHandler(printer)
    log.setLevel(logging.INFO)
    log.propagate = False  # a library of the export sets up the root's log on its way
    try:
        yield
    finally:
        log.removeHandler(printer)
        log.setLevel(level)
        log.propagate = True


@contextlib.contextmanager
def _recorded(composed: DictConfig, folder: Path) -> Iterator[None]:
    """Write what was asked for and how it ended, as the command does."""
    typed = composed.hydra.overrides.task
    before = read_record(folder)
    configs = {"config": without_hydra(composed), "overrides": typed}
    (folder / "config").mkdir(parents=True, exist_ok=True)
    for name, content in configs.items():
        write_atomically(OmegaConf.to_yaml(content), folder / "config" / f"{name}.yaml")
    write_status(folder, typed, "running")
    try:
        yield
    except BaseException as error:
        state = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        state = getattr(error, "state", state)
        with contextlib.suppress(OSError):  # the disk may be what is full
            if state == REFUSED and before:
                put_back(before)
            else:
                write_status(
                    folder, typed, "failed" if state == REFUSED else state, words_of(error)
                )
        raise
    write_status(folder, typed, "finished")
