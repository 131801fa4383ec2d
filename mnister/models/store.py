"""Where exported models live: `<root>/<name>/<version>/`, each version whole or not there.

A number is allotted by creating an empty file `<name>/.allotted/<version>`, which only one
process can do; the file stays, so that no number is given twice, even if the version was deleted.
A version is written into a hidden folder and renamed when it is whole.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mnister.errors import UserError
from mnister.invocation import command_for

MANIFEST = "manifest.json"
FORMAT = 1
SHOWN = 8  # versions named in a message; a sweep leaves hundreds


class _Manifest(BaseModel):
    """What every manifest has; the rest is for people."""

    model_config = ConfigDict(strict=True)

    format: int = Field(ge=FORMAT, le=FORMAT)
    name: str
    version: int = Field(ge=1)
    exported_at: str
    class_names: list[str]
    digit_share: float = Field(default=1.0, ge=0, le=1)
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
    def digit_share(self) -> float:
        """The part of its training pictures that were digits; the rest was "none"."""
        return float(self.manifest.get("digit_share", 1.0))


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


def check_number_is_free(root: str | Path, name: str, version: int | None) -> None:
    """Make sure that a version number asked for was never given.

    Raises:
        UserError: It was; the message names the next free one.
    """
    folder = Path(root) / name
    if version is not None and version in _used_numbers(folder):
        raise UserError(
            f"Version {version} of {name} exists or existed; numbers are never used twice",
            expected=f"a number that {folder} has not seen",
            received=f"model_version={version}",
            instead=f"model_version={_next_number(folder)}   (null: the next free one)",
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
    number = _allot(folder, name, version)
    writing = folder / ".writing" / str(number)
    writing.mkdir(parents=True)
    try:
        yield writing
        _flush(writing)
        writing.rename(folder / str(number))
        _flush_entry(folder)
    except BaseException:
        shutil.rmtree(writing, ignore_errors=True)
        raise


def write_manifest(folder: Path, description: dict[str, Any]) -> None:
    """Write `manifest.json`: the description and the SHA-256 of every file in the folder."""
    files = {str(f.relative_to(folder).as_posix()): _sha256(f) for f in _files(folder)}
    content = {"format": FORMAT, **description, "files": files}
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def find_model(root: str | Path, wanted: str | int = "latest") -> ExportedModel:
    """Return the exported model that is asked for.

    Args:
        root: Folder of all models.
        wanted: `latest` (the one exported last), a version number, a model's name (its highest
            version), `name/number`, or the path of a version's folder.

    Raises:
        UserError: There is none, or a number stands for several; the message lists what there is.
    """
    for path in (Path(str(wanted)), Path(root) / str(wanted)):
        if (path / MANIFEST).is_file():
            return _open(path)
    exported = list_models(root)
    if not exported:
        raise UserError(
            f"No model is exported yet in {root}",
            expected=f"a folder such as {Path(root) / 'compact' / '1'}",
            received="none"
            if str(wanted) == "latest"
            else f"model={wanted}, which is no version's folder, either",
            instead=command_for("train"),
        )
    matching = [model for model in exported if _is_wanted(model, str(wanted))]
    is_ambiguous = str(wanted).isdigit() and len({model.name for model in matching}) > 1
    if not matching or is_ambiguous:
        last = (matching or exported)[-SHOWN:]
        raise UserError(
            f"model={wanted} names " + ("several models" if matching else "no exported model"),
            expected="latest, a number, a name, name/number, or a version's folder; there are "
            + ("… " if len(last) == SHOWN else "")
            + ", ".join(f"{model.name}/{model.version}" for model in last),
            received=str(wanted),
            instead=f"model={last[-1].name}/{last[-1].version}",
        )
    is_name = str(wanted) == matching[-1].name
    return max(matching, key=lambda m: m.version) if is_name else matching[-1]


def list_models(root: str | Path) -> list[ExportedModel]:
    """Return all exported models, the one exported last at the end."""
    folders = [path.parent for path in Path(root).glob(f"[!.]*/[0-9]*/{MANIFEST}")]
    models = [_open(folder) for folder in folders if folder.name.isdigit()]
    return sorted(models, key=lambda m: (m.manifest["exported_at"], m.version))


def verify(model: ExportedModel) -> None:
    """Check every file of a version against its manifest.

    Raises:
        UserError: A file is missing, differs or was added; it is named.
    """
    expected = model.manifest["files"]
    present = {f.relative_to(model.path).as_posix(): f for f in _files(model.path)}
    for name in sorted(expected.keys() | present.keys()):
        instead = f"export again ({command_for('train')}) or choose another version with model="
        if name not in present:
            problem = "is missing"
        elif name not in expected:
            problem, instead = "was added", "remove that file"
        elif _sha256(present[name]) != expected[name]:
            problem = "was changed"
        else:
            continue
        raise UserError(
            f"{model.path / name} {problem} since the model was exported; it is not loaded",
            expected=f"the files that {model.path / MANIFEST} lists, as they were",
            instead=instead,
        )


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


def _allot(folder: Path, name: str, version: int | None) -> int:
    (folder / ".allotted").mkdir(parents=True, exist_ok=True)
    while True:
        number = version if version is not None else _next_number(folder)
        check_number_is_free(folder.parent, name, version)
        with contextlib.suppress(FileExistsError):
            (folder / ".allotted" / str(number)).touch(exist_ok=False)
            return number


def _next_number(folder: Path) -> int:
    return max(_used_numbers(folder), default=0) + 1


def _used_numbers(folder: Path) -> set[int]:
    entries = [*folder.glob("[0-9]*"), *folder.glob(".allotted/[0-9]*")]
    return {int(entry.name) for entry in entries if entry.name.isdigit()}


def _files(folder: Path) -> Iterator[Path]:
    """Yield every file of a version but its manifest."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / MANIFEST:
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    """Make sure that what was written reaches the disk before the version appears."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    _flush_entry(folder)


def _flush_entry(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
