"""Pages of a run as its journal keeps them: what was read before is not read again."""

import hashlib
import logging
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mnister.config.begun import Begun, note_begun
from mnister.config.fields_schema import FieldsConfig
from mnister.config.infer_schema import SingleDigitConfig
from mnister.documents.page import FilePage
from mnister.errors import UserError
from mnister.models.store import ExportedModel
from mnister.results.journal import Journal, opened_journal
from mnister.run_files import read_code
from mnister.stopping import stop_requests

NETWORKS = ("model", "detector", "crop_network")  # keys that name what reads
_MOST_NAMES = 3  # of what is not as it was, in the message that says so

log = logging.getLogger("mnister.reading")


def what_reads(models: Mapping[str, ExportedModel | None]) -> dict[str, Any]:
    """Return what a run's pictures are read with, as its journal has it.

    Args:
        models: Each network by its key, see `Reader.models`.
    """
    return {"code": read_code()} | {key: _identity(model) for key, model in models.items()}


def open_kept(
    config: SingleDigitConfig | FieldsConfig,
    run_folder: Path,
    reads: dict[str, Any],
    pictures: Sequence[Path],
    files: ExitStack,
) -> Journal:
    """Open a run's journal, anew or where an earlier process left it.

    Args:
        config: Its `resume` tells which.
        run_folder: Where it lies.
        reads: From `what_reads`, perhaps with more.
        pictures: That are to be read.
        files: Closes it.

    Raises:
        UserError: As `check_kept` says, or another process reads there.
    """
    is_going_on = config.resume is not None
    journal = files.enter_context(opened_journal(run_folder, reads, goes_on=is_going_on))
    check_kept(journal, reads, pictures)
    if not is_going_on:
        note_begun(run_folder, Begun(config.model_dump(mode="json"), code=reads["code"]))
    elif len(journal):
        log.info("%d of %d pages were read before", len(journal), len(pictures))
    return journal


def check_kept(journal: Journal, reads: dict[str, Any], pictures: Sequence[Path]) -> None:
    """Check that a run goes on with the same networks and pictures.

    Args:
        journal: Of the run.
        reads: From `what_reads`.
        pictures: That are to be read; there may be more than before.

    Raises:
        UserError: Another network reads, or a picture that was read is missing or has changed.
    """
    for role in NETWORKS:
        before, now = journal.reads.get(role), reads[role]
        if (before and before["sha256"]) != (now and now["sha256"]):
            raise UserError(
                f"{role}: another network reads than when the run was begun",
                expected=before["name"] if before else "none",
                received=now["name"] if now else "none",
                instead=f"{role}={before['path'] if before else 'none'}",
            )
    if journal.begun and journal.reads["code"] != reads["code"]:
        log.info("Begun with MNISTER %s, goes on with %s", journal.reads["code"], reads["code"])
    present = {str(picture): picture for picture in pictures}
    wrong = [f"{name} is not among them" for name in journal.names if name not in present]
    wrong += [
        f"{name} has changed"
        for name in journal.names
        if name in present and journal.kept(name)["file"] != _version_of(present[name])
    ]
    if wrong:
        raise UserError(
            "Pictures that were read before are not as they were",
            expected=f"the {len(journal):,} that the run has read, perhaps others beside them",
            received=first_of(wrong),
            instead="start a new run, without resume",
        )


def first_of(wrong: Sequence[str]) -> str:
    """Return the first few things that are not as they were, and of more how many there are."""
    more = f", … ({len(wrong):,})" if len(wrong) > _MOST_NAMES else ""
    return ", ".join(wrong[:_MOST_NAMES]) + more


def read_rest(
    read_many: Callable[[list[Path]], Iterator[Any]],
    pictures: Sequence[Path],
    journal: Journal,
    whole: Callable[[str, Any], Any],
) -> Iterator[Any]:
    """Yield a page for each picture, in order: as kept, else read now.

    Args:
        read_many: Reads pictures, in order.
        pictures: Of the run.
        journal: Of the run.
        whole: Makes a page of its file and what was kept of it.
    """
    pages = read_many([picture for picture in pictures if str(picture) not in journal])
    for picture in pictures:
        name = str(picture)
        yield whole(name, journal.kept(name)["page"]) if name in journal else next(pages)


def take_all(
    pictures: Sequence[Path], pages: Iterable[Any], take: Callable[[Path, Any], None]
) -> tuple[int, signal.Signals | None]:
    """Take the page of each picture as it comes, until a signal asks to stop.

    Returns:
        How many were taken; the signal, if that left any.
    """
    count = 0
    with stop_requests() as stop:
        for picture, page in zip(pictures, pages, strict=True):
            take(picture, page)
            count += 1
            if stop.signal is not None:
                break
    return count, stop.signal if count < len(pictures) else None


def keep(
    journal: Journal, picture: Path, stem: str | None, page: Any, numbers: Sequence[Any] = ()
) -> None:
    """Keep a page that was read, unless it is kept already.

    Args:
        journal: Of the run.
        picture: Its file.
        stem: How the names of its files begin.
        page: As plain values; None: it could not be read, and is not kept.
        numbers: Of `results.review.cut_numbers`.
    """
    if page is not None and str(picture) not in journal:
        kept = {"file": _version_of(picture), "stem": stem, "page": page}
        journal.add(str(picture), kept, numbers)


def kept_stems(journal: Journal) -> Iterator[str]:
    """Yield how the names of the files begin that are written already."""
    for name in journal.names:
        if (stem := journal.kept(name)["stem"]) is not None:
            yield stem


def _identity(model: ExportedModel | None) -> dict[str, str] | None:
    """Return what tells a network from others; its manifest has the SHA-256 of its files."""
    if model is None:
        return None
    content = (model.path / "manifest.json").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return {"name": f"{model.name}/{model.version}", "path": str(model.path), "sha256": sha256}


def _version_of(picture: Path) -> list[int]:
    """Return the size of a picture's file, bytes, and when it was changed, ns."""
    status = os.stat(picture.path if isinstance(picture, FilePage) else picture)  # noqa: PTH116
    return [status.st_size, status.st_mtime_ns]
