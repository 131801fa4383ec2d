"""What a run has to do: the digits to learn from, and for how many steps."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnister.config.begun import Begun
from mnister.config.resume import begin
from mnister.config.schema import TrainConfig
from mnister.data.datasets import DataSet
from mnister.errors import UserError
from mnister.models import store
from mnister.run_files import read_code
from mnister.training.data import TrainingBatches, load_data, run_batches

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Work:
    """The digits of a run and the steps it takes.

    Attributes:
        data: The data set in its three parts.
        batches: The digits of each step.
        total_steps: Weight updates from the first to the last.
    """

    data: DataSet
    batches: TrainingBatches
    total_steps: int

    @property
    def classes(self) -> int:
        """How many classes there are to tell apart."""
        return len(self.data.class_names)


def read_work(config: TrainConfig, run_folder: Path) -> Work:
    """Read the data set and find out how many steps there are to do.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Raises:
        UserError: The data cannot be read, or are not those that the run was begun with; the
            export could not be written; nothing is left to do.
    """
    store.check_can_write(config.export.dir, config.export.name)
    store.check_number_is_free(config.export.dir, config.export.name, config.model_version)
    data = load_data(config)
    log.info("   %s: %d to train on, %d to validate, %d to test; %d classes",
             config.data.kind, len(data.train), len(data.validation), len(data.test),
             len(data.class_names))  # fmt: skip
    per_epoch = len(data.train) // config.batch_size
    total_steps = config.steps or max(1, round(config.epochs * per_epoch))
    if not config.dry_run:
        begun = Begun(config.model_dump(mode="json"), describe(data), read_code())
        begin(run_folder, begun)
    _refuse_if_finished(run_folder, total_steps)
    return Work(data, run_batches(config, data, total_steps), total_steps)


def describe(data: DataSet) -> dict[str, Any]:
    """Return what tells a data set from others: its content, its classes, its parts' sizes."""
    sizes = {part: len(getattr(data, part)) for part in ("train", "validation", "test")}
    return {"sha256": data.sha256, "class_names": list(data.class_names), **sizes}


def _refuse_if_finished(run_folder: Path, total_steps: int) -> None:
    """Say so if the run to go on with has nothing left to do."""
    path = run_folder / "metrics.json"
    steps = json.loads(path.read_text(encoding="utf-8"))["steps"] if path.is_file() else 0
    if steps >= total_steps:
        raise UserError(
            f"The run in {run_folder} is finished",
            expected=f"more than the {steps} steps it has done",
            received=f"{total_steps} steps",
            instead="a larger epochs= or steps= to extend it",
        )
