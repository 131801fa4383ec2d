"""Who may call: hosts, origins, the token; and what every answer says to browsers."""

import functools
import hmac
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnister.errors import UserError
from mnister.serving.answers import error_answer

OPEN = ("/", "/docs", "/v2/health/live", "/v2/health/ready")  # without a token: nothing secret
STATIC = "/static/"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


def is_loopback(host: str) -> bool:
    """Tell whether what is bound to this address or name is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets requests through that come from where they may, with the token that they need.

    Args:
        app: What they are let through to.
        token: What they must send; None: nothing.
        hosts: Names by which the server may be called, beside addresses and this machine's own:
            a page elsewhere that has its own name point here does not get through.
        origins: Pages elsewhere that may call it, such as https://example.org.
    """

    def __init__(
        self, app: ASGIApp, token: str | None, hosts: Sequence[str], origins: Sequence[str]
    ) -> None:
        self._app, self._token = app, token and token.encode()
        self._hosts = {"localhost", socket.gethostname().lower(), *map(str.lower, hosts)}
        self._origins = set(origins)
        shared = {"cross-origin-resource-policy": "cross-origin"} if origins else {}
        own = {**_HEADERS, **shared, "cache-control": "no-store"}
        self._headers = {name.encode(): value.encode() for name, value in own.items()}
        self._is_own = functools.lru_cache(64)(self._names_this)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through; see the class."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                own = [header for header in self._headers.items() if header[0] not in names]
                message = {**message, "headers": given + own}
            await send(message)

        refused = self._refusal(scope, Headers(scope=scope))
        app = self._app if refused is None else error_answer(*refused)
        await app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, UserError, dict] | None:
        """Return why a request is not let through."""
        host = headers.get("host", "")
        if not self._is_own(host):
            wrong = UserError(
                "The server is not called by this name",
                expected="an address, localhost, or a name of its allowed_hosts",
                received=host[:200] or "no Host header",
            )
            return 421, wrong, {}
        origin = headers.get("origin")
        if not (self._is_same(origin, host) or origin in self._origins) or (
            origin is None and _is_embedded_elsewhere(headers)
        ):
            wrong = UserError(
                "Pages elsewhere may not call this server",
                expected="the server's own page, or a page of its allowed_origins",
                received=str(origin)[:200],
            )
            return 403, wrong, {}
        path = scope["path"]
        is_open = path in OPEN or path.startswith(STATIC)
        if self._token is None or is_open or self._has_token(headers):
            return None
        wrong = UserError(
            "The token is missing or wrong", expected="the header Authorization: Bearer <token>"
        )
        return 401, wrong, {"WWW-Authenticate": "Bearer"}

    def _names_this(self, host: str) -> bool:
        """Tell whether a Host header names this server: an address, or a name that it has."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_same(self, origin: str | None, host: str) -> bool:
        return origin is None or origin.partition("://")[2] == host

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(sent.strip().encode(), self._token or b"")
        return scheme.lower() == "bearer" and is_right


def _is_embedded_elsewhere(headers: Headers) -> bool:
    """Tell whether a page elsewhere loads this as a part of itself, as a picture or a script."""
    is_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return is_elsewhere and headers.get("sec-fetch-mode") != "navigate"
