"""The keys of `infer.py mode=serve`: their types and ranges."""

from typing import Annotated, Literal

from pydantic import Field

from mnister.config.infer_schema import InferConfig
from mnister.config.section import Text

Token = Annotated[
    str,
    Field(
        pattern=r"^[!-~]{16,512}$",
        description="16 to 512 letters, digits and signs, without blanks",
    ),
]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", description="a name such as my-server")]
Origin = Annotated[
    str,
    Field(
        pattern=r"^https?://[A-Za-z0-9._\[\]:-]+$",
        description="http:// or https://, a name, perhaps :port, and no path",
    ),
]


class ServeConfig(InferConfig):
    """`mode=serve`: a page to write on, and an API."""

    mode: Literal["serve"]
    host: Text
    port: int = Field(ge=0, le=65535)
    token: Token | None
    token_file: Text | None
    certificate: Text | None
    certificate_key: Text | None
    allowed_hosts: list[Host]
    allowed_origins: list[Origin]
    workers: Annotated[int, Field(ge=1, le=256)] | None
    queue: int = Field(ge=0, le=10000)
    timeout_seconds: float = Field(gt=0, le=3600)
    most_megabytes: float = Field(gt=0, le=2000)
    most_megapixels: float = Field(gt=0, le=150)
    corrections: Text | None
