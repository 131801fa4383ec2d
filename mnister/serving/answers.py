"""What is answered when a request cannot be: one shape of error, each status with its reason."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mnister.errors import UserError


class Refused(Exception):  # noqa: N818  (the caller's mistake, or a limit)
    """A request that is not done.

    Args:
        status: Of HTTP.
        error: What is wrong, in the shape of every error.
        headers: More headers of the answer.
    """

    def __init__(
        self, status: int, error: UserError, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status, self.error, self.headers = status, error, dict(headers or {})
        super().__init__(str(error))


def error_as_json(error: UserError) -> dict[str, Any]:
    """Return an error as JSON: `error`, then the parts that are known."""
    parts = {"expected": error.expected, "received": error.received, "instead": error.instead}
    return {"error": error.what} | {name: said for name, said in parts.items() if said is not None}


def error_answer(
    status: int, error: UserError, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that tells of an error."""
    return JSONResponse(error_as_json(error), status, headers)


async def answer_refused(_request: Request, refused: Exception) -> Response:
    """Answer what was refused."""
    return error_answer(refused.status, refused.error, refused.headers)  # type: ignore[attr-defined]


async def answer_user_error(_request: Request, error: Exception) -> Response:
    """Answer an error that the caller can mend."""
    return error_answer(422, error)  # type: ignore[arg-type]


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: a path that is not there, a method that it has not."""
    status = error.status_code  # type: ignore[attr-defined]
    what = {404: "There is no such path", 405: "This path takes another method"}.get(status)
    wrong = UserError(
        what or str(error.detail),  # type: ignore[attr-defined]
        received=f"{request.method} {request.url.path}"[:200],
        instead="/docs lists what there is",
    )
    return error_answer(status, wrong, getattr(error, "headers", None))


async def answer_fault(_request: Request, _error: Exception) -> Response:
    """Answer a mistake of the server's own; the log has the traceback."""
    return error_answer(500, UserError("The server failed at this request; its log says where"))
