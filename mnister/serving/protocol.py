"""HTTP/1.1 as it is taken from a connection: by httptools where that is installed, else by h11.

httptools is written in C, h11 in Python; but httptools has no limit for a head.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

MOST_OF_A_HEAD = 65_536  # bytes, as of h11


def http_protocol() -> "str | type[asyncio.Protocol]":
    """Return what uvicorn takes for `http`."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return "h11"

    class Limited(HttpToolsProtocol):
        """Gives up a connection whose head does not end."""

        _head = 0  # bytes of a head that has not ended yet
        _is_in_head = True

        def on_message_begin(self) -> None:
            self._head, self._is_in_head = 0, True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._is_in_head = False
            super().on_headers_complete()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_in_head and not self.transport.is_closing():
                self._head += len(data)
                if self._head > MOST_OF_A_HEAD:
                    self.send_400_response("The head of the request is too long.")

    return Limited
