"""One training run in this process, from config to exported version, as numbered steps."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnister.config.schema import TrainConfig
from mnister.errors import refusing
from mnister.models.store import ExportedModel
from mnister.training.build import build
from mnister.training.evaluate import evaluate
from mnister.training.export import export
from mnister.training.learn import learn
from mnister.training.report import write_figures, write_metrics
from mnister.training.summary import print_summary
from mnister.training.work import read_work
from mnister.workers.telling import tell

log = logging.getLogger("mnister.training")


@dataclass(frozen=True)
class Result:
    """What a run ends with: the exported version and the flat metrics."""

    exported: ExportedModel
    metrics: dict[str, Any]


def run_steps(config: TrainConfig, run_folder: Path) -> Result | None:
    """Train, evaluate and export as the config says. Of several workers the chief evaluates.

    Args:
        config: A checked config.
        run_folder: Where the run's files go.

    Returns:
        The exported version and the metrics; None after a dry run, and of a worker that is not
        the chief.

    Raises:
        UserError: Anything the user can mend: files, devices, layers, divergence.
    """
    log.info("1. Read the data")
    with refusing():
        work = read_work(config, run_folder)
    log.info("2. Build the network")
    built = build(config, work, run_folder)
    if config.dry_run:
        print_summary(built.network, built.strategy, config.batch_size, work.task.name)
        return None
    log.info("3. Train for %d steps of %d %s", work.total_steps, config.batch_size, work.task.name)
    learned = learn(config, work, built, run_folder)
    tell(trained=True)
    if not built.workers.is_chief:
        return None
    log.info("4. Evaluate on the test %s", work.task.name)
    measured = evaluate(config, work, built, learned)
    write_figures(work, learned.history, measured.answers, run_folder)
    log.info("5. Export")
    exported = export(learned.network, config, work.task, measured.metrics, learned.predict)
    log.info("   model %s/%d: %s", exported.name, exported.version, exported.path)
    named = {"model_name": exported.name, "model_version": exported.version}
    metrics = measured.metrics | named
    write_metrics(metrics, config, run_folder)
    log.info("   run: %s", run_folder)
    return Result(exported, metrics)
