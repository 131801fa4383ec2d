"""What a run has to do: the task to learn, and for how many steps."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from mnister.config.begun import Begun
from mnister.config.resume import begin
from mnister.config.schema import TrainConfig
from mnister.errors import UserError
from mnister.models import store
from mnister.models.numbers import check_number_is_free
from mnister.run_files import read_code
from mnister.tasks.batches import Batches
from mnister.tasks.choose import choose_task
from mnister.tasks.task import Task

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Work:
    """What a run learns and the steps it takes.

    Attributes:
        task: What is learned.
        batches: The images of each step.
        total_steps: Weight updates from the first to the last.
    """

    task: Task
    batches: Batches
    total_steps: int


def read_work(config: TrainConfig, run_folder: Path) -> Work:
    """Read the data and find out how many steps there are to do.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Raises:
        UserError: The data cannot be read, or are not those that the run was begun with; the
            export could not be written; nothing is left to do.
    """
    store.check_can_write(config.export.dir, config.export.name)
    check_number_is_free(config.export.dir, config.export.name, config.model_version)
    task = choose_task(config)
    log.info("   %s: %d to train on, %d to validate, %d to test; %d classes",
             config.data.kind, *task.sizes, len(task.class_names))  # fmt: skip
    per_epoch = task.sizes[0] // config.batch_size
    total_steps = config.steps or max(1, round(config.epochs * per_epoch))
    if not config.dry_run:
        begin(run_folder, Begun(config.model_dump(mode="json"), task.data_record, read_code()))
    _refuse_if_finished(run_folder, total_steps)
    return Work(task, task.make_batches(total_steps), total_steps)


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
