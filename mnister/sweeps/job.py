"""One job: a run of its own, or one of a sweep, which trains nothing twice."""

import json
import logging
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from mnister.config.schema import TrainConfig

log = logging.getLogger("mnister.training")


def run_job(config: TrainConfig, run_folder: Path) -> float | None:
    """Run a job; one of a sweep that finished before is read back instead.

    Args:
        config: A checked config.
        run_folder: Where the job's files go; that of a sweep's job is named by its settings.

    Returns:
        The validation accuracy, 0 to 1, which a sweeper maximizes; None after a dry run.
    """
    is_one_of_many = HydraConfig.get().mode == RunMode.MULTIRUN
    metrics = _wait_for_metrics(run_folder) if is_one_of_many else None
    if metrics is None:
        from mnister.launching.run import run

        result = run(config, run_folder)
        metrics = result and result.metrics
    return metrics and metrics["validation_accuracy"]


def _wait_for_metrics(run_folder: Path) -> dict[str, Any] | None:
    """Read what a job left that finished before; None if it did not.

    When a sweep is killed, its jobs in other processes may live on: they are waited for.
    """
    from filelock import FileLock, Timeout

    lock, path = FileLock(run_folder / ".lock"), run_folder / "metrics.json"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("Waiting for the process that trains in %s", run_folder)
        lock.acquire()
    lock.release()
    if not path.is_file():
        return None
    log.info("Finished before: %s", run_folder)
    return json.loads(path.read_text(encoding="utf-8"))
