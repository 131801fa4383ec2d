"""One reading run of `infer.py`, from config to predictions, as numbered steps."""

import logging
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from mnister.arranging.written import number_rows
from mnister.bundled import find_bundled
from mnister.config.fields_schema import FieldsConfig
from mnister.config.infer_schema import SingleDigitConfig
from mnister.data.datasets import DIGIT_NAMES, NONE_NAME
from mnister.documents.find import find_pages
from mnister.errors import refusing
from mnister.invocation import command_for
from mnister.reading.kept import keep, kept_stems, open_kept, read_rest, take_all, what_reads
from mnister.reading.library import Reader, find_digit_model
from mnister.reading.page import Page
from mnister.reading.plain import as_page, as_plain
from mnister.reading.predictions import Predictions, opened_predictions
from mnister.reading.report import WIDTH, Report, page_text
from mnister.reading.score import Labels, fit_labels, read_labels
from mnister.results.journal import Journal
from mnister.results.parquet import check_parquet
from mnister.results.review import cut_numbers, write_review
from mnister.stopping import end_by

log = logging.getLogger("mnister.reading")


def run(config: SingleDigitConfig, run_folder: Path) -> None:
    """Read pictures as the config says.

    Args:
        config: A checked config of `mode=single_digit` or `multi_digit`.
        run_folder: Where the run's files go.

    Raises:
        UserError: No picture, no model, labels that do not fit; or, when all is written, some
            pictures that could not be read.
    """
    started = time.perf_counter()
    # 1. Find the pictures and their labels, before anything slow is loaded.
    if config.output == "parquet":
        check_parquet()
    images = find_bundled(config.images)
    found = find_pages(images, config.pages, recursive=config.recursive)
    pictures = found.pages
    for note in found.notes():
        log.info("%s", note)
    labels = _find_labels(config, images)
    if labels is not None:
        labels = fit_labels(labels, pictures, is_one_each=config.mode == "single_digit")
    # 2. Load the networks.
    options = {"reading_order": config.reading_order} if config.mode == "multi_digit" else {}
    reader = make_reader(
        config,
        mode=config.mode,
        rotation=config.rotation,
        debug_images=config.debug_images,
        **options,
    )
    for key, model in reader.models.items():
        if model is not None:
            words = key.replace("_", " ").capitalize()
            log.info("%s %s/%d: %s", words, model.name, model.version, model.path)
    networks = networks_as_json(reader, config)
    with ExitStack() as files:
        # 3. Go on with what an earlier process has read, if that is asked for.
        with refusing():
            reads = what_reads(reader.models)
            journal = open_kept(config, run_folder, reads, pictures, files)
        has_parquet = config.output == "parquet"
        predictions = files.enter_context(
            opened_predictions(run_folder, networks, has_parquet=has_parquet)
        )
        # 4. Read; print each page and write what it gives as it comes.
        report = Report(
            run_folder,
            labels=labels,
            debug_images=config.debug_images,
            stems=kept_stems(journal),
        )
        run = _Run(journal, report, predictions, has_review=config.review)
        stopped_by = run.read_all(reader, pictures)
        # 5. Print and write the whole.
        total_ms = 1000 * (time.perf_counter() - started)
        timing = report.timing(reader.load_ms, reader.first_batch_ms, total_ms)
        report.print(run.console, timing, probabilities=config.print_probabilities)
        predictions.finish(report.accuracy, timing)
        if config.review:
            write_review(run_folder / "review.html", journal)
    if stopped_by is not None:
        log.info("To go on: %s", command_for("infer", f"resume={run_folder}"))
    end_by(stopped_by)
    log.info("Written: %s", run_folder)
    report.check()


class LastingConsole(Console):
    """Prints no more when nobody listens any longer, as in `infer.py | head`; the run goes on."""

    def on_broken_pipe(self) -> None:
        """Be quiet from now on."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Run:
    """What a page goes through once it is read.

    Args:
        journal: Where it is kept, so that it need not be read again.
        report: Writes its pictures and counts it.
        predictions: Writes its digits and numbers.
        has_review: Whether its numbers are cut out to be reviewed.

    Attributes:
        console: Where it is printed.
    """

    def __init__(
        self, journal: Journal, report: Report, predictions: Predictions, *, has_review: bool
    ) -> None:
        self.journal, self.report, self.predictions = journal, report, predictions
        self.has_review = has_review
        self.console = LastingConsole(width=None if sys.stdout.isatty() else WIDTH)

    def read_all(self, reader: Reader, pictures: list[Path]) -> signal.Signals | None:
        """Read pictures until all are read, or until a signal asks to stop; then return that."""
        pages = read_rest(reader.read_many, pictures, self.journal, as_page)
        count, stopped_by = take_all(pictures, pages, self.take)
        for file in pictures[count:]:
            self.predictions.add(Page(str(file), error="It was not read: interrupted"))
        return stopped_by

    def take(self, picture: Path, read: Page) -> None:
        """Write what a page gives, then keep it."""
        page = self.report.add(read)
        numbers = []
        if self.has_review and page.picture is not None:
            rows = number_rows(page.file, page.numbers, page.tables)
            best = [digit.best.name for digit in page.digits]
            likeliest = [page.separator.join(best[i] for i in n.digits) for n in page.numbers]
            numbers = cut_numbers(page.picture, page.width, rows, likeliest)
        keep(self.journal, picture, self.report.stem, as_plain(read), numbers)
        self.predictions.add(page)
        self.console.print(page_text(page), soft_wrap=True)


def make_reader(config: SingleDigitConfig | FieldsConfig, **options: Any) -> Reader:
    """Make the reader that a config asks for.

    Args:
        config: A checked config of a mode that reads pictures.
        **options: Of `Reader`, that the mode adds.

    Raises:
        UserError: As `Reader` says.
    """
    return Reader(
        config.model,
        config.runtime.name,
        models_dir=config.models_dir,
        batch_size=config.batch_size,
        threads=getattr(config.runtime, "threads", None),
        detector=config.detector,
        crop_network=config.crop_network,
        threshold=config.preprocessing.threshold,
        read_printed=config.read_printed,
        min_confidence=config.min_confidence,
        **options,
    )


def networks_as_json(reader: Reader, config: SingleDigitConfig | FieldsConfig) -> dict[str, Any]:
    """Return what the files of a run say of what reads: each network and the runtime."""
    networks = {
        key: model and {"name": model.name, "version": model.version, "path": str(model.path)}
        for key, model in reader.models.items()
    }
    return networks | {"runtime": config.runtime.name}


def _find_labels(config: SingleDigitConfig, images: str) -> Labels | None:
    """Return the labels asked for; `auto` takes the labels.txt of a folder of pictures.

    They are checked against the names that will be read, before a network is loaded.
    """
    beside = Path(images).expanduser() / "labels.txt"
    path = beside if config.labels == "auto" else config.labels
    if path is None or (config.labels == "auto" and not beside.is_file()):
        return None
    uses_threshold = config.detector == "none" or config.preprocessing.threshold != "auto"
    model = find_digit_model(config.model, config.models_dir, is_needed=uses_threshold)
    names = DIGIT_NAMES if model is None else model.class_names
    return read_labels(path, [name for name in names if name != NONE_NAME])
