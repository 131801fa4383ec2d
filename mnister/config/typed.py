"""Overrides as typed → those that can be composed, each in Hydra's form; the wrong ones told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Glob, Override

from mnister.config import CONFIG_FOLDERS, Menu
from mnister.config.mistakes import Mistake, nearest
from mnister.config.overrides import normalize, parse, quoted


def understand(
    menu: Menu, overrides: list[str], own_folder: str | Path | None, *, is_sweep: bool = False
) -> tuple[list[Override], list[Path], list[Mistake]]:
    """Parse overrides, and tell those that no menu takes.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line.
        own_folder: The user's own YAMLs (`--config-dir`), looked up after those of `conf/`.
        is_sweep: Whether a key may have several values (`-m`).

    Returns:
        The overrides that can be composed, the folders in which their YAMLs are looked up, first
        that of the menu, and what is wrong with the other overrides.
    """
    mistakes: list[Mistake] = []
    valid: list[Override] = []
    parsed = list(parse_all([normalize(menu, text) for text in overrides], mistakes))
    folders = [CONFIG_FOLDERS[menu], *find_own_folders(own_folder, parsed, mistakes)]
    for override in parsed:
        named = _name_choices(folders, override)
        wrong = list(_choice_mistakes(folders, named))
        if override.is_sweep_override() and not is_sweep:
            wrong = [_unasked_sweep(override)]
        mistakes += wrong
        valid += [] if wrong else [named]
    return valid, folders, mistakes


def parse_all(overrides: list[str], mistakes: list[Mistake]) -> Iterator[Override]:
    """Yield the overrides that Hydra's grammar knows.

    Args:
        overrides: Normalized ones.
        mistakes: Gets one more for each of the others.
    """
    for text in overrides:
        override = parse(text)
        if override is not None:
            yield override
        else:
            expected = "key=value, without blanks around the ="
            mistakes.append(Mistake(text, "cannot be understood", expected, text))


def find_own_folders(
    own_folder: str | Path | None, parsed: list[Override], mistakes: list[Mistake]
) -> list[Path]:
    """Return the user's folders of YAMLs: `--config-dir`, then those of `hydra.searchpath`.

    Args:
        own_folder: What `--config-dir` names.
        parsed: Overrides, with `hydra.searchpath` or without.
        mistakes: Gets one more for each folder that is not there.
    """
    found = [] if own_folder is None else [Path(own_folder).absolute()]
    for override in parsed:
        if override.key_or_group == "hydra.searchpath":
            paths = [str(path) for path in override.value() or ()]
            found += [Path(path.removeprefix("file://")) for path in paths if "pkg://" not in path]
    for folder in found:
        if not folder.is_dir():
            mistakes.append(Mistake("--config-dir", "no such folder", "a folder", str(folder)))
    return [folder for folder in found if folder.is_dir()]


def _unasked_sweep(override: Override) -> Mistake:
    line = override.input_line
    _, _, values = line.partition("=")
    expected = "one value; a list stands in [ ], a text with commas in quotes: \"'a,b'\""
    instead = f"-m {line}   (a run for each value)"
    return Mistake(override.key_or_group, "several values in one run", expected, values, instead)


def _name_choices(folders: list[Path], override: Override) -> Override:
    """Return a sweep such as `model=glob(*)` as one over the choices that it stands for."""
    glob = override.value()
    if not isinstance(glob, Glob):
        return override
    names = glob.filter(_choices(folders, override.key_or_group))
    listed = ",".join(name if name.isidentifier() else quoted(name) for name in names)
    return parse(f"{override.get_key_element()}={listed}") if names else override


def _choice_mistakes(folders: list[Path], override: Override) -> Iterator[Mistake]:
    """Yield the choices of a group that do not exist."""
    group = override.key_or_group
    choices = _choices(folders, group)
    if isinstance(override.value(), Glob):
        received = override.input_line.partition("=")[2]
        expected = ", ".join(choices) or "a group, such as model, before glob()"
        yield Mistake(group, "no such choice", expected, received)
    if not choices or override.is_delete():
        return
    for value in _values(override):
        received = "null" if value is None else str(value)
        if isinstance(value, dict) or received in choices:
            continue
        near = nearest(received, choices)
        yield Mistake(
            group, "no such choice", ", ".join(choices), received, near and f"{group}={near}"
        )


def _choices(folders: list[Path], group: str) -> list[str]:
    """Return the choices of a group; none of what is no group."""
    if not _is_group(folders, group):
        return []
    files = [file for folder in folders for file in (folder / group).glob("*.yaml")]
    return sorted({file.stem for file in files})


def without_sweeps(folders: list[Path], overrides: list[Override]) -> Iterator[list[str]]:
    """Yield the overrides of one job, then of one more job for each other value of a sweep.

    Args:
        folders: Where YAMLs are looked up.
        overrides: Sweeps or not.
    """
    alternatives = [list(_as_typed(folders, override)) for override in overrides]
    first = [texts[0] for texts in alternatives if texts]
    yield first
    kept = [texts for texts in alternatives if texts]
    for position, texts in enumerate(kept):
        for text in texts[1:]:
            yield [*first[:position], text, *first[position + 1 :]]


def _as_typed(folders: list[Path], override: Override) -> Iterator[str]:
    """Yield one override a value, in a form that Hydra takes whether or not the key exists."""
    key = override.key_or_group
    if key == "hydra.searchpath":
        return
    is_plain = override.is_delete() or _is_hydra(key) or _is_group(folders, key)
    force = "" if is_plain else "++"
    if not override.is_sweep_override():
        yield override.input_line if is_plain else "++" + override.input_line.lstrip("+")
    else:
        for text in _swept(override):
            yield f"{force}{override.get_key_element().lstrip('+')}={text}"


def _swept(override: Override) -> Iterator[Any]:
    """Yield the values of a sweep; of an interval, its two ends."""
    if override.is_interval_sweep():
        yield from (override.value().start, override.value().end)
    elif _is_countable(override):
        yield from override.sweep_string_iterator()


def _is_countable(override: Override) -> bool:
    is_listed = override.is_choice_sweep() and not isinstance(override.value(), Glob)
    return is_listed or override.is_range_sweep()


def _values(override: Override) -> list[Any]:
    if not override.is_sweep_override():
        return [override.value()]
    return list(override.sweep_iterator()) if _is_countable(override) else []


def for_hydra(override: Override) -> str:
    """Return an override as Hydra takes it: only an optimizer's arguments may be in no YAML."""
    section, _, key = override.key_or_group.partition(".")
    is_argument = section == "optimizer" and key not in ("", "name", "learning_rate")
    if not is_argument or override.is_delete():
        return override.input_line
    return "++" + override.input_line.lstrip("+")


def _is_hydra(key: str) -> bool:
    return key.split(".")[0].split("/")[0] == "hydra"


def _is_group(folders: list[Path], key: str) -> bool:
    is_other = key == "infer" or _is_hydra(key)
    return not is_other and any((folder / key).is_dir() for folder in folders)
