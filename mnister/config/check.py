"""The one place where a composed config is checked: every mistake is found at once."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mnister.config.as_typed import is_number
from mnister.config.fields_schema import FieldsConfig
from mnister.config.infer_schema import (
    BenchmarkConfig,
    EvaluateConfig,
    InferConfig,
    MultiDigitConfig,
    SingleDigitConfig,
)
from mnister.config.layer_lists import check_callbacks, check_layers
from mnister.config.mistakes import PLAIN, ConfigError, Mistake, expectation, is_plain, nearest
from mnister.config.schema import Optimizer, TrainConfig
from mnister.config.section import Section
from mnister.config.serve_schema import ServeConfig
from mnister.config.tasks import task_mistakes
from mnister.config.workers import cluster_mistakes
from mnister.models.keras_names import class_arguments, keras_classes

_MENUS = {
    "train": TypeAdapter(TrainConfig),
    "infer": TypeAdapter(
        Annotated[
            SingleDigitConfig
            | MultiDigitConfig
            | FieldsConfig
            | EvaluateConfig
            | BenchmarkConfig
            | ServeConfig,
            Field(discriminator="mode"),
        ],
        config=ConfigDict(defer_build=True),
    ),
}


def check(menu: Literal["train", "infer"], values: Mapping[str, Any]) -> Any:
    """Return a composed config as an immutable object of its schema.

    Args:
        menu: Which entry point's schema holds.
        values: The composed config as plain dicts, lists and scalars, interpolations resolved.

    Returns:
        A `TrainConfig`, or the `InferConfig` of the mode.

    Raises:
        ConfigError: With every mistake that was found.
    """
    mistakes = find_mistakes(menu, values)
    if mistakes:
        raise ConfigError(mistakes)
    return _MENUS[menu].validate_python(values)


def find_mistakes(menu: Literal["train", "infer"], values: Mapping[str, Any]) -> list[Mistake]:
    """Return all that is wrong with a composed config; an empty list if nothing is.

    Args:
        menu: Which entry point's schema holds.
        values: The composed config as plain dicts, lists and scalars, interpolations resolved.
    """
    mistakes: dict[str, Mistake] = {}
    try:
        _MENUS[menu].validate_python(values)
    except ValidationError as error:
        for detail in error.errors():
            path = _keys_only(detail["loc"], values, detail["type"])
            if path[:1] in (("model",), ("callbacks",)) and int in map(type, path):
                continue  # the entries of these lists are checked one by one below
            mistake = _schema_mistake(menu, path, detail, values)
            mistakes.setdefault(mistake.key, mistake)
    found = list(mistakes.values())
    if menu == "train":
        named = _named_object_mistakes(values)
        told = {mistake.key for mistake in named}
        # An argument that does not exist is not said to be out of range, too.
        found = [mistake for mistake in found if mistake.key not in told] + named
        is_readable = not any(m.key.startswith(("device", "batch_size")) for m in found)
        found += cluster_mistakes(values) if is_readable else []
        found += task_mistakes(values)
    return found


def _choice_that_has(menu: str, path: tuple, values: Mapping) -> str | None:
    """Return the choice to type for a section whose tag was changed without its other keys."""
    if len(path) < 2:
        return None
    tag = _menu_class(menu, values).model_fields[path[0]].discriminator
    return tag and f"{path[0]}={values[path[0]][tag]}"


def _keys_only(location: tuple, values: Any, kind: str) -> tuple:
    """Return the keys of an error's location, without the tags of unions that pydantic adds."""
    path: list = []
    for position, part in enumerate(location):
        is_present = (isinstance(values, Mapping) and part in values) or (
            isinstance(values, list) and isinstance(part, int) and part < len(values)
        )
        is_missing = kind == "missing" and position == len(location) - 1
        if is_present or is_missing:
            path.append(part)
            values = values[part] if is_present else None
    return tuple(path)


def _schema_mistake(menu: str, path: tuple, detail: Mapping, values: Mapping) -> Mistake:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    key = "".join(parts).lstrip(".") or "mode"
    if detail["type"] == "extra_forbidden":
        return _unknown_key(menu, key, detail["input"], values)
    if detail["type"] in ("missing", "union_tag_not_found"):
        expected = _expected_at(menu, path, values)
        return Mistake(key, "missing", expected, instead=_choice_that_has(menu, path, values))
    if detail["type"] == "union_tag_invalid":
        tag, received = detail["ctx"]["discriminator"].strip("'"), str(detail["ctx"]["tag"])
        choices = detail["ctx"]["expected_tags"].replace("'", "")
        near = nearest(received, choices.split(", "))
        where, instead = f"{key}.{tag}" if path else key, near and f"{key}={near}"
        return Mistake(where, "not a possible value", choices, received, instead)
    return _wrong_value(key, _expected_at(menu, path, values), detail["input"])


def _wrong_value(key: str, expected: str, received: Any) -> Mistake:
    words = [word.strip() for word in expected.replace(" or ", ", ").split(",")]
    near = nearest(received, words) if isinstance(received, str) else None
    shown = _as_typed(received)
    if isinstance(received, str) and "number" in expected:
        if re.fullmatch(r"0+[1-9][0-9]*", received):
            near = received.lstrip("0")  # to YAML 1.1 it is octal
        elif is_number(received):
            near, shown = received, f'"{received}", a text'
    instead = near if key.endswith("]") else f"{key}={near}"
    return Mistake(key, "not a possible value", expected, shown, near and instead)


def _as_typed(value: Any) -> str:
    """Return a value as it is typed: true, not True."""
    words = {True: "true", False: "false", None: "null"}
    return words[value] if isinstance(value, bool | None) else str(value) or "nothing"


def _unknown_key(menu: str, key: str, received: Any, values: Mapping) -> Mistake:
    if key in ("experiment", "sweep"):
        expected = "# @package _global_ as the first line of its YAML"
        return Mistake(key, "sets keys below itself, not those of the menu", expected)
    section, dot, word = key.rpartition(".")
    known = sorted(_known_keys(menu, values))
    siblings = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == section]
    namesakes = [name for name in known if name.rpartition(".")[2] == word]
    sibling, shown = nearest(word, siblings), _as_typed(received)
    choices = _choices_with(menu, section, word, values)
    if choices:
        near, *too = (f"{section}={choice}" for choice in choices)
        near += f" {key}={shown}" + (f"   (or {', '.join(too)})" if too else "")
    elif sibling:
        near = f"{section}{dot}{sibling}={shown}"
    else:
        name = namesakes[0] if namesakes else None if siblings else nearest(key, known)
        near = name and f"{name}={shown}"
    expected = "one of " + ", ".join(siblings)
    return Mistake(key, "no such key", expected, shown, near)


def _choices_with(menu: str, section: str, word: str, values: Mapping) -> list[str]:
    """Return the choices of a section that have a key: `test_dir` of `data` is one of `idx`."""
    field = _menu_class(menu, values).model_fields.get(section)
    tag = field and field.discriminator
    return [
        choice
        for member in (get_args(field.annotation) if tag else ())
        if word in member.model_fields
        for choice in get_args(member.model_fields[tag].annotation)
    ]


def _known_keys(menu: str, values: Mapping) -> list[str]:
    keys = []
    for name, field in _menu_class(menu, values).model_fields.items():
        section = _section_class(field, values.get(name))
        keys.append(name)
        if section is not None:
            keys += [f"{name}.{key}" for key in section.model_fields]
    return keys


def _menu_class(menu: str, values: Mapping) -> type[Section]:
    classes = {"single_digit": SingleDigitConfig, "multi_digit": MultiDigitConfig,
               "evaluate": EvaluateConfig, "benchmark": BenchmarkConfig,
               "serve": ServeConfig, "fields": FieldsConfig}  # fmt: skip
    return TrainConfig if menu == "train" else classes.get(values.get("mode"), InferConfig)


def _section_class(field: Any, values: Any) -> type[Section] | None:
    """Return the class of a section; of a union the one that the section's tag names."""
    members = get_args(field.annotation) or (field.annotation,)
    sections = [m for m in members if isinstance(m, type) and issubclass(m, Section)]
    if field.discriminator is None or not isinstance(values, Mapping):
        return sections[0] if sections else None
    tag = values.get(field.discriminator)
    for section in sections:
        if tag in get_args(section.model_fields[field.discriminator].annotation):
            return section
    return sections[0]


def _expected_at(menu: str, path: tuple, values: Mapping) -> str:
    section: type[Section] | None = _menu_class(menu, values)
    expected = "a section of keys"
    for part in path:
        field = section.model_fields.get(part) if section else None
        if field is None:
            return expected
        section = _section_class(field, values.get(part))
        values = values.get(part) if isinstance(values.get(part), Mapping) else {}
        expected = field.description or expectation(field.annotation, field.metadata)
    return expected


def _named_object_mistakes(values: Mapping) -> list[Mistake]:
    """Return what is wrong with the Keras names and arguments that a training config gives."""
    network, optimizer = values.get("model"), values.get("optimizer")
    mistakes: list[Mistake] = []
    if isinstance(network, Mapping) and isinstance(network.get("layers"), list):
        mistakes += check_layers(network["layers"])
    if isinstance(values.get("callbacks"), list):
        mistakes += check_callbacks(values["callbacks"])
        mistakes += _two_masters_of_the_rate(values["callbacks"], values.get("schedule"))
    if isinstance(optimizer, Mapping) and isinstance(optimizer.get("name"), str):
        mistakes += _optimizer_mistakes(optimizer)
    return mistakes


def _two_masters_of_the_rate(callbacks: list, schedule: Any) -> list[Mistake]:
    """Return the contradiction of a schedule and a callback that both set the learning rate."""
    kind = schedule.get("kind") if isinstance(schedule, Mapping) else "constant"
    named = "ReduceLROnPlateau" in str(callbacks)
    if not named or kind == "constant":
        return []
    expected = "schedule=constant: ReduceLROnPlateau sets the learning rate itself"
    received = f"schedule={kind}"
    return [
        Mistake("callbacks", "contradict the schedule", expected, received, "schedule=constant")
    ]


def _optimizer_mistakes(optimizer: Mapping) -> list[Mistake]:
    name = optimizer["name"]
    if name not in keras_classes("optimizers"):
        choices = ", ".join(sorted(keras_classes("optimizers")))
        return [_wrong_value("optimizer.name", choices, name)]
    known = class_arguments("optimizers", name)
    no_numbers = [
        _wrong_value(f"optimizer.{argument}", PLAIN, value)
        for argument, value in optimizer.items()
        if argument in set(known) - set(Optimizer.model_fields) and not is_plain(value)
    ]
    return no_numbers + [
        Mistake(
            f"optimizer.{argument}",
            f"keras.optimizers.{name} has no such argument",
            "one of " + ", ".join(known),
            str(value),
            near and f"optimizer.{near}={value}",
        )
        for argument, value in optimizer.items()
        if argument not in ("name", *known)
        for near in [nearest(argument, known)]
    ]
