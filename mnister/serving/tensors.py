"""What the APIs of bare networks share: the signature, the version asked for, numbers → images."""

from typing import Any

import numpy as np
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from mnister.errors import UserError
from mnister.models.store import ExportedModel
from mnister.serving.answers import Refused
from mnister.serving.versions import Versions

IMAGE = (28, 28, 1)
LARGE = 200_000  # bytes of JSON: more are understood beside other requests


def wrong(what: str, expected: str | None = None, received: str | None = None) -> Refused:
    """Return what a request of these APIs is told that is not right: status 400."""
    return Refused(400, UserError(what, expected=expected, received=received))


def asked_version(request: Request, versions: Versions) -> ExportedModel:
    """Return the version that a path names.

    Raises:
        Refused: 404, there is none.
    """
    name, number = request.path_params["name"], request.path_params.get("version")
    is_number = number is None or (number.isascii() and number.isdecimal() and len(number) < 16)
    model = versions.find(name, number and int(number)) if is_number else None
    if model is None:
        called = (f"{name}/{number}" if number else name)[:200]
        known = ", ".join(f"{m.name}/{m.version}" for m in versions.all()[-8:])
        if known:
            raise Refused(404, UserError(f"There is no model {called}", expected=known))
        none = UserError(
            f"There is no model {called}: no digit network is exported",
            expected="one that was trained; /read works without",
            instead="export one, which is served within seconds",
        )
        raise Refused(404, none)
    return model


async def read_json(body: bytes) -> dict[str, Any]:
    """Understand a body as a JSON object.

    Raises:
        Refused: 400, it is none.
    """
    try:
        told = from_json(body) if len(body) < LARGE else await run_in_threadpool(from_json, body)
    except ValueError as error:
        raise wrong("The request is no JSON", received=str(error)[:200]) from None
    if not isinstance(told, dict):
        raise wrong("The request is no JSON object", received=type(told).__name__)
    return told


def as_images(values: Any, name: str) -> np.ndarray:
    """Return nested lists of numbers as images.

    Args:
        values: N lists of 28 lists of 28 lists of one whole number from 0 to 255.
        name: What an error calls them.

    Returns:
        uint8 (N, 28, 28, 1).

    Raises:
        Refused: 400, they are something else.
    """
    try:
        array = np.array(values)
    except (ValueError, OverflowError):
        raise wrong(f"{name} has lists of different lengths") from None
    if array.size == 0 and array.ndim == 1:
        return np.zeros((0, *IMAGE), np.uint8)
    return checked_images(array, name)


def checked_images(array: np.ndarray, name: str) -> np.ndarray:
    """Return an array as images, if it is that; see `as_images`."""
    if array.dtype.kind not in "iu" or array.shape[1:] != IMAGE:
        raise wrong(
            f"{name} is no list of images",
            "whole numbers in the shape [N, 28, 28, 1]",
            f"{array.dtype.name if array.dtype.kind in 'iufb' else 'other values'} in the shape "
            f"{list(array.shape)}",
        )
    if array.size and not (array.min() >= 0 and array.max() <= 255):
        raise wrong(f"{name} has values out of range", "0 to 255")
    return array.astype(np.uint8)
