"""What was typed is what is meant: text keys keep their text, a number is a number everywhere.

Hydra's grammar and YAML read `2026_11` as 202611, and YAML 1.1 `0500` as 320 and `1:30` as 90.
Here the schema says which keys are text, and the grammar of the command line what is a number.
"""

import functools
import re
import types
from typing import Annotated, Any, Union, get_args, get_origin

from hydra.core.override_parser.types import Override, ValueType

# Hydra's own keys that are text, beside those that are named as one of MNISTER's: dir, name.
HYDRAS_TEXT_KEYS = {"subdir", "study_name"}

_WHOLE = r"(?:0|[1-9](?:_?[0-9])*)"
_PART = r"[0-9](?:_?[0-9])*"
# As in Hydra's grammar of overrides.
_NUMBER = re.compile(
    rf"[+-]?(?:{_WHOLE}|(?:{_WHOLE}\.|{_WHOLE}?\.{_PART}|{_WHOLE}(?=[eE]))(?:[eE][+-]?{_PART})?)"
)
# What YAML has beside them and nobody reads otherwise: hexadecimal, binary, infinity.
_ALSO_IN_YAML = re.compile(
    r"[+-]?(?:0x[0-9a-fA-F_]+|0b[01_]+|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
# A text in quotes, which is passed over; or a word that is a whole value or element.
_WORDS = re.compile(
    r"""'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|(?P<before>^|[,\[(]\s*)(?P<word>[\w.+-]+)(?=\s*(?:[,\])]|$))"""
)
_PLAIN = re.compile(r"0|-?[1-9][0-9]*")
_NO_LIST = (ValueType.RANGE_SWEEP, ValueType.INTERVAL_SWEEP, ValueType.GLOB_CHOICE_SWEEP)


def is_number(text: str, *, is_yaml: bool = False) -> bool:
    """Tell whether the command line, or a YAML file, takes a text for a finite number.

    Args:
        text: Such as `0500`, which is none.
        is_yaml: Hexadecimal, binary and infinite numbers count, too.
    """
    is_other = is_yaml and _ALSO_IN_YAML.fullmatch(text)
    return bool(is_other or _NUMBER.fullmatch(text))


def is_plain_number(text: str) -> bool:
    """Tell whether a text is a whole number that is written so again."""
    return bool(_PLAIN.fullmatch(text))


def is_misspelt_number(value: Any) -> bool:
    """Tell whether a value is, or a list has, text that is meant for a number: `0500`, `1:30`."""
    if isinstance(value, list):
        return any(map(is_misspelt_number, value))
    return isinstance(value, str) and bool(re.fullmatch(r"[+-]?[0-9][0-9_:.]*", value))


@functools.cache
def text_keys() -> frozenset[str]:
    """Return the names, without their sections, of the keys that are text or lists of texts."""
    from mnister.config import infer_schema
    from mnister.config.section import Section

    sections = [Section, infer_schema.InferConfig]
    for section in sections:  # grows as it goes
        sections += [s for s in section.__subclasses__() if s not in sections]
    fields = [item for section in sections for item in section.model_fields.items()]
    return HYDRAS_TEXT_KEYS | {name for name, field in fields if _takes_text(field.annotation)}


def _takes_text(annotation: Any) -> bool:
    """Tell whether a type allows any text, or a list of nothing but texts."""
    is_union = get_origin(annotation) in (Union, types.UnionType)
    members = [_bare(m) for m in (get_args(annotation) if is_union else (annotation,))]
    others = [member for member in members if member is not types.NoneType]
    is_list = len(others) == 1 and get_origin(others[0]) is list
    return str in members or (is_list and _bare(get_args(others[0])[0]) is str)


def _bare(annotation: Any) -> Any:
    """Return a type without its constraints."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def is_text_key(key: str) -> bool:
    """Tell whether a key, such as `export.dir`, is text."""
    return key.rpartition(".")[2] in text_keys()


def keep_text(override: Override) -> str:
    """Return the override of a text key as typed, what would be read as a number in quotes.

    Args:
        override: `images=2026_11`, `data.class_names=[01,1_0]`, or a sweep over such.
    """
    text = override.input_line
    is_text = isinstance(override.value(), str | dict)
    if is_text or override.value_type in _NO_LIST or not is_text_key(override.key_or_group):
        return text
    key, equals, value = text.partition("=")
    return key + equals + _WORDS.sub(_in_quotes, value)


def _in_quotes(match: re.Match) -> str:
    word = match["word"]
    return f"{match['before']}'{word}'" if word and _would_change(word) else match[0]


def _would_change(word: str) -> bool:
    """Tell whether a number or a boolean of the command line would be written otherwise."""
    is_word = word.lower().lstrip("+-") in ("true", "false", "inf", "nan")
    return is_word or (is_number(word) and not is_plain_number(word))
