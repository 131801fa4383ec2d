"""What is wrong with a config, said so that it can be put right."""

import difflib
import math
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mnister.errors import UserError

PLAIN = "a number, true, false or null"


@dataclass(frozen=True)
class Mistake:
    """One thing wrong with a config.

    Attributes:
        key: Where, as it is typed: `optimizer.learning_rate`.
        problem: What is wrong there.
        expected: What would have been right, if that can be said.
        received: What was there.
        instead: What to type, if something near is right.
    """

    key: str
    problem: str
    expected: str | None = None
    received: str | None = None
    instead: str | None = None

    def __str__(self) -> str:
        """Return the mistake in the shape of every error."""
        return str(
            UserError(
                f"{self.key}: {self.problem}",
                expected=self.expected,
                received=self.received,
                instead=self.instead,
            )
        )


class ConfigError(UserError):
    """A config that cannot be run, with all that is wrong with it."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        super().__init__(f"{len(mistakes)} mistakes in the config")

    def __str__(self) -> str:
        """Return all mistakes, each in the shape of every error."""
        return "\n".join(str(mistake) for mistake in self.mistakes)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that is spelled most like `word`, or None if none is near."""
    found = difflib.get_close_matches(str(word), list(choices), n=1, cutoff=0.6)
    return found[0] if found else None


def is_plain(value: Any) -> bool:
    """Return whether a value is what `PLAIN` says."""
    return isinstance(value, bool | int | None) or (
        isinstance(value, float) and math.isfinite(value)
    )


def expectation(annotation: Any, constraints: Iterable[Any] = ()) -> str:
    """Say in words what values a type allows.

    Args:
        annotation: A type as written in a schema: `int`, `Literal[…]`, `X | None`, `list[X]` …
        constraints: Bounds from `annotated_types` (Ge, Gt, Le, Lt) that hold for it.

    Returns:
        Words such as `a whole number from 0 to 255` or `auto, otsu or null`.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        described = [getattr(item, "description", None) for item in arguments[1:]]
        words = expectation(arguments[0], [*_flat(arguments[1:]), *constraints])
        return next(filter(None, described), words)
    if origin is Literal:
        return _joined([_as_yaml(value) for value in arguments])
    if origin in (typing.Union, types.UnionType):
        return _joined(list(dict.fromkeys(map(expectation, arguments))))
    if origin is list:
        return f"a list, each {expectation(arguments[0])}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    if annotation is type(None):
        return "null"
    return words.get(annotation, "a section of keys") + _bounds(constraints)


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """Return the constraints, those inside a pydantic Field unpacked."""
    return [c for item in metadata for c in getattr(item, "metadata", [item])]


def _bounds(constraints: Iterable[Any]) -> str:
    values = {}
    for constraint in _flat(constraints):
        for name in ("ge", "gt", "le", "lt"):
            if getattr(constraint, name, None) is not None:
                values[name] = getattr(constraint, name)
    low = f"from {values['ge']}" if "ge" in values else f"above {values.get('gt')}"
    high = f"to {values['le']}" if "le" in values else f"below {values.get('lt')}"
    if "ge" in values and not {"le", "lt"} & set(values):
        low = f"of {values['ge']} or more"
    parts = [low] if {"ge", "gt"} & set(values) else []
    parts += [high] if {"le", "lt"} & set(values) else []
    return "".join(f" {part}" for part in parts)


def _as_yaml(value: Any) -> str:
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
