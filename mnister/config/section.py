"""What sections of a config are made of: types that stand in several, and what holds for all."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
BatchSize = Annotated[int, Field(ge=1, le=65536)]
Count = Annotated[int, Field(ge=1)]
Threads = Annotated[int, Field(ge=1, le=1024)] | None
Threshold = Literal["auto", "otsu", "sauvola"] | Annotated[int, Field(ge=0, le=255)]
Text = Annotated[
    str,
    BeforeValidator(lambda v: str(v) if type(v) is int else v),  # folder 2024
    Field(min_length=1),  # dir=$UNSET is no folder, least of all the current one
]
ModelName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$",
        max_length=100,
        description="up to 100 letters from a to z, digits, _ and -, first a letter or _",
    ),
]
Device = Annotated[str, Field(pattern=r"^(CPU|GPU):\d+$", description="CPU:0, GPU:0, GPU:1 …")]


class Section(BaseModel):
    """A part of a config: unknown keys are refused, types are not converted."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        defer_build=True,  # of the two menus a command checks only one
    )
