"""Where exported models live: `<root>/<name>/<version>/`, each version whole or not there.

A number is allotted by creating an empty file `<name>/.allotted/<version>`, which only one
process can do; the file stays, so that no number is given twice, even if the version was deleted.
A version is written into a hidden folder and renamed when it is whole.
"""

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mnister.errors import UserError
from mnister.invocation import command_for
from mnister.models.numbers import allot
from mnister.models.version_files import (
    MANIFEST,
    can_act,
    files_of,
    flush,
    flush_entry,
    sha256_of,
)

log = logging.getLogger(__name__)

FORMAT = 1
# What names a model of each task in a config, an example's name, and the recipe that makes one.
_NAMED = {
    "digits": ("model", "compact", ()),
    "pages": ("detector", "page", ("experiment=page",)),
    "crops": ("crop_network", "crop", ("experiment=crop",)),
}
SHOWN = 8  # versions or files named in a message; a sweep leaves hundreds


class _Manifest(BaseModel):
    """What every manifest has; the rest is for people."""

    model_config = ConfigDict(strict=True)

    format: int = Field(ge=FORMAT, le=FORMAT)
    name: str
    version: int = Field(ge=1)
    exported_at: str
    class_names: list[str]
    task: str = "digits"
    files: dict[str, str]


@dataclass(frozen=True)
class ExportedModel:
    """One version of a model, as its manifest describes it.

    Attributes:
        name: The model's name.
        version: Its number.
        path: The version's folder.
        manifest: Content of its `manifest.json`.
    """

    name: str
    version: int
    path: Path
    manifest: dict[str, Any]

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name a class, in the order of the probabilities."""
        return tuple(self.manifest["class_names"])

    @property
    def task(self) -> str:
        """What it has learned: `digits` (one an image) or `pages` (all that are on one)."""
        return self.manifest.get("task", "digits")


def check_can_write(root: str | Path, name: str = "") -> None:
    """Make sure, before a long training, that a model can be written into a folder or a new one.

    Args:
        root: Folder of all models.
        name: The model's name.

    Raises:
        UserError: Something else has the name of a folder, or the system does not permit it.
    """
    folder = Path(root).absolute() / name
    for needed in (folder, folder / ".allotted", folder / ".writing"):
        nearest = next(path for path in (needed, *needed.parents) if os.path.lexists(path))
        if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
            continue
        is_models = name != "" and nearest.is_relative_to(folder)
        raise UserError(
            f"No model can be written into {Path(root) / name}",
            expected="a folder that may be written, or a name for a new one",
            received=f"{nearest} is " + ("not writable" if nearest.is_dir() else "a file"),
            instead="another export.name=…" if is_models else "export.dir=outputs/models",
        )


@contextlib.contextmanager
def new_version(root: str | Path, name: str, version: int | None = None) -> Iterator[Path]:
    """Allot a number and give a folder to write the version into; publish it if all went well.

    The folder is named by the number. If the block raises, or the process dies in it, no version
    appears and the number stays used.

    Args:
        root: Folder of all models.
        name: The model's name.
        version: The number wanted; None: the next free one.

    Yields:
        An empty folder `<root>/<name>/.writing/<version>`. Put everything in it; the manifest's
        list of files is added by `write_manifest`.

    Raises:
        UserError: The number wanted was given before.
    """
    folder = Path(root) / name
    number = allot(folder, name, version)
    writing = folder / ".writing" / str(number)
    writing.mkdir(parents=True)
    try:
        yield writing
        flush(writing)
        writing.rename(folder / str(number))
        flush_entry(folder)
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise


def write_manifest(folder: Path, description: dict[str, Any]) -> None:
    """Write `manifest.json`: the description and the SHA-256 of every file in the folder."""
    files = {name: sha256_of(path) for name, path in _files(folder).items()}
    content = {"format": FORMAT, **description, "files": files}
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def find_model(
    root: str | Path,
    wanted: str | int = "latest",
    task: str | None = "digits",
    key: str | None = None,
) -> ExportedModel:
    """Return the exported model that is asked for.

    Args:
        root: Folder of all models.
        wanted: `latest` (the one exported last), a version number, a model's name (its highest
            version), `name/number`, or the path of a version's folder.
        task: What it must have learned: `digits`, `pages` or `crops`; None: whatever it is.
        key: That names it in the config; None: as when pictures are read.

    Raises:
        UserError: There is none, or a number stands for several; the message lists what there is.
    """
    for path in (Path(str(wanted)), Path(root) / str(wanted)):
        if (path / MANIFEST).is_file():
            return _of_task(_open(path), task, key)
    exported = [model for model in list_models(root) if task in (None, model.task)]
    reading_key, example, recipe = _NAMED[task or "digits"]
    key = key or reading_key
    if not exported:
        raise UserError(
            f"No model is exported yet in {root}",
            expected=f"a folder such as {Path(root) / example / '1'}",
            received="none"
            if str(wanted) == "latest"
            else f"{key}={wanted}, which is no version's folder, either",
            instead=" ".join([command_for("train"), *recipe]),
        )
    matching = [model for model in exported if _is_wanted(model, str(wanted))]
    is_ambiguous = str(wanted).isdigit() and len({model.name for model in matching}) > 1
    if not matching or is_ambiguous:
        last = (matching or exported)[-SHOWN:]
        raise UserError(
            f"{key}={wanted} names " + ("several models" if matching else "no exported model"),
            expected="latest, a number, a name, name/number, or a version's folder; there are "
            + ("… " if len(last) == SHOWN else "")
            + ", ".join(f"{model.name}/{model.version}" for model in last),
            received=str(wanted),
            instead=f"{key}={last[-1].name}/{last[-1].version}",
        )
    is_name = str(wanted) == matching[-1].name
    return max(matching, key=lambda m: m.version) if is_name else matching[-1]


def _of_task(model: ExportedModel, task: str | None, key: str | None) -> ExportedModel:
    """Return the model if it has learned what is asked for."""
    if task in (None, model.task):
        return model
    raise UserError(
        f"{model.path} is a model of another kind",
        expected=f"one that has learned {task}",
        received=f"one that has learned {model.task}",
        instead=f"{key or _NAMED[task][0]}=latest",
    )


def list_models(root: str | Path) -> list[ExportedModel]:
    """Return all exported models, the one exported last at the end."""
    folders = [path.parent for path in Path(root).glob(f"[!.]*/[0-9]*/{MANIFEST}")]
    models = [_open(folder) for folder in folders if folder.name.isdigit()]
    return sorted(models, key=lambda m: (m.manifest["exported_at"], m.version))


def verify(model: ExportedModel) -> None:
    """Check every file of a version that its manifest names, and what others could do.

    Others that can neither be served nor run, such as `.DS_Store`, are named in the log.

    Raises:
        UserError: A file is missing or differs, or one was added that could act; it is named.
    """
    expected, present = model.manifest["files"], _files(model.path)
    added = sorted(present.keys() - expected.keys())
    ignored = [name for name in added if not can_act(model.path, name)]
    for name in sorted((expected.keys() | present.keys()) - set(ignored)):
        instead = f"export again ({command_for('train')}) or choose another version with model="
        if name not in present:
            problem = "is missing"
        elif name not in expected:
            problem, instead = "was added", "remove that file"
        elif sha256_of(present[name]) != expected[name]:
            problem = "was changed"
        else:
            continue
        raise UserError(
            f"{model.path / name} {problem} since the model was exported; it is not loaded",
            expected=f"the files that {model.path / MANIFEST} lists, as they were",
            instead=instead,
        )
    if ignored:
        names = ", ".join(ignored[:SHOWN]) + (" …" if len(ignored) > SHOWN else "")
        log.warning("Not of the model, ignored in %s: %s", model.path, names)


def _open(path: Path) -> ExportedModel:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        known = _Manifest.model_validate(manifest)
        return ExportedModel(known.name, known.version, path, manifest)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path / MANIFEST} cannot be read",
            expected="the manifest that training writes",
            received=_first_fault(error),
            instead=f"remove {path}, or choose another version with model=",
        ) from error


def _first_fault(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    return f"{key}: {fault['msg']}" if key else fault["msg"]


def _is_wanted(model: ExportedModel, wanted: str) -> bool:
    names = ("latest", str(model.version), model.name, f"{model.name}/{model.version}")
    return wanted in names


def _files(folder: Path) -> dict[str, Path]:
    """Return every file of a version but its manifest, by its path in the folder."""
    return {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
