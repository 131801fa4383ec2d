"""SIGTERM and Ctrl-C: finish the step or the picture, save, then stop."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from mnister.errors import UserError

STOPPING = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Remembers the signal that asked the run to stop, if any did."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal; a second one stops at once."""
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = signal.Signals(number)


class Stopped(UserError):  # noqa: N818  (it is no mistake)
    """A run that was asked to stop and saved itself first."""

    state = "stopped"

    def __init__(self, by: signal.Signals, step: int, instead: str) -> None:
        super().__init__(f"Stopped by {by.name} after step {step}; all is saved", instead=instead)
        self.exit_code = 128 + by.value


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Note SIGINT and SIGTERM instead of dying from them while the block runs."""
    request = StopRequest()
    before = [signal.signal(number, request.note) for number in STOPPING]
    try:
        yield request
    finally:
        for number, handler in zip(STOPPING, before, strict=True):
            signal.signal(number, handler)
