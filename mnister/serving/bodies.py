"""What a request brings: its body, limited in size and time, and the picture in it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mnister.errors import UserError
from mnister.serving.answers import Refused
from mnister.serving.limits import Gate

_SMALL, _LARGE_AT_ONCE = 250_000, 8
_DRAINED = 4  # times the limit: so much of a body that is refused is read, and forgotten


class Bodies:
    """Reads bodies within limits; of large ones a few at once, so that memory has an end.

    Args:
        most: Bytes of one.
        seconds: In which all of it must have come.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._large = Gate(_LARGE_AT_ONCE, 0)

    @contextlib.asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """Give a request's body; see `read_body`.

        Raises:
            Refused: 503, too many large ones are in work, too.
        """
        announced = request.headers.get("content-length", "")
        is_small = announced.isdecimal() and int(announced) <= _SMALL
        with contextlib.nullcontext() if is_small else self._large.admitted():
            yield await read_body(request, self._most, self._seconds)


async def read_body(request: Request, most: int, seconds: float) -> bytes:
    """Read a request's body.

    Args:
        request: The request.
        most: Bytes.
        seconds: In which all of it must have come.

    Raises:
        Refused: 413 when it is longer, 408 when it is slower, 415 when it is compressed.
        starlette.requests.ClientDisconnect: The caller is gone.
    """
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("", "identity"):
        unknown = UserError("Requests are taken as they are", received=packed[:100])
        raise Refused(415, unknown, {"Accept-Encoding": "identity"})
    try:
        async with asyncio.timeout(seconds):
            announced = request.headers.get("content-length", "")
            if announced.isdecimal() and int(announced) > most * _DRAINED:
                raise _too_large(most, f"{int(announced):,} bytes")
            return await _read_at_most(request, most)
    except TimeoutError:
        slow = UserError("The request came too slowly", expected=f"all of it in {seconds:g} s")
        raise Refused(408, slow, {"Connection": "close"}) from None


async def _read_at_most(request: Request, most: int) -> bytes:
    """Read a body; of one that is too long some more, as a caller hears nothing before that."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
        else:
            parts.clear()
        if size > most * _DRAINED:
            break
    if size > most:
        raise _too_large(most, f"{size:,} bytes or more")
    return b"".join(parts)


def _too_large(most: int, received: str) -> Refused:
    error = UserError(
        "The request is too large",
        expected=f"at most {most:,} bytes",
        received=received,
        instead="scale the picture down first",
    )
    return Refused(413, error, {"Connection": "close"})


async def picture_in(request: Request, body: bytes) -> bytes:
    """Return the picture's file that a body is, or that is in its form.

    Raises:
        UserError: There is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        body = await _file_in_form(request, body)
    if not body:
        raise UserError(
            "There is no picture in the request",
            expected="a picture's file as the body, or in a form",
            received="nothing",
            instead="curl --data-binary @photo.jpg …, or curl -F picture=@photo.jpg …",
        )
    return body


async def _file_in_form(request: Request, body: bytes) -> bytes:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, stream(), max_files=1, max_fields=16)
    parser.spool_max_size = len(body) + 1  # pictures are never written to a disk
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise UserError(
            "The form cannot be read",
            expected="multipart/form-data with one file",
            received=str(getattr(error, "message", error))[:200],
        ) from None
    try:
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        return await files[0].read() if files else b""
    finally:
        await form.close()
