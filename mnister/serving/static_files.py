"""The files of the page, read once; what is not among them is not there, whatever its name."""

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "static"
_KINDS = {".js": "text/javascript", ".html": "text/html", ".css": "text/css"}

Endpoint = Callable[[Request], Awaitable[Response]]


class StaticFiles:
    """Answers with files of `static/`."""

    def __init__(self) -> None:
        self._files = {file.name: file.read_bytes() for file in sorted(_FOLDER.iterdir())}
        self._tags = {n: f'"{hashlib.sha256(d).hexdigest()[:20]}"' for n, d in self._files.items()}

    def page(self, name: str) -> Endpoint:
        """Return what answers with one file."""

        async def endpoint(request: Request) -> Response:
            return self._answer(request, name)

        return endpoint

    async def file(self, request: Request) -> Response:
        """Answer with the file that the path names."""
        return self._answer(request, request.path_params["name"])

    def _answer(self, request: Request, name: str) -> Response:
        if name not in self._files:
            raise HTTPException(404)
        headers = {"cache-control": "no-cache", "etag": self._tags[name]}
        if request.headers.get("if-none-match") == self._tags[name]:
            return Response(status_code=304, headers=headers)
        kind = _KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
        return Response(self._files[name], headers=headers, media_type=kind)
