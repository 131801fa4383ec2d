"""`POST /corrections`: digits that somebody set right, kept as `data=image_folder` reads them.

Each becomes a picture `<class>/<when>-<hash>.png` that is written anew from its pixels, and a line
of `corrections.jsonl` that says where it came from. Nothing of a name comes from the caller but
the class, and that must be one of the model's.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mnister.data.datasets import DIGIT_NAMES, NONE_NAME
from mnister.errors import UserError
from mnister.images.files import picture_from_bytes
from mnister.run_files import write_atomically
from mnister.serving.answers import Refused
from mnister.serving.bodies import Bodies
from mnister.serving.versions import Versions

TABLE = "corrections.jsonl"
_MOST_PIXELS = 1_000_000  # of one picture

Words = Annotated[str, Field(max_length=200)]


class Correction(BaseModel):
    """One digit, as it is right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Words
    picture: Annotated[str, Field(max_length=4_000_000)]  # a PNG in base64
    box: Annotated[list[int], Field(min_length=4, max_length=4)]
    kind: Literal["digit", "rejected", "missed"]
    read_as: Words = ""
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    source: Words = ""
    model: Words = ""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    corrections: Annotated[list[Correction], Field(min_length=1, max_length=1000)]


class Corrections:
    """Keeps what is sent.

    Args:
        folder: Where to; None: nothing is kept.
        versions: Whose class names labels may have, beside 0 to 9.
        bodies: What reads requests.
    """

    def __init__(self, folder: str | None, versions: Versions, bodies: Bodies) -> None:
        self._folder, self._versions = folder and Path(folder), versions
        self._bodies, self._lock = bodies, threading.Lock()

    async def answer(self, request: Request) -> Response:
        """Keep the corrections of a request, all or none of them."""
        if self._folder is None:
            off = UserError("This server keeps no corrections", instead="corrections=<folder>")
            raise Refused(403, off)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(415, UserError("Corrections are sent as JSON", received=kind[:100]))
        async with self._bodies.read(request) as body:
            saved = await run_in_threadpool(self._keep, body)
        return JSONResponse({"saved": saved, "folder": str(self._folder)})

    def _keep(self, body: bytes) -> int:
        try:
            told = _Body.model_validate_json(body).corrections
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "the body"
            raise UserError(f"{where} cannot be taken", expected=fault["msg"]) from None
        names = {name for model in self._versions.all() for name in model.class_names}
        names |= {*DIGIT_NAMES, NONE_NAME}  # those of the page network
        pictures = [_written_anew(each, number, names) for number, each in enumerate(told)]
        with self._lock:
            for correction, picture in zip(told, pictures, strict=True):
                self._write(correction, picture)
        return len(told)

    def _write(self, correction: Correction, picture: bytes) -> None:
        """Write one picture, then its line; one that is here already stays as it is."""
        folder = self._folder / correction.label
        folder.mkdir(parents=True, exist_ok=True)
        now = time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime())
        content = hashlib.sha256(picture).hexdigest()[:12]
        if any(folder.glob(f"*-{content}.png")):
            return
        file = folder / f"{now}-{content}.png"
        write_atomically(picture, file, is_flushed=False)
        line = {"file": file.relative_to(self._folder).as_posix(), "time": now}
        line |= correction.model_dump(exclude={"picture"})
        with (self._folder / TABLE).open("a", encoding="utf-8") as table:
            table.write(json.dumps(line, ensure_ascii=False) + "\n")


def _written_anew(correction: Correction, number: int, names: Sequence[str] | set[str]) -> bytes:
    """Return a correction's picture as a PNG of its pixels alone.

    Raises:
        UserError: Its label is no class, or it is no picture.
    """
    label, called = correction.label, f"corrections.{number}"
    if label not in names or not is_folder_name(label):
        raise UserError(
            f"{called}.label is no class",
            expected=", ".join(sorted(filter(is_folder_name, names))),
            received=label,
        )
    try:
        data = base64.b64decode(correction.picture, validate=True)
    except ValueError:
        raise UserError(f"{called}.picture is not in base64") from None
    pixels: Any = picture_from_bytes(data, f"{called}.picture", most_pixels=_MOST_PIXELS).pixels
    _, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    return encoded.tobytes()


def is_folder_name(name: str) -> bool:
    """Tell whether a class's name may be a folder's, below the one that it is meant for."""
    return name.isprintable() and not set(name) & set('/\\:*?"<>|') and name[:1] not in ("", ".")
