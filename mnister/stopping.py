"""SIGTERM, SIGHUP and Ctrl-C: finish the step or the picture, save, then stop."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from mnister.errors import UserError

# SIGHUP: the terminal is gone, as with a lost ssh session; Windows has no such signal.
STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class StopRequest:
    """Remembers the signal that asked the run to stop, if any did.

    Attributes:
        signal: The first one; None: none yet.
        is_saving: Whether what would be lost is being saved: no further signal stops that.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.is_saving = False

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal; a second one stops at once, but for a save that is under way."""
        if self.signal is None:
            self.signal = signal.Signals(number)
        elif not self.is_saving:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def saving(self) -> Iterator[None]:
        """Let no signal end the block; the first that comes is remembered as always."""
        self.is_saving = True
        try:
            yield
        finally:
            self.is_saving = False


class Stopped(UserError):  # noqa: N818  (it is no mistake)
    """A run that was asked to stop and saved itself first."""

    state = "stopped"

    def __init__(self, by: signal.Signals, step: int, instead: str) -> None:
        super().__init__(f"Stopped by {by.name} after step {step}; all is saved", instead=instead)
        self.exit_code = 128 + by.value


def end_by(by: signal.Signals | None) -> None:
    """End this process as a signal does that asked it to stop; None: none did.

    Raises:
        KeyboardInterrupt or SystemExit: Always, if one did.
    """
    if by is signal.SIGINT:
        raise KeyboardInterrupt
    if by is not None:
        raise SystemExit(128 + by)


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Note the signals of `STOPPING` instead of dying from them while the block runs.

    A SIGHUP that is ignored, as `nohup` has it, stays so.
    """
    request = StopRequest()
    noted = [number for number in STOPPING if not _is_under_nohup(number)]
    before = [signal.signal(number, request.note) for number in noted]
    try:
        yield request
    finally:
        for number, handler in zip(noted, before, strict=True):
            signal.signal(number, handler)


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the process as Ctrl-C does: what is open is closed on the way."""
    for number in STOPPING:
        if number != signal.SIGINT and not _is_under_nohup(number):
            signal.signal(number, lambda number, _: sys.exit(128 + number))


def name_of_stop(exit_code: Any) -> str:
    """Return what ended a process by its exit code, such as Ctrl-C or SIGTERM."""
    names = {128 + s: "Ctrl-C" if s == signal.SIGINT else s.name for s in STOPPING}
    return names.get(exit_code, f"exit code {exit_code}")


def _is_under_nohup(number: signal.Signals) -> bool:
    return number.name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN
