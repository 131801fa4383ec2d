"""What a run's folder was begun with: noted before anything is trained, compared ever after."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf

from mnister.config import ADDED, GONE
from mnister.config.mistakes import Mistake
from mnister.errors import UserError
from mnister.run_files import write_atomically

FILE = "begun.json"


@dataclass(frozen=True)
class Begun:
    """What a run is begun with, and all that a folder has to agree with to be its own.

    Attributes:
        settings: The whole config, nested plain values.
        data: `sha256` of the content, `class_names`, digits of the parts `train`, `validation` and
            `test`; None: not known (yet).
        code: Version and commit of MNISTER; None: not known.
    """

    settings: Mapping[str, Any]
    data: Mapping[str, Any] | None = None
    code: str | None = None


@dataclass(frozen=True)
class Rule:
    """What must be as a folder was begun.

    Attributes:
        may_differ: Keys and sections that need not; the code never needs to.
        problem: What is wrong with any other key that differs.
        instead: What to do then. In both `{folder}` stands for the folder.
    """

    may_differ: tuple[str, ...]
    problem: str
    instead: str


def note_begun(folder: Path, begun: Begun) -> None:
    """Write what a run is begun with into its folder, whole or not at all."""
    text = json.dumps(asdict(begun), indent=2, ensure_ascii=False)
    write_atomically(text + "\n", folder / FILE)


def read_begun(folder: Path) -> Begun | None:
    """Read what the run in a folder was begun with.

    Runs of versions that wrote no `begun.json` are told by its absence: their settings are those
    of `config/config.yaml`, their data those of the version that they exported, where there is
    one; else nothing is known of their data.

    Returns:
        None where nothing was trained yet, or nothing is known of it.

    Raises:
        UserError: The file cannot be read.
    """
    is_trained = any((folder / "checkpoints").glob("step-*.npz"))
    if not is_trained and not (folder / "metrics.json").is_file():
        return None
    if noted := read_noted(folder):
        return noted
    config = folder / "config" / "config.yaml"
    if not config.is_file() or not config.stat().st_size:
        return None
    settings = read_yaml(config, is_resolved=True)
    return Begun(settings, _exported_data(folder, settings))


def read_noted(folder: Path) -> Begun | None:
    """Read what `note_begun` wrote; None if it wrote nothing."""
    path = folder / FILE
    return _read(path, lambda text: Begun(**json.loads(text))) if path.is_file() else None


def differences(begun: Begun | None, now: Begun, rule: Rule, folder: Path) -> list[Mistake]:
    """Return what keeps a run from going on, or being taken as finished, in a folder.

    Args:
        begun: What the folder was begun with; None: nothing is in the way.
        now: What is asked for. Data that one of the two does not know are not compared.
        rule: What may differ, and the words for what does.
        folder: The run's folder.

    Returns:
        A mistake for each key, and one for the data, as they were and as they would be.
    """
    if begun is None:
        return []
    before, after = (_deciding(each.settings, rule.may_differ) for each in (begun, now))
    pairs = {key: tuple(each.get(key, ADDED.get(key, "nothing")) for each in (before, after))
             for key in sorted(before.keys() | after.keys())
             if before.get(key) != after.get(key)}  # fmt: skip
    if begun.data and now.data and _identity(begun.data) != _identity(now.data):
        pairs["data"] = _shown(begun.data), _shown(now.data)
    problem, instead = (text.format(folder=folder) for text in (rule.problem, rule.instead))
    return [
        Mistake(key, problem, str(expected), str(received), instead)
        for key, (expected, received) in pairs.items()
    ]


def read_yaml(path: Path, *, is_resolved: bool) -> Any:
    """Read a YAML file that a run wrote when it began.

    Raises:
        UserError: It cannot be read.
    """
    return _read(
        path, lambda text: OmegaConf.to_container(OmegaConf.create(text), resolve=is_resolved)
    )


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and plain values; a list counts as one value."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def is_below(key: str, names: tuple[str, ...]) -> bool:
    """Tell whether a dotted key is one of some keys and sections, or lies in one."""
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _read(path: Path, parse: Any) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise UserError(
            f"{path} cannot be read",
            expected="the file as the run wrote it",
            received=" ".join(str(error).split()),
            instead="start a new run",
        ) from error


def _exported_data(folder: Path, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the data of the version that a run exported, as its manifest tells of them."""
    from mnister.models.store import find_model

    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, UserError):
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        version = f"{metrics['model_name']}/{metrics['model_version']}"
        manifest = find_model(settings["export"]["dir"], version).manifest
        return {"sha256": manifest["dataset_sha256"], "class_names": manifest["class_names"]}
    return None


def _deciding(settings: Mapping[str, Any], may_differ: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings that count, by dotted keys, without those that say nothing new."""
    silent = GONE | ADDED
    return {
        key: value
        for key, value in leaves(settings)
        if not is_below(key, may_differ) and (key not in silent or silent[key] != value)
    }


def _identity(data: Mapping[str, Any]) -> tuple[str, list[str]]:
    return data["sha256"], list(data["class_names"])


def _shown(data: Mapping[str, Any]) -> str:
    names = data["class_names"]
    parts = [str(data[part]) for part in ("train", "validation", "test") if part in data]
    digits = f"; {' + '.join(parts)} digits" if parts else ""
    classes = f"{len(names)} classes {', '.join(map(str, names))}"
    return f"{classes}{digits}; SHA-256 {data['sha256'][:16]}…"
