"""The access log: a line of JSON for each request, without anything of its pictures."""

import asyncio
import json
import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnister.serving.metrics import Metrics

log = logging.getLogger("mnister.serving")

FILE = "access.jsonl"
_MOST_BYTES, _FILES = 20_000_000, 4
_LONGEST_PATH = 200
_TOGETHER = 0.1  # seconds: lines are written as often; a file's every write costs 0.05 ms


def open_access_log(folder: Path) -> logging.Logger:
    """Open the log of a run's folder; of what is older than some 80 MB it forgets.

    Args:
        folder: The run folder.
    """
    access = logging.getLogger("mnister.serving.access")
    handler = RotatingFileHandler(
        folder / FILE, maxBytes=_MOST_BYTES, backupCount=_FILES - 1, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
    return access


class AccessLog:
    """Notes every request when it is answered, and what it counts for.

    Args:
        app: What answers. It may put `digits` into the request's state: how many were read.
        access: Where lines go.
        metrics: Where requests are counted.
    """

    def __init__(self, app: ASGIApp, access: logging.Logger, metrics: Metrics) -> None:
        self._app, self._access, self._metrics = app, access, metrics
        self._lines: list[str] = []
        self._is_over = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":  # the server's life
            try:
                await self._app(scope, receive, send)
            finally:
                self._is_over = True
                self._write()
            return
        started, status, sizes = time.perf_counter(), [0], [0, 0]

        async def counted_receive() -> Message:
            message = await receive()
            sizes[0] += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            sizes[1] += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, counted_receive, counted_send)
        finally:
            self._note(scope, status[0], time.perf_counter() - started, sizes)

    def _note(self, scope: Scope, status: int, seconds: float, sizes: list[int]) -> None:
        """Keep the line to write; 499 stands for a caller that was gone before the answer."""
        digits = scope.get("state", {}).get("digits", 0)
        route = scope.get("route")
        self._metrics.note(getattr(route, "name", "other"), status or 499, seconds, digits)
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": (scope.get("client") or ("", 0))[0],
            "method": scope["method"],
            "path": scope["path"][:_LONGEST_PATH],
            "status": status or 499,
            "ms": round(1000 * seconds, 1),
            "received": sizes[0],
            "sent": sizes[1],
            "digits": digits,
        }
        self._lines.append(json.dumps(line))
        if self._is_over:
            self._write()
        elif len(self._lines) == 1:
            asyncio.get_running_loop().call_later(_TOGETHER, self._write)

    def _write(self) -> None:
        """Write what is kept."""
        lines, self._lines = self._lines, []
        if lines:
            self._access.info("\n".join(lines))
