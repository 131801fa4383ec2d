"""How many requests are done at once, how many wait, and how long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from mnister.errors import UserError
from mnister.serving.answers import Refused


class Gate:
    """Lets some in at once, lets some more wait, and turns the others away.

    Args:
        at_once: How many are let in.
        waiting: How many may wait.

    Attributes:
        inside: How many are in, or wait.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._most, self._turn = at_once + waiting, asyncio.Semaphore(at_once)
        self.inside = 0

    @contextlib.contextmanager
    def admitted(self) -> Iterator[None]:
        """Take a place among those that are let in or wait, before a body is read.

        Raises:
            Refused: 503, all are taken.
        """
        if self.inside >= self._most:
            busy = UserError(
                "The server is busy",
                received=f"{self.inside} requests are under way",
                instead="the same again in a second",
            )
            raise Refused(503, busy, {"Retry-After": "1"})
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    @contextlib.asynccontextmanager
    async def turn(self, seconds: float) -> AsyncIterator[None]:
        """Wait until one that is in goes out.

        Args:
            seconds: To wait at most.

        Raises:
            TimeoutError: None did in time.
        """
        async with asyncio.timeout(seconds):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()


def too_late(seconds: float) -> Refused:
    """Return what a request is told whose time is over."""
    error = UserError(
        "The request took too long and was given up",
        expected=f"an answer within {seconds:g} s",
        instead="a smaller picture, or a larger timeout_seconds of the server",
    )
    return Refused(504, error)
