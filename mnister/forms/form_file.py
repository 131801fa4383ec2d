"""form.yaml: what may stand in it, read and written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from mnister.config.mistakes import ConfigError, Mistake, expectation, nearest
from mnister.config.section import Count, Section, Text
from mnister.documents.find import page_of
from mnister.errors import UserError
from mnister.images.files import Picture, load_picture

Box = tuple[int, int, int, int]
COLUMNS = ("file", "note", "error")  # of fields.csv, beside those of the fields
PROBABILITY = "_probability"  # behind a field's name: its other column
_MOST_DIGITS = 100


class FieldEntry(Section):
    """A field, as form.yaml has it."""

    name: Annotated[
        Text, Field(pattern=r"^\S(?:[^\r\n]{0,98}\S)?$", description="a name of up to 100 letters")
    ]
    box: Annotated[
        list[int],
        Field(
            min_length=4,
            max_length=4,
            description="[x, y, width, height], whole pixels of the template",
        ),
    ]
    digits: Annotated[int, Field(ge=1, le=_MOST_DIGITS)] | None = None
    required: bool = False


class FormEntry(Section):
    """All of a form.yaml."""

    template: Text
    fields: Annotated[list[FieldEntry], Field(min_length=1, description="a list of fields")]


@dataclass(frozen=True)
class FormField:
    """A field of a form.

    Attributes:
        name: Its column in fields.csv.
        box: x, y, width, height, pixels of the template.
        digits: How many belong there; None: any number.
        required: It may not be empty.
    """

    name: str
    box: Box
    digits: Count | None = None
    required: bool = False


@dataclass(frozen=True)
class Form:
    """A template and its fields.

    Attributes:
        template: Its file, as named in form.yaml.
        picture: Of the template, upright.
        fields: In the order of form.yaml.
    """

    template: str
    picture: Picture
    fields: tuple[FormField, ...]


def load_form(path: str | Path) -> Form:
    """Read a form.yaml and the template that it names, which lies relative to it.

    Raises:
        ConfigError: All that is wrong with what stands in it.
        UserError: It or the template cannot be read.
    """
    path = Path(path).expanduser()
    values = _read_yaml(path)
    try:
        entry = FormEntry.model_validate(values)
    except ValidationError as error:
        mistakes = [_mistake(path.name, detail, values) for detail in error.errors()]
        raise ConfigError(list({mistake.key: mistake for mistake in mistakes}.values())) from None
    picture = load_template(path.parent / Path(entry.template).expanduser(), path.name)
    mistakes = list(_contradictions(path.name, entry.fields, picture))
    if mistakes:
        raise ConfigError(mistakes)
    fields = (FormField(e.name, tuple(e.box), e.digits, e.required) for e in entry.fields)
    return Form(entry.template, picture, tuple(fields))


def load_template(path: Path, named_in: str | None = None) -> Picture:
    """Load the picture of an empty form: a picture, or a page such as "form.pdf#2".

    Args:
        path: The file.
        named_in: What named it, to be told where it cannot be read.

    Raises:
        UserError: It cannot be read.
    """
    try:
        return load_picture(page_of(path))
    except UserError as error:
        if named_in is None:
            raise
        raise UserError(
            f"{named_in}: template cannot be read",
            expected="the picture of the empty form, its path relative to this file's folder",
            received=str(error).splitlines()[0],
        ) from None


def form_text(path: Path, template: str, fields: Sequence[FormField]) -> str:
    """Return the text of a form.yaml.

    Args:
        path: Where it is to lie, for the command in its head.
        template: The template's file, relative to it.
        fields: Of the form.
    """
    head = f"""\
# The fields of a form. Name them, add what is missing, take out what is none; then:
#   python infer.py mode=fields fields={path} images=folder
# template: the picture of the empty form, relative to this file.
# box: x, y, width, height in pixels of it. digits: how many belong there; null: any number.
# required: whether it may not be empty.
template: {_quoted(template)}
fields:
"""
    entries = (
        f"  - name: {_quoted(field.name)}\n"
        f"    box: [{', '.join(map(str, field.box))}]\n"
        f"    digits: {'null' if field.digits is None else field.digits}\n"
        f"    required: {str(field.required).lower()}\n"
        for field in fields
    )
    return head + "".join(entries)


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, allow_unicode=True, width=1000).splitlines()[0]


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UserError(
            f"There is no file {path}",
            expected="a form.yaml",
            instead="mode=fields template=blank.png, which draws one",
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read", received=error.strerror) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(
            f"{path} is not YAML",
            expected="template: blank.png, and fields: with a list below it",
            received=" ".join(str(error).split()),
        ) from None
    if not isinstance(values, Mapping):
        raise UserError(
            f"{path} describes no form",
            expected="template: blank.png, and fields: with a list below it",
            received="nothing" if values is None else f"a {type(values).__name__}",
        )
    return values


def _mistake(file: str, detail: Mapping[str, Any], values: Any) -> Mistake:
    """Say one thing that is wrong with the shape of a form.yaml."""
    path = list(detail["loc"])
    if path[-1] in ("int", "none"):  # the tags of a union
        path = path[:-1]
    entry = FieldEntry if path[0] == "fields" and len(path) > 1 else FormEntry
    known = entry.model_fields
    key = f"{file}: " + "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path
    ).lstrip(".")
    named = path[2] if entry is FieldEntry and len(path) > 2 else path[0]
    if detail["type"] == "extra_forbidden":
        near = nearest(str(named), known)
        return Mistake(key, "no such key", "one of " + ", ".join(known), str(named), near)
    field = known.get(named)
    if field is None or (entry is FieldEntry and len(path) == 2):
        return Mistake(key, "no field", "name, box, digits, required", str(detail["input"]))
    expected = field.description or expectation(field.annotation, field.metadata)
    if detail["type"] == "missing":
        return Mistake(key, "missing", expected)
    received = values
    for part in path:
        received = received[part]
    shown = {True: "true", False: "false", None: "null"}.get(received, received) if not isinstance(
        received, list | dict | int | float
    ) or isinstance(received, bool) else received  # fmt: skip
    return Mistake(key, "not a possible value", expected, str(shown))


def _contradictions(
    file: str, entries: Sequence[FieldEntry], picture: Picture
) -> Iterator[Mistake]:
    """Yield what is wrong with fields of the right shape."""
    columns: dict[str, str] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"{file}: fields[{number}]"
        for column in (entry.name, entry.name + PROBABILITY):
            if column in COLUMNS:
                expected = "a name other than those of the columns " + ", ".join(COLUMNS)
                yield Mistake(f"{where}.name", "is taken", expected, entry.name)
            elif column in columns:
                expected = "names of which no two, and no two columns, are the same"
                received = f"{entry.name}, as of {columns[column]}"
                yield Mistake(f"{where}.name", "is taken", expected, received)
                break
            columns.setdefault(column, f"fields[{number}]")
        x, y, width, height = entry.box
        is_on = x >= 0 and y >= 0 and x + width <= picture.width and y + height <= picture.height
        if min(width, height) < 1 or not is_on:
            yield Mistake(
                f"{where}.box",
                "is not on the template" if min(width, height) > 0 else "is empty",
                f"x, y, width, height within {picture.width} × {picture.height} pixels",
                str(list(entry.box)),
            )
