"""Pages of a run as its journal keeps them: what was read before is not read again."""

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnister.documents.page import FilePage
from mnister.errors import UserError
from mnister.models.store import ExportedModel
from mnister.reading.page import Digit, Guess, Page, Rejected
from mnister.reading.reader import Reader
from mnister.results.journal import Journal
from mnister.run_files import read_code

_PLAIN = (
    *("width", "height", "threshold", "polarity", "rotation", "milliseconds"),
    *("note", "separator", "min_confidence"),
)
_MOST_NAMES = 3  # of pictures that are not as they were, in the message that says so
_NO_IMAGE = np.zeros((0, 0), np.uint8)

log = logging.getLogger("mnister.reading")


def what_reads(model: ExportedModel | None, detector: ExportedModel | None) -> dict[str, Any]:
    """Return what a run's pictures are read with, as its journal has it."""
    networks = {"model": model, "detector": detector}
    return {"code": read_code()} | {role: _identity(one) for role, one in networks.items()}


def check_kept(journal: Journal, reads: dict[str, Any], pictures: Sequence[Path]) -> None:
    """Check that a run goes on with the same networks and pictures.

    Args:
        journal: Of the run.
        reads: From `what_reads`.
        pictures: That are to be read; there may be more than before.

    Raises:
        UserError: Another network reads, or a picture that was read is missing or has changed.
    """
    for role in ("model", "detector"):
        before, now = journal.reads[role], reads[role]
        if (before and before["sha256"]) != (now and now["sha256"]):
            raise UserError(
                f"{role}: another network reads than when the run was begun",
                expected=before["name"] if before else "none",
                received=now["name"] if now else "none",
                instead=f"{role}={before['path']}" if before else "start a new run",
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
        more = f", … ({len(wrong):,})" if len(wrong) > _MOST_NAMES else ""
        raise UserError(
            "Pictures that were read before are not as they were",
            expected=f"the {len(journal):,} that the run has read, perhaps others beside them",
            received=", ".join(wrong[:_MOST_NAMES]) + more,
            instead="start a new run, without resume",
        )


def read_rest(reader: Reader, pictures: Sequence[Path], journal: Journal) -> Iterator[Page]:
    """Yield a page for each picture, in order: as kept, else read now."""
    pages = reader.read_many([picture for picture in pictures if str(picture) not in journal])
    for picture in pictures:
        name = str(picture)
        yield _page(name, journal.kept(name)["page"]) if name in journal else next(pages)


def keep(
    journal: Journal, picture: Path, page: Page, stem: str | None, numbers: Sequence[Any]
) -> None:
    """Keep a page that was read, unless it is kept already; one that could not be read is not.

    Args:
        journal: Of the run.
        picture: Its file.
        page: As read.
        stem: How the names of its files begin.
        numbers: Of `results.review.cut_numbers`.
    """
    if page.error is None and str(picture) not in journal:
        kept = {"file": _version_of(picture), "stem": stem, "page": _plain(page)}
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


def _plain(page: Page) -> dict[str, Any]:
    digits = [
        [d.box, d.line, d.name, *_plain_guess(d.best), *_plain_guess(d.second)]
        for d in page.digits
    ]
    rejected = [[r.box, r.reason, r.name, r.probability] for r in page.rejected]
    lists = {"lines": page.lines, "digits": digits, "rejected": rejected}
    return {name: getattr(page, name) for name in _PLAIN} | lists


def _plain_guess(guess: Guess) -> tuple[str, float]:
    return guess.name, guess.probability


def _page(file: str, kept: dict[str, Any]) -> Page:
    digits = tuple(
        Digit(tuple(box), line, name, Guess(*best), Guess(*second), _NO_IMAGE)
        for box, line, name, *guesses in kept["digits"]
        for best, second in [(guesses[:2], guesses[2:])]
    )
    return Page(
        file,
        lines=tuple(kept["lines"]),
        digits=digits,
        rejected=tuple(Rejected(tuple(box), *rest) for box, *rest in kept["rejected"]),
        **{name: kept[name] for name in _PLAIN},
    )
