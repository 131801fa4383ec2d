"""Checks of what a model's YAML lists: layer names and their arguments, by name only."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mnister.config.as_typed import is_misspelt_number
from mnister.config.mistakes import Mistake, expectation, nearest
from mnister.models.blocks import BLOCKS, block_arguments
from mnister.models.keras_names import class_arguments, keras_classes

# The argument's ending says in which Keras module a nested name resolves.
NESTED_MODULES = {
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
}

# Callbacks that only watch and steer; others write files or run code.
CALLBACKS = ("EarlyStopping", "ReduceLROnPlateau")
_VALUES = ConfigDict(strict=True, allow_inf_nan=False)
_Epochs = Annotated[int, Field(ge=0)]
_NotNegative = Annotated[float, Field(ge=0)]
# What their arguments may be: Keras would stumble over others only when an epoch ends.
CALLBACK_VALUES = {
    "monitor": Literal["val_loss", "val_accuracy", "loss", "accuracy"],
    "mode": Literal["auto", "min", "max"],
    "patience": _Epochs,
    "start_from_epoch": _Epochs,
    "cooldown": _Epochs,
    "min_delta": _NotNegative,
    "min_lr": _NotNegative,
    "factor": Annotated[float, Field(gt=0, lt=1)],
    "baseline": float | None,
    "restore_best_weights": bool,
    "verbose": Literal[0, 1],
}


def split_entry(entry: str | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return name and arguments of one entry: `Flatten` or `{Dense: {units: 10}}`.

    Raises:
        ValueError: The entry is neither a name nor one name with its arguments.
    """
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, Mapping) and len(entry) == 1:
        name, arguments = next(iter(entry.items()))
        if arguments is None or isinstance(arguments, Mapping):
            return name, dict(arguments or {})
    raise ValueError(f"neither a name nor one name with its arguments: {entry!r}")


def check_layers(layers: list[Any]) -> Iterator[Mistake]:
    """Yield what is wrong with a list of layers, as far as names can tell.

    Args:
        layers: Entries as in `conf/model/*.yaml`.
    """
    for index, entry in enumerate(layers):
        yield from _check_entry(f"model.layers[{index}]", entry)


def check_callbacks(callbacks: list[Any]) -> Iterator[Mistake]:
    """Yield what is wrong with a list of callbacks, as far as names can tell.

    Args:
        callbacks: Entries such as `{EarlyStopping: {patience: 3}}`.
    """
    for index, entry in enumerate(callbacks):
        key = f"callbacks[{index}]"
        try:
            name, arguments = split_entry(entry)
        except ValueError:
            yield Mistake(key, "not a callback", "EarlyStopping: {patience: 3}", str(entry))
            continue
        if name not in CALLBACKS:
            yield _unknown_name(key, name, CALLBACKS, " or ".join(CALLBACKS))
            continue
        known = class_arguments("callbacks", name)
        wrong = list(_check_arguments(f"{key}.{name}", arguments, known))
        yield from wrong or _check_callback_values(f"{key}.{name}", arguments)


def _check_callback_values(key: str, arguments: Mapping[str, Any]) -> Iterator[Mistake]:
    for argument, value in arguments.items():
        allowed = CALLBACK_VALUES[argument]
        try:
            TypeAdapter(allowed, config=_VALUES).validate_python(value)
        except ValidationError:
            words = [word for word in get_args(allowed) if isinstance(word, str)]
            yield Mistake(
                f"{key}.{argument}",
                "not a possible value",
                expectation(allowed),
                str(value),
                nearest(value, words),
            )


def nested_module(argument: str) -> str | None:
    """Return the Keras module that an argument's nested names come from, or None."""
    return NESTED_MODULES.get(argument.rsplit("_", 1)[-1])


def _check_entry(key: str, entry: Any) -> Iterator[Mistake]:
    try:
        name, arguments = split_entry(entry)
    except ValueError:
        expected = "a layer's name, or one name with its arguments: Dense: {units: 10}"
        yield Mistake(key, "not a layer", expected, str(entry))
        return
    names = [*keras_classes("layers"), *BLOCKS]
    if name not in names:
        yield _unknown_name(key, name, names, "a layer of keras.layers or a block of MNISTER")
        return
    known = block_arguments(name) if name in BLOCKS else class_arguments("layers", name)
    yield from _check_arguments(f"{key}.{name}", arguments, known)


def _check_arguments(
    key: str, arguments: Mapping[str, Any], known: tuple[str, ...]
) -> Iterator[Mistake]:
    for argument, value in arguments.items():
        if argument not in known:
            near = nearest(argument, known)
            yield Mistake(
                f"{key}.{argument}", "no such argument", ", ".join(known), str(value), near
            )
        elif isinstance(value, Mapping):
            yield from _check_nested(f"{key}.{argument}", argument, value)
        elif _holds_names(value):
            yield _nested_where_none_may_be(f"{key}.{argument}", value)
        elif argument != "name" and is_misspelt_number(value):
            yield Mistake(f"{key}.{argument}", "not a number", "such as 100 or 0.5", str(value))


def _check_nested(key: str, argument: str, value: Mapping[str, Any]) -> Iterator[Mistake]:
    module = nested_module(argument)
    if module is None:
        yield _nested_where_none_may_be(key, value)
        return
    try:
        name, arguments = split_entry(value)
    except ValueError:
        yield Mistake(key, "not one name with its arguments", f"keras.{module}", str(value))
        return
    if name not in keras_classes(module):
        yield _unknown_name(key, name, keras_classes(module), f"a name of keras.{module}")
        return
    yield from _check_arguments(f"{key}.{name}", arguments, class_arguments(module, name))


def _holds_names(value: Any) -> bool:
    """Return whether a list has a mapping in it: Keras would look up what that names."""
    members = value if isinstance(value, list) else ()
    return any(isinstance(member, Mapping) or _holds_names(member) for member in members)


def _nested_where_none_may_be(key: str, value: Any) -> Mistake:
    return Mistake(key, "takes no nested names", "a plain value or a list of them", str(value))


def _unknown_name(key: str, name: str, names: Any, expected: str) -> Mistake:
    return Mistake(key, "no such name", expected, str(name), nearest(str(name), names))
