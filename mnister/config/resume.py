"""`resume=`: find the run, take over what was typed for it, refuse what may not change."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf

from mnister.config import ADDED, GONE
from mnister.config.mistakes import Mistake
from mnister.config.overrides import normalize
from mnister.errors import UserError
from mnister.invocation import command_for

RUNS = Path("outputs/train")

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


def expand_resume(overrides: list[str]) -> list[str]:
    """Replace `resume=…` by what continues that run in its own folder.

    Args:
        overrides: As typed: `["resume=latest", "epochs=20"]`.

    Returns:
        What was typed for the run, then what is typed now, and the run's folder; the overrides
        without `resume=` if there is nothing to resume and that is allowed (`auto`).

    Raises:
        UserError: There is no such run.
    """
    wanted = [text for text in overrides if _key(text) == "resume"]
    typed = [text for text in overrides if _key(text) != "resume"]
    value = wanted[-1].partition("=")[2] if wanted else "null"
    folder = None if value == "null" else _find_run(value, typed)
    if folder is None:
        return typed
    given = {_key(text) for text in typed}
    before = [text for text in _typed_for(folder) if _key(text) not in given | {"resume"}]
    then = [text for text in _as_then(folder) if _key(text) not in given]
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
    if _is_busy(folder):
        instead = "wait for it, stop it, or name another folder"
        problem = f"another process is training in {folder}"
        return [Mistake("hydra.run.dir", problem, instead=instead)]
    return _changed(values, folder) if _is_run(folder) else []


def _is_busy(folder: Path) -> bool:
    """Tell whether a run is under way in a folder; a missing file is not made."""
    if not (folder / ".lock").is_file():
        return False
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / ".lock", timeout=0):
            return False
    except Timeout:
        return True


def _changed(values: Mapping[str, Any], folder: Path) -> list[Mistake]:
    saved = _read(folder / "config" / "config.yaml", is_resolved=True)
    silent = (GONE | ADDED).items()  # what says nothing new, whether or not it stands there
    before, now = (
        {key: value for key, value in leaves(config) if (key, value) not in silent}
        for config in (saved, values)
    )
    return [
        Mistake(
            key,
            "may not change when a run goes on",
            expected=str(before.get(key, "nothing")),
            received=str(now.get(key, "nothing")),
            instead=f"leave it as it was, or start a new run, not in {folder}",
        )
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key) and not _may_change(key)
    ]


def _as_then(folder: Path) -> list[str]:
    """Return what makes a run of an earlier version go on as it began: by its own split."""
    data = _read(folder / "config" / "config.yaml", is_resolved=False).get("data") or {}
    is_earlier = data.get("kind") == "idx" and "validation_split" not in data
    return ["data.validation_split=first"] if is_earlier else []


def _find_run(value: str, typed: list[str]) -> Path | None:
    if value == "auto":
        fitting = [run for run in _runs() if _what(_typed_for(run)) == _what(typed)]
        unfinished = [run for run in fitting if _state(run) != "finished"]
        return unfinished[-1] if unfinished else None
    if value == "latest":
        runs = _runs()
        if not runs:
            raise UserError(
                f"There is no run to go on with in {RUNS}",
                expected="a run's folder with a checkpoint",
                received="resume=latest",
                instead=f"{command_for('train')}   (resume=auto starts anew where there is none)",
            )
        return runs[-1]
    if not _is_run(Path(value)):
        runs = ", ".join(map(str, _runs()[-3:]))
        raise UserError(
            f"resume={value} names no run that can go on",
            expected="latest, auto, or a run's folder with config/ and checkpoints/",
            received=f"no checkpoint in {value}" if Path(value).is_dir() else "no such folder",
            instead=f"resume=latest, or one of {runs}" if runs else command_for("train"),
        )
    return Path(value)


def _runs() -> list[Path]:
    """Return the runs that have a checkpoint, oldest first; their names are their times."""
    return sorted(path for path in RUNS.glob("*") if _is_run(path))


def _is_run(folder: Path) -> bool:
    has_checkpoint = any((folder / "checkpoints").glob("step-*.npz"))
    configs = [folder / "config" / name for name in ("config.yaml", "overrides.yaml")]
    return has_checkpoint and all(path.is_file() and path.stat().st_size for path in configs)


def _read(path: Path, *, is_resolved: bool) -> Any:
    """Read a YAML file that a run wrote when it began."""
    try:
        return OmegaConf.to_container(OmegaConf.load(path), resolve=is_resolved)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(
            f"{path} cannot be read",
            expected="the file as the run wrote it",
            received=" ".join(str(error).split()),
            instead="start a new run",
        ) from error


def _state(run: Path) -> str | None:
    try:
        return json.loads((run / "status.json").read_text(encoding="utf-8")).get("state")
    except (OSError, ValueError):
        return None


def _typed_for(run: Path) -> list[str]:
    typed = _read(run / "config" / "overrides.yaml", is_resolved=False)
    return [text for text in typed if _key(text) != "resume"]


def _what(typed: list[str]) -> set[str]:
    """Return what was typed for a run but for where its workers are."""
    return {normalize("train", text) for text in typed if _key(text) not in PLACES}


def _key(text: str) -> str:
    return text.lstrip("+~").partition("=")[0]


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and plain values; a list counts as one value."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _may_change(key: str) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in MAY_CHANGE)
