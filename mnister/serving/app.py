"""What is answered where: the paths of the server, and what lies around them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from mnister.config.serve_schema import ServeConfig
from mnister.errors import UserError
from mnister.serving import answers
from mnister.serving.access import AccessLog
from mnister.serving.bodies import Bodies
from mnister.serving.corrections import Corrections
from mnister.serving.metrics import Metrics
from mnister.serving.networks import Networks
from mnister.serving.open_inference import OpenInference
from mnister.serving.read import ReadEndpoint
from mnister.serving.security import Guard
from mnister.serving.static_files import StaticFiles
from mnister.serving.tensorflow_rest import TensorFlowRest
from mnister.serving.versions import Versions

log = logging.getLogger("mnister.serving")

LOOK_SECONDS = 2.0  # between two looks for new versions


@dataclass(frozen=True)
class Parts:
    """What a server is put together from.

    Attributes:
        config: A checked config.
        token: What callers must send.
        versions: Those that are served.
        read: Answers `/read`.
        access: The access log.
    """

    config: ServeConfig
    token: str | None
    versions: Versions
    read: ReadEndpoint
    access: logging.Logger


def make_app(parts: Parts) -> ASGIApp:
    """Put a server together."""
    metrics = Metrics(lambda: parts.read.gate.inside)
    static = StaticFiles()
    config = parts.config
    bodies = Bodies(int(config.most_megabytes * 1e6), config.timeout_seconds)
    corrections = Corrections(config.corrections, parts.versions, bodies)

    threads = getattr(config.runtime, "threads", None) or 1
    networks = Networks(config.runtime.name, threads, metrics.batch.observe)

    async def models(_request: Request) -> Response:
        return JSONResponse(_models_as_json(parts.versions))

    async def told_metrics(_request: Request) -> Response:
        return Response(metrics.text(), media_type=metrics.content_type)

    routes = [  # those first that are asked for most often
        *TensorFlowRest(parts.versions, networks, bodies).routes(),
        *OpenInference(parts.versions, networks, bodies).routes(),
        Route("/", static.page("index.html"), name="page"),
        Route("/docs", static.page("docs.html"), name="docs"),
        Route("/static/{name}", static.file, name="static"),
        Route("/read", parts.read.answer, methods=["POST"], name="read"),
        Route("/corrections", corrections.answer, methods=["POST"], name="corrections"),
        Route("/models", models, name="models"),
        Route("/metrics", told_metrics, name="metrics"),
    ]
    app = Starlette(
        routes=routes,
        lifespan=_lifespan(parts, networks),
        exception_handlers={
            answers.Refused: answers.answer_refused,
            UserError: answers.answer_user_error,
            HTTPException: answers.answer_http_exception,
            ClientDisconnect: _answer_nobody,
            Exception: answers.answer_fault,
        },
    )
    guarded: ASGIApp = Guard(app, parts.token, config.allowed_hosts, config.allowed_origins)
    if config.allowed_origins:
        guarded = CORSMiddleware(
            guarded,
            allow_origins=config.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    return AccessLog(guarded, parts.access, metrics)


def _lifespan(parts: Parts, networks: Networks) -> Lifespan[Starlette]:
    """Look for new versions while the server runs."""

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.to_thread(parts.versions.refresh)
            except Exception:
                log.exception("Looking for new versions failed; it goes on")

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        looking = asyncio.create_task(look())
        yield
        looking.cancel()
        parts.read.close()
        networks.close()

    return lifespan


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    """Answer a caller that is gone; nobody hears it."""
    return Response(status_code=499)


def _models_as_json(versions: Versions) -> dict:
    """List what may be asked for, and which version answers where none is named."""
    listed = [
        {"name": m.name, "version": m.version, "class_names": list(m.class_names)}
        for m in reversed(versions.all())
    ]
    current = versions.current
    answering = None if current is None else f"{current.name}/{current.version}"
    return {"current": answering, "models": listed}
