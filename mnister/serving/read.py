"""`POST /read`: a picture comes, what stands on it goes back."""

import asyncio
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.requests import Request
from starlette.responses import Response

from mnister.config.serve_schema import ServeConfig
from mnister.errors import UserError
from mnister.images.files import check_size
from mnister.images.headers import read_header
from mnister.models.store import ExportedModel
from mnister.reading.library import no_digit_network
from mnister.serving import reading
from mnister.serving.answers import Refused
from mnister.serving.bodies import picture_in, read_body
from mnister.serving.limits import Gate, too_late
from mnister.serving.versions import NONE, Versions
from mnister.serving.workers import WorkerLost, Workers

log = logging.getLogger("mnister.serving")


class Query(BaseModel):
    """What the query of a request may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["multi_digit", "single_digit"] = "multi_digit"
    threshold: Literal["auto", "otsu", "sauvola"] | Annotated[int, Field(ge=0, le=255)] = "auto"
    min_confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    read_printed: bool = False
    model: Annotated[str, Field(max_length=120)] | None = None
    details: bool = False

    @field_validator("threshold", mode="before")
    @classmethod
    def _as_number(cls, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    def options(self) -> tuple[tuple[str, Any], ...]:
        """Return the reader's options, as sorted pairs."""
        return tuple(sorted(self.model_dump(exclude={"model", "details"}).items()))


class ReadEndpoint:
    """Answers requests to read, a few at once, each within its time.

    Args:
        config: A checked config.
        versions: Those that are served.
        workers: Processes set up by `reading.start`.
    """

    def __init__(self, config: ServeConfig, versions: Versions, workers: Workers) -> None:
        self._config, self._versions, self._workers = config, versions, workers
        self.gate = Gate(workers.count, config.queue)
        self._most_bytes = int(config.most_megabytes * 1e6)
        self._most_pixels = int(config.most_megapixels * 1e6)
        self._threads = ThreadPoolExecutor(workers.count, "mnister-waits-for-worker")

    async def answer(self, request: Request) -> Response:
        """Read the picture of a request; see `Query` for what it may ask."""
        query = parse_query(request.query_params, self._config.preprocessing.threshold)
        seconds = self._config.timeout_seconds
        deadline = time.monotonic() + seconds
        with self.gate.admitted():
            body = await picture_in(request, await read_body(request, self._most_bytes, seconds))
            self._check_header(body)
            job = self._job(body, query, kind_of(request.headers.get("accept", "")))
            try:
                read = await self._in_turn(request, job, deadline)
            except TimeoutError:
                raise too_late(seconds) from None
        request.state.digits = read.digits
        return Response(read.body, media_type=job.kind)

    async def _in_turn(self, request: Request, job: reading.Job, deadline: float) -> reading.Read:
        """Wait for a process and have it read, unless the caller is gone meanwhile."""
        async with self.gate.turn(deadline - time.monotonic()):
            if await request.is_disconnected():
                raise Refused(499, UserError("The caller is gone"))
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._threads, self._workers.do, job, deadline)
            except asyncio.CancelledError:  # it was not done when the server had to end
                stopping = UserError(
                    "The server is stopping", instead="the same again in a moment"
                )
                raise Refused(503, stopping, {"Retry-After": "5"}) from None
            except WorkerLost:
                lost = UserError(
                    "The process that read the picture ended; it is replaced",
                    instead="the same once more, or a smaller picture",
                )
                raise Refused(500, lost) from None

    def _check_header(self, body: bytes) -> None:
        """Refuse a picture by what its first bytes say, before a process has it."""
        header = read_header(body)
        if header is not None:
            check_size(header.width, header.height, self._most_pixels, "The picture")

    def _job(self, body: bytes, query: Query, kind: str) -> reading.Job:
        model = self._model(query.model)
        if model is None and query.threshold != "auto":
            raise no_digit_network("threshold=auto", f"threshold={query.threshold}")
        path = model and str(model.path)
        return reading.Job(body, path, query.options(), kind, query.details, self._most_pixels)

    def _model(self, wanted: str | None) -> ExportedModel | None:
        """Return the version that a query names, a model's name or name/number; None: none."""
        if wanted == NONE or (not wanted and self._versions.current is None):
            return None
        name, _, number = (wanted or "").partition("/")
        is_number = number == "" or (number.isascii() and number.isdecimal())
        version = int(number) if number and is_number else None
        found = self._versions.find(name or None, version) if is_number else None
        if found is None:
            names = [*(f"{m.name}/{m.version}" for m in self._versions.all()[-8:]), NONE]
            no_such = UserError(
                "There is no such model", expected=", ".join(names), received=wanted
            )
            raise Refused(404, no_such)
        return found

    def close(self) -> None:
        """Wait for no more answers."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def parse_query(asked: Mapping[str, str], threshold: str | int) -> Query:
    """Return what a query says.

    Args:
        asked: The query.
        threshold: Where it says nothing of that.

    Raises:
        UserError: A name or a value is wrong.
    """
    try:
        return Query(**{"threshold": threshold, **asked})
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        known = ", ".join(Query.model_fields)
        is_known = fault["type"] != "extra_forbidden"
        raise UserError(
            f"{name[:100]}: " + ("not a possible value" if is_known else "no such parameter"),
            expected=fault["msg"] if is_known else f"one of {known}",
            received=str(fault["input"])[:200],
        ) from None


def kind_of(accept: str) -> str:
    """Return which kind of answer an Accept header asks for; JSON where it does not matter.

    Args:
        accept: The header. Of several kinds the first that there is is taken.
    """
    for part in accept.split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in (reading.PNG, reading.CSV, reading.JSON):
            return kind
    return reading.JSON
