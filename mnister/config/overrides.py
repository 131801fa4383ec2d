"""Overrides as typed, brought to the one form in which Hydra takes them."""

import functools
import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from mnister.config import Menu
from mnister.config.as_typed import keep_text
from mnister.page_numbers import is_pages

_SWITCHES = {"debug=true": "debug=traceback", "debug=false": "debug=none"}


def normalize(menu: Menu, text: str) -> str:
    """Return an override that means what was typed, whatever characters its value has.

    A value that Hydra's grammar cannot read, such as `Bücher/[1].png`, is the text that it is, and
    so is that of a text key which the grammar would read as a number, such as `2026_11`, and that
    of `pages`, `1-3,7`, which it would read as several runs.
    `+` and `++` say nothing here: a key that is not on the menu is refused with or without.

    Args:
        menu: `train` or `infer`.
        text: As typed, such as `+experiment=quick` or `images=Größe.png`.
    """
    if menu == "train":  # a group of that name; `infer.py` has a switch
        text = _SWITCHES.get(text.lower(), text)
    if not text.lstrip("+").startswith("hydra"):
        text = text.lstrip("+")
    key, equals, value = text.partition("=")
    if menu == "infer" and key == "pages" and is_pages(value):
        return f"{key}={quoted(value)}"  # 1-3,7 are pages of one run, not one of several runs each
    parsed = parse(text)
    if parsed is not None:
        return keep_text(parsed)
    in_quotes = f"{key}={quoted(value)}"
    return in_quotes if equals and parse(in_quotes) else text


def parse(text: str) -> Override | None:
    """Return an override as Hydra reads it; None if its grammar has nothing like that."""
    try:
        override = _parser().parse_override(text)
    except HydraException:
        return None
    return override if override.key_or_group else None


@functools.cache
def _parser() -> OverridesParser:
    return OverridesParser.create()


def quoted(value: str) -> str:
    """Quote a value for Hydra's grammar: backslashes count only where a quote follows."""
    escaped = re.sub(r"(\\*)'", r"\1\1\\'", value)
    at_end = re.search(r"\\*$", value)[0]
    return f"'{escaped}{at_end}'"
