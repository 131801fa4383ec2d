"""`resume=`: find the run, take over what was typed for it, refuse what may not change."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnister.config import Menu
from mnister.config.begun import (
    Begun,
    Rule,
    differences,
    note_begun,
    read_begun,
    read_noted,
    read_yaml,
)
from mnister.config.mistakes import ConfigError, Mistake
from mnister.config.overrides import normalize
from mnister.errors import UserError
from mnister.invocation import command_for
from mnister.locks import is_held


@dataclass(frozen=True)
class Kind:
    """What tells the runs of a menu, and what is said of them.

    Attributes:
        runs: The folder that they lie in.
        proof: A pattern of files of which a run has one from the first thing on that it keeps.
        has: What a run's folder has, then, in words.
        word: For what it keeps.
    """

    runs: Path
    proof: str
    has: str
    word: str


KINDS: dict[Menu, Kind] = {
    "train": Kind(
        Path("outputs/train"), "checkpoints/step-*.npz", "config/ and checkpoints/", "checkpoint"
    ),
    "infer": Kind(Path("outputs/infer"), "journal.jsonl", "config/ and journal.jsonl", "journal"),
}

# Where the workers of a run are; a cluster moves them.
PLACES = ("device.workers", "device.index", "device.start_timeout_seconds")
# What may differ when a run goes on: how long it is, how it is watched, saved and exported.
MAY_CHANGE = (
    "epochs",
    "steps",
    "progress",
    "debug",
    "resume",
    "checkpoint",
    "export",
    "model_version",
    "test_time_augmentation",
    "device.threads",
    "device.memory_growth",
    *PLACES,
    "tensorboard.histograms",
    "tensorboard.profile",
)
GOING_ON = Rule(
    MAY_CHANGE,
    "may not change when a run goes on",
    "leave it as it was, or start a new run, not in {folder}",
)
# What may differ when pictures are read on: which they are and what is shown and written of them.
# Which networks read is told by the networks themselves, in the run's journal.
READING_ON = Rule(
    (
        *("resume", "debug", "print_probabilities", "output"),
        *("pages", "recursive"),
        *("model", "models_dir", "detector", "crop_network", "batch_size", "runtime.threads"),
    ),
    "may not change when a run goes on",
    "leave it as it was, or start a new run, not in {folder}",
)
# A run's length is given in one of them: the one that is typed now counts.
_LENGTH = {"epochs": "steps", "steps": "epochs"}

log = logging.getLogger("mnister.training")


def expand_resume(overrides: list[str], menu: Menu = "train") -> list[str]:
    """Replace `resume=…` by what continues that run in its own folder.

    Args:
        overrides: As typed: `["resume=latest", "epochs=20"]`.
        menu: Whose runs are meant.

    Returns:
        What was typed for the run, then what is typed now, and the run's folder; the overrides
        without `resume=` if there is nothing to resume and that is allowed (`auto`).

    Raises:
        UserError: There is no such run.
    """
    wanted = [text for text in overrides if _key(text) == "resume"]
    typed = [text for text in overrides if _key(text) != "resume"]
    value = wanted[-1].partition("=")[2] if wanted else "null"
    folder = None if value == "null" else _find_run(menu, value, typed)
    if folder is None:
        return typed
    given = {_key(text) for text in typed}
    given |= {
        _LENGTH[_key(text)] for text in typed if _key(text) in _LENGTH and text[-5:] != "=null"
    }
    before = [text for text in _typed_for(folder) if _key(text) not in given | {"resume"}]
    then = [text for text in _as_then(menu, folder) if _key(text) not in given]
    return [*before, *then, *typed, f"resume={folder}", f"hydra.run.dir={folder}"]


def folder_mistakes(values: Mapping[str, Any], folder: Path) -> list[Mistake]:
    """Return why a run must not begin in a folder, in which its config would replace another.

    Args:
        values: The composed config.
        folder: The run's folder. One with a checkpoint is gone on with, asked for or not.

    Returns:
        A mistake if another process trains there, or one for each key that may not change and
        does, as it was and as it would be.
    """
    if is_held(folder / ".lock"):
        instead = "wait for it, stop it, or name another folder"
        problem = f"another process is training in {folder}"
        return [Mistake("hydra.run.dir", problem, instead=instead)]
    return differences(read_begun(folder), Begun(values), GOING_ON, folder)


def reading_mistakes(values: Mapping[str, Any], folder: Path) -> list[Mistake]:
    """Return why pictures must not be read on in a folder.

    Args:
        values: The composed config of `infer.py`; without `resume` it begins anew.
        folder: The run's folder.

    Returns:
        A mistake for each key that may not change and does, as it was and as it would be.
    """
    if not values.get("resume"):
        return []
    return differences(read_noted(folder), Begun(values), READING_ON, folder)


def begin(folder: Path, now: Begun) -> None:
    """Note what a run is begun with, or make sure that it goes on with the same.

    The run of an earlier version gets no note: it might be of data that it was not begun with.

    Args:
        folder: The run's folder; nothing was trained there yet, or it goes on.
        now: The checked config, the data that were read, and the code.

    Raises:
        ConfigError: The folder was begun with other settings or data.
    """
    begun = read_begun(folder)
    mistakes = differences(begun, now, GOING_ON, folder)
    if mistakes:
        raise ConfigError(mistakes)
    if begun and begun.code and begun.code != now.code:
        log.info("   begun with MNISTER %s, goes on with %s", begun.code, now.code)
    if begun is None:
        note_begun(folder, now)


def _as_then(menu: Menu, folder: Path) -> list[str]:
    """Return what makes a run of an earlier version go on as it began: by its own split."""
    if menu == "infer":
        return []
    data = read_yaml(folder / "config" / "config.yaml", is_resolved=False).get("data") or {}
    is_earlier = data.get("kind") == "idx" and "validation_split" not in data
    return ["data.validation_split=first"] if is_earlier else []


def _find_run(menu: Menu, value: str, typed: list[str]) -> Path | None:
    kind = KINDS[menu]
    if value == "auto":
        what = _what(menu, typed)
        fitting = [run for run in _runs(menu) if _what(menu, _typed_for(run)) == what]
        unfinished = [run for run in fitting if _state(run) != "finished"]
        return unfinished[-1] if unfinished else None
    if value == "latest":
        runs = _runs(menu)
        if not runs:
            raise UserError(
                f"There is no run to go on with in {kind.runs}",
                expected=f"a run's folder with a {kind.word}",
                received="resume=latest",
                instead=f"{command_for(menu)}   (resume=auto starts anew where there is none)",
            )
        return runs[-1]
    if not _is_run(menu, Path(value)):
        runs = ", ".join(map(str, _runs(menu)[-3:]))
        raise UserError(
            f"resume={value} names no run that can go on",
            expected=f"latest, auto, or a run's folder with {kind.has}",
            received=f"no {kind.word} in {value}" if Path(value).is_dir() else "no such folder",
            instead=f"resume=latest, or one of {runs}" if runs else command_for(menu),
        )
    return Path(value)


def _runs(menu: Menu) -> list[Path]:
    """Return the runs that kept something, oldest first; their names are their times."""
    return sorted(path for path in KINDS[menu].runs.glob("*") if _is_run(menu, path))


def _is_run(menu: Menu, folder: Path) -> bool:
    has_proof = any(folder.glob(KINDS[menu].proof))
    configs = [folder / "config" / name for name in ("config.yaml", "overrides.yaml")]
    return has_proof and all(path.is_file() and path.stat().st_size for path in configs)


def _state(run: Path) -> str | None:
    try:
        return json.loads((run / "status.json").read_text(encoding="utf-8")).get("state")
    except (OSError, ValueError):
        return None


def _typed_for(run: Path) -> list[str]:
    typed = read_yaml(run / "config" / "overrides.yaml", is_resolved=False)
    return [text for text in typed if _key(text) != "resume"]


def _what(menu: Menu, typed: list[str]) -> set[str]:
    """Return what was typed for a run but for where its workers are."""
    return {normalize(menu, text) for text in typed if _key(text) not in PLACES}


def _key(text: str) -> str:
    return text.lstrip("+~").partition("=")[0]
