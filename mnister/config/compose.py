"""From overrides as typed to a composed config, with every mistake found on the way."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf, read_write

from mnister.config import CONFIG_FOLDERS, Menu
from mnister.config.check import check, find_mistakes
from mnister.config.hydra_errors import HYDRA_ERRORS, explain
from mnister.config.hydra_internals import files_as_typed
from mnister.config.mistakes import ConfigError, Mistake
from mnister.config.overrides import parse
from mnister.config.resume import folder_mistakes, reading_mistakes
from mnister.config.sweeps import complete_sweep, count_jobs, sweep_mistakes
from mnister.config.typed import find_own_folders, for_hydra, parse_all, understand, without_sweeps
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
    valid, folders, mistakes = understand(menu, overrides, own_folder)
    typed = [for_hydra(override) for override in valid]
    places = folders[1:] if own_folder else ()  # else Hydra finds them in what was typed
    try:
        composed = compose_unchecked(menu, typed, places, with_hydra=True)
    except (*HYDRA_ERRORS, ValueError) as error:  # it names the first mistake only
        (forced,) = without_sweeps(folders, valid)
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
    valid, folders, mistakes = understand(menu, overrides, own_folder, is_sweep=is_sweep)
    for typed in without_sweeps(folders, valid):
        mistakes += _composition_mistakes(menu, typed, folders[1:])
    if mistakes:
        raise ConfigError(list(dict.fromkeys(mistakes)))
    return [for_hydra(override) for override in valid]


def check_sweep(overrides: list[str], *, own_folder: str | Path | None = None) -> list[str]:
    """Check a sweep's search space and complete its overrides, see `complete_sweep`.

    Args:
        overrides: Checked ones of `train`.
        own_folder: The user's own YAMLs (`--config-dir`).

    Raises:
        ConfigError: With every mistake that was found in `hydra.sweeper.params`.
    """
    parsed = list(parse_all(overrides, []))
    own_folders = find_own_folders(own_folder, parsed, [])
    first = next(without_sweeps([CONFIG_FOLDERS["train"], *own_folders], parsed))
    composed = compose_unchecked("train", first, own_folders, with_hydra=True)
    mistakes = sweep_mistakes(composed)
    if mistakes:
        raise ConfigError(mistakes)
    space = OmegaConf.to_container(composed.hydra.sweeper).get("params") or {}
    texts = [f"{key}={value}" for key, value in space.items()]
    swept = check_overrides("train", [*overrides, *texts], own_folder=own_folder, is_sweep=True)
    return complete_sweep(overrides, composed, count_jobs(swept))


def _composition_mistakes(menu: Menu, typed: list[str], own_folders: list[Path]) -> list[Mistake]:
    try:
        composed = compose_unchecked(menu, typed, own_folders)
    except (*HYDRA_ERRORS, ValueError) as error:
        return [explain(error)]
    return _config_mistakes(menu, composed, typed)


def _config_mistakes(menu: Menu, composed: DictConfig, typed: list[str]) -> list[Mistake]:
    """Return what is wrong with a config, or with where it would run if `typed` says where."""
    found = _value_mistakes(menu, composed) or [
        *_length_mistakes(composed, typed),
        *_resume_mistakes(composed, typed),
    ]
    chosen = _run_folder(typed)
    if found or not chosen:
        return found
    values = OmegaConf.to_container(composed, resolve=True)
    if menu == "infer":
        return reading_mistakes(values, Path(chosen))
    return folder_mistakes(values, Path(own_run_folder(composed.device, chosen)))


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


def _resume_mistakes(values: DictConfig, typed: list[str]) -> list[Mistake]:
    """Return why a YAML cannot name a run to go on with: what was typed for it comes first."""
    named = values.get("resume")
    if named is None or any(text.lstrip("+").startswith("resume=") for text in typed):
        return []
    problem = "cannot stand in a YAML file"
    expected = "typed, so that what was typed for that run is taken over"
    return [Mistake("resume", problem, expected, str(named), f"resume={named}")]


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
    folder = str(CONFIG_FOLDERS[menu])
    with files_as_typed(), initialize_config_dir(folder, version_base="1.3"):
        return compose(menu, [*overrides, *search], return_hydra_config=with_hydra)
