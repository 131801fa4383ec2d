"""From overrides as typed to a composed config, with every mistake found on the way."""

from collections.abc import Iterator
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mnister.config import CONFIG_FOLDERS, Menu
from mnister.config.check import check, find_mistakes
from mnister.config.mistakes import ConfigError, Mistake, nearest


def compose_config(menu: Menu, overrides: list[str]) -> Any:
    """Return the checked config that the overrides compose.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line: `["model=lenet5", "epochs=1"]`. No sweeps.

    Raises:
        ConfigError: With every mistake that was found.
    """
    composed = _compose(menu, check_overrides(menu, overrides))
    return check(menu, OmegaConf.to_container(composed, resolve=True))


def check_overrides(menu: Menu, overrides: list[str]) -> list[str]:
    """Check what was typed, and every value of a sweep, before anything is started.

    Args:
        menu: `train` or `infer`.
        overrides: As on the command line, sweeps included.

    Returns:
        The overrides for Hydra. An argument that no optimizer's YAML sets gets its `++`.

    Raises:
        ConfigError: With every mistake that was found.
    """
    mistakes: dict[str, Mistake] = {}
    valid: list[Override] = []
    for override in _parse(overrides, mistakes):
        wrong = list(_choice_mistakes(menu, override))
        mistakes |= {mistake.key: mistake for mistake in wrong}
        valid += [] if wrong else [override]
    for typed in _without_sweeps(menu, valid):
        for mistake in _composition_mistakes(menu, typed):
            mistakes.setdefault(mistake.key, mistake)
    if mistakes:
        raise ConfigError(list(mistakes.values()))
    return [_for_hydra(override) for override in valid]


def _parse(overrides: list[str], mistakes: dict[str, Mistake]) -> Iterator[Override]:
    parser = OverridesParser.create()
    for text in overrides:
        try:
            yield parser.parse_override(text)
        except HydraException:
            expected = "key=value, +key=value, ++key=value or ~key"
            mistakes[text] = Mistake(text, "cannot be understood", expected, text)


def _choice_mistakes(menu: Menu, override: Override) -> Iterator[Mistake]:
    """Yield the choices of a group that do not exist."""
    group = override.key_or_group
    if not _is_group(menu, group) or override.is_delete():
        return
    choices = sorted(file.stem for file in (CONFIG_FOLDERS[menu] / group).glob("*.yaml"))
    for value in _values(override):
        if isinstance(value, dict) or str(value) in choices or value is None:
            continue
        near = nearest(str(value), choices)
        yield Mistake(
            group, "no such choice", ", ".join(choices), str(value), near and f"{group}={near}"
        )


def _composition_mistakes(menu: Menu, typed: list[str]) -> list[Mistake]:
    try:
        composed = _compose(menu, typed)
        values = OmegaConf.to_container(composed, resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        return [Mistake("config", "cannot be composed", received=str(error).split("\n")[0])]
    missing = sorted(OmegaConf.missing_keys(composed))
    mistakes = [
        Mistake(key, "has no default and must be given", instead=f"{key}=…") for key in missing
    ]
    found = [m for m in find_mistakes(menu, values) if m.key not in missing]
    return mistakes + found + _length_mistakes(values, typed)


def _length_mistakes(values: dict, typed: list[str]) -> list[Mistake]:
    """Return the contradiction of epochs typed where steps decide the run's length."""
    given = {text.lstrip("+").partition("=")[0] for text in typed}
    if "epochs" not in given or values.get("steps") is None:
        return []
    epochs, steps = values["epochs"], values["steps"]
    expected = "one of them: a run's length is given in epochs or in steps"
    received = f"epochs={epochs} and steps={steps}"
    return [Mistake("epochs", "contradicts steps", expected, received, "steps=null")]


def _without_sweeps(menu: Menu, overrides: list[Override]) -> Iterator[list[str]]:
    """Yield the overrides of one job, then of one more job for each other value of a sweep."""
    alternatives = [list(_as_typed(menu, override)) for override in overrides]
    first = [texts[0] for texts in alternatives if texts]
    yield first
    kept = [texts for texts in alternatives if texts]
    for position, texts in enumerate(kept):
        for text in texts[1:]:
            yield [*first[:position], text, *first[position + 1 :]]


def _as_typed(menu: Menu, override: Override) -> Iterator[str]:
    """Yield one override a value, in a form that Hydra takes whether or not the key exists."""
    if override.key_or_group.startswith("hydra"):
        return
    if not override.is_sweep_override():
        is_plain = override.is_delete() or _is_group(menu, override.key_or_group)
        yield override.input_line if is_plain else "++" + override.input_line.lstrip("+")
        return
    if _is_countable(override):
        force = "" if _is_group(menu, override.key_or_group) else "++"
        for text in override.sweep_string_iterator():
            yield f"{force}{override.get_key_element().lstrip('+')}={text}"


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


def _is_group(menu: Menu, key: str) -> bool:
    folder = CONFIG_FOLDERS[menu] / key
    return key != "infer" and not key.startswith("hydra") and folder.is_dir()


def _compose(menu: Menu, overrides: list[str]) -> DictConfig:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIG_FOLDERS[menu]), version_base="1.3"):
        return compose(menu, overrides)
