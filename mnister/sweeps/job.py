"""One job: a run of its own, or one of a sweep, which trains nothing twice."""

import json
import logging
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from mnister.config.begun import Begun, differences, read_begun
from mnister.config.mistakes import ConfigError
from mnister.config.schema import TrainConfig
from mnister.config.sweeps import SAME_JOB
from mnister.errors import UserError
from mnister.locks import Held, locked

log = logging.getLogger("mnister.training")


def run_job(config: TrainConfig, run_folder: Path) -> float | None:
    """Run a job; one of a sweep that finished before is read back instead.

    Args:
        config: A checked config.
        run_folder: Where the job's files go; that of a sweep's job is named by its settings.

    Returns:
        The validation accuracy, 0 to 1, which a sweeper maximizes; None after a dry run.

    Raises:
        ConfigError: What finished before had other settings or data.
        UserError: See `mnister.launching.run.run`.
    """
    is_one_of_many = HydraConfig.get().mode == RunMode.MULTIRUN
    metrics = _finished_before(config, run_folder) if is_one_of_many else None
    if metrics is None:
        from mnister.launching.run import run

        result = run(config, run_folder)
        metrics = result and result.metrics
    return metrics and metrics["validation_accuracy"]


def refuse_changed_data(composed: DictConfig, sweep_folder: Path) -> None:
    """Refuse a sweep whose finished jobs had other data than are there now.

    A job compares its own data when it starts; a search that has no trial left starts none.

    Args:
        composed: The config that the jobs have in common, with Hydra's part.
        sweep_folder: Jobs in it whose `data` section is another, such as a swept one, are left to
            themselves, and all of them where the data are not to be read here.

    Raises:
        ConfigError: The data changed since a job was begun.
    """
    from mnister.config.compose import check_composed, without_hydra
    from mnister.sweeps.same_data import describe_data

    jobs = {path.parent: read_begun(path.parent) for path in sweep_folder.glob("*/metrics.json")}
    if not jobs:
        return
    try:
        config = check_composed("train", without_hydra(composed))
        data = describe_data(config)
    except UserError:  # what is wrong is swept, or said by the jobs
        return
    settings = config.model_dump(include={"data", "preprocessing", "augmentation"}, mode="json")
    for folder, begun in jobs.items():
        of_job = begun and Begun({key: begun.settings.get(key) for key in settings})
        if begun and not differences(of_job, Begun(settings), SAME_JOB, folder):
            _refuse(folder, begun, Begun(begun.settings, data))


def _finished_before(config: TrainConfig, run_folder: Path) -> dict[str, Any] | None:
    """Read what a job left that finished before; None if it did not.

    When a sweep is killed, its jobs in other processes may live on: they are waited for.
    """
    lock, path = run_folder / ".lock", run_folder / "metrics.json"
    try:
        with locked(lock):
            pass
    except Held:
        log.info("Waiting for the process that trains in %s", run_folder)
        with locked(lock, waits=True):
            pass
    if not path.is_file():
        return None
    from mnister.sweeps.same_data import describe_data

    begun = read_begun(run_folder)
    if begun is not None:
        _refuse(run_folder, begun, Begun(config.model_dump(mode="json"), describe_data(config)))
    log.info("Finished before: %s", run_folder)
    return json.loads(path.read_text(encoding="utf-8"))


def _refuse(folder: Path, begun: Begun, now: Begun) -> None:
    mistakes = differences(begun, now, SAME_JOB, folder)
    if mistakes:
        raise ConfigError(mistakes)
