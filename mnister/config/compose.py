"""From overrides as typed to a composed config, with every mistake found on the way."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, read_write

from mnister.config import CONFIG_FOLDERS, Menu
from mnister.config.check import check, find_mistakes
from mnister.config.hydra_errors import HYDRA_ERRORS, explain
from mnister.config.mistakes import ConfigError, Mistake, nearest
from mnister.config.overrides import normalize, parse
from mnister.config.resume import folder_mistakes
from mnister.config.sweeps import complete_sweep, sweep_mistakes
from mnister.config.workers import own_run_folder


def compose_config(menu: Menu, overrides: list[str]) -> Any:
    """Return the checked config that the overrides compose.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line: `["model=lenet5", "epochs=1"]`. No sweeps.

    Raises:
        ConfigError: With every mistake that was found.
    """
    return check_composed(menu, without_hydra(compose_run(menu, overrides)))


def compose_run(
    menu: Menu, overrides: list[str], *, own_folder: str | Path | None = None
) -> DictConfig:
    """Return the checked config of one run, with Hydra's own settings below `hydra`.

    A worker that is not the chief gets a run folder of its own, see `own_run_folder`.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line. No sweeps.
        own_folder: The user's own YAMLs (`--config-dir`), looked up after those of `conf/`.

    Raises:
        ConfigError: With every mistake that was found.
    """
    valid, folders, mistakes = _understand(menu, overrides, own_folder)
    typed = [_for_hydra(override) for override in valid]
    places = folders[1:] if own_folder else ()  # else Hydra finds them in what was typed
    try:
        composed = compose_unchecked(menu, typed, places, with_hydra=True)
    except (*HYDRA_ERRORS, ValueError) as error:  # it names the first mistake only
        (forced,) = _without_sweeps(folders, valid)
        mistakes += _composition_mistakes(menu, forced, folders[1:]) or [explain(error)]
    else:
        mistakes += _config_mistakes(menu, without_hydra(composed), typed)
    if mistakes:
        raise ConfigError(list(dict.fromkeys(mistakes)))
    if menu == "train" and (folder := own_run_folder(composed.device, _run_folder(typed))):
        with read_write(composed.hydra):
            composed.hydra.run.dir = folder
    return composed


def without_hydra(composed: DictConfig) -> DictConfig:
    """Return a composed config without Hydra's own settings."""
    return OmegaConf.masked_copy(composed, [key for key in composed if key != "hydra"])


def check_composed(menu: Menu, composed: DictConfig) -> Any:
    """Return what Hydra composed as an immutable object of its schema.

    Args:
        menu: `train` or `infer`.
        composed: The config as Hydra gives it to a job.

    Raises:
        ConfigError: With every mistake that was found.
    """
    mistakes = _value_mistakes(menu, composed)
    if mistakes:
        raise ConfigError(mistakes)
    return check(menu, OmegaConf.to_container(composed, resolve=True))


def check_overrides(
    menu: Menu,
    overrides: list[str],
    *,
    own_folder: str | Path | None = None,
    is_sweep: bool = False,
) -> list[str]:
    """Check what was typed, and every value of a sweep, before anything is started.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line, sweeps included.
        own_folder: The user's own YAMLs (`--config-dir`), looked up after those of `conf/`.
        is_sweep: Whether a key may have several values (`-m`).

    Returns:
        The overrides for Hydra. An argument that no optimizer's YAML sets gets its `++`.

    Raises:
        ConfigError: With every mistake that was found.
    """
    valid, folders, mistakes = _understand(menu, overrides, own_folder, is_sweep=is_sweep)
    for typed in _without_sweeps(folders, valid):
        mistakes += _composition_mistakes(menu, typed, folders[1:])
    if mistakes:
        raise ConfigError(list(dict.fromkeys(mistakes)))
    return [_for_hydra(override) for override in valid]


def check_sweep(overrides: list[str], *, own_folder: str | Path | None = None) -> list[str]:
    """Check a sweep's search space and complete its overrides, see `complete_sweep`.

    Args:
        overrides: Checked ones of `train`.
        own_folder: The user's own YAMLs (`--config-dir`).

    Raises:
        ConfigError: With every mistake that was found in `hydra.sweeper.params`.
    """
    parsed = list(_parse(overrides, []))
    own_folders = _own_folders(own_folder, parsed, [])
    first = next(_without_sweeps([CONFIG_FOLDERS["train"], *own_folders], parsed))
    composed = compose_unchecked("train", first, own_folders, with_hydra=True)
    mistakes = sweep_mistakes(composed)
    if mistakes:
        raise ConfigError(mistakes)
    space = OmegaConf.to_container(composed.hydra.sweeper).get("params") or {}
    texts = [f"{key}={value}" for key, value in space.items()]
    check_overrides("train", [*overrides, *texts], own_folder=own_folder, is_sweep=True)
    return complete_sweep(overrides, composed)


def _understand(
    menu: Menu, overrides: list[str], own_folder: str | Path | None, *, is_sweep: bool = False
) -> tuple[list[Override], list[Path], list[Mistake]]:
    """Parse overrides: those that can be composed, where YAMLs are looked up, what is wrong."""
    mistakes: list[Mistake] = []
    valid: list[Override] = []
    parsed = list(_parse([normalize(menu, text) for text in overrides], mistakes))
    folders = [CONFIG_FOLDERS[menu], *_own_folders(own_folder, parsed, mistakes)]
    for override in parsed:
        wrong = list(_choice_mistakes(folders, override))
        if override.is_sweep_override() and not is_sweep:
            wrong = [_unasked_sweep(override)]
        mistakes += wrong
        valid += [] if wrong else [override]
    return valid, folders, mistakes


def _parse(overrides: list[str], mistakes: list[Mistake]) -> Iterator[Override]:
    for text in overrides:
        override = parse(text)
        if override is not None:
            yield override
        else:
            expected = "key=value, without blanks around the ="
            mistakes.append(Mistake(text, "cannot be understood", expected, text))


def _own_folders(
    own_folder: str | Path | None, parsed: list[Override], mistakes: list[Mistake]
) -> list[Path]:
    """Return the user's folders of YAMLs: `--config-dir`, then those of `hydra.searchpath`."""
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


def _choice_mistakes(folders: list[Path], override: Override) -> Iterator[Mistake]:
    """Yield the choices of a group that do not exist."""
    group = override.key_or_group
    if not _is_group(folders, group) or override.is_delete():
        return
    files = [file for folder in folders for file in (folder / group).glob("*.yaml")]
    choices = sorted({file.stem for file in files})
    for value in _values(override):
        received = "null" if value is None else str(value)
        if isinstance(value, dict) or received in choices:
            continue
        near = nearest(received, choices)
        yield Mistake(
            group, "no such choice", ", ".join(choices), received, near and f"{group}={near}"
        )


def _composition_mistakes(menu: Menu, typed: list[str], own_folders: list[Path]) -> list[Mistake]:
    try:
        composed = compose_unchecked(menu, typed, own_folders)
    except (*HYDRA_ERRORS, ValueError) as error:
        return [explain(error)]
    return _config_mistakes(menu, composed, typed)


def _config_mistakes(menu: Menu, composed: DictConfig, typed: list[str]) -> list[Mistake]:
    """Return what is wrong with a config, or with where it would run if `typed` says where."""
    found = _value_mistakes(menu, composed) or _length_mistakes(composed, typed)
    chosen = _run_folder(typed)
    if found or menu != "train" or not chosen:
        return found
    folder = own_run_folder(composed.device, chosen)
    return folder_mistakes(OmegaConf.to_container(composed, resolve=True), Path(folder))


def _run_folder(typed: list[str]) -> str | None:
    """Return the run folder that was typed."""
    chosen = [parse(text).value() for text in typed if text.startswith("hydra.run.dir=")]
    return str(chosen[-1]) if chosen else None


def _value_mistakes(menu: Menu, composed: DictConfig) -> list[Mistake]:
    try:
        values = OmegaConf.to_container(composed, resolve=True)
    except HYDRA_ERRORS as error:
        unresolved = find_mistakes(menu, OmegaConf.to_container(composed))
        return [explain(error), *(m for m in unresolved if m.problem == "missing")]
    missing = sorted(OmegaConf.missing_keys(composed))
    mistakes = [
        Mistake(key, "has no default and must be given", instead=f"{key}=…") for key in missing
    ]
    return mistakes + [m for m in find_mistakes(menu, values) if m.key not in missing]


def _length_mistakes(values: DictConfig, typed: list[str]) -> list[Mistake]:
    """Return the contradiction of epochs typed where steps decide the run's length."""
    given = {text.lstrip("+").partition("=")[0] for text in typed}
    if "epochs" not in given or values.get("steps") is None:
        return []
    epochs, steps = values["epochs"], values["steps"]
    expected = "one of them: a run's length is given in epochs or in steps"
    received = f"epochs={epochs} and steps={steps}"
    return [Mistake("epochs", "contradicts steps", expected, received, "steps=null")]


def _without_sweeps(folders: list[Path], overrides: list[Override]) -> Iterator[list[str]]:
    """Yield the overrides of one job, then of one more job for each other value of a sweep."""
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
    return override.is_choice_sweep() or override.is_range_sweep()


def _values(override: Override) -> list[Any]:
    if not override.is_sweep_override():
        return [override.value()]
    return list(override.sweep_iterator()) if _is_countable(override) else []


def _for_hydra(override: Override) -> str:
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


def compose_unchecked(
    menu: Menu, overrides: list[str], own_folders: Sequence[Path] = (), *, with_hydra: bool = False
) -> DictConfig:
    """Return what Hydra composes, whatever it is.

    Args:
        menu: `train` or `infer`.
        overrides: As Hydra takes them. No sweeps.
        own_folders: The user's own YAMLs, looked up after those of `conf/`.
        with_hydra: With Hydra's own settings below `hydra`.

    Raises:
        HydraException or OmegaConfBaseException: It cannot be composed.
    """
    paths = json.dumps([f"file://{folder}" for folder in own_folders], ensure_ascii=False)
    search = [f"hydra.searchpath={paths}"] if own_folders else []
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIG_FOLDERS[menu]), version_base="1.3"):
        return compose(menu, [*overrides, *search], return_hydra_config=with_hydra)
