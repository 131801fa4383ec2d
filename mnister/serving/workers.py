"""Processes that read pictures. One that dies is replaced; only the picture it had is lost.

Processes, not threads: much of a reading is Python, and two threads read no faster than one.
"""

import contextlib
import logging
import multiprocessing
import queue
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from mnister.errors import UserError

log = logging.getLogger("mnister.serving")

_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class WorkerLost(Exception):  # noqa: N818  (it is reported as what the request met)
    """The process that had the work ended."""


class Workers:
    """Some processes that do one kind of work.

    Args:
        count: How many.
        start: Is called in each process, with `arguments`; returns the function that does a job.
            Both are functions of modules, which the processes import.
        arguments: Of `start`.
    """

    def __init__(
        self, count: int, start: Callable[..., Callable[[Any], Any]], arguments: tuple
    ) -> None:
        self.count = count
        self._context = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            self._context.set_forkserver_preload([__name__, start.__module__])
        self._start, self._arguments = start, arguments
        self._lock, self._is_closed = threading.Lock(), False
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: set[_Worker] = set()
        for _ in range(count):
            self._idle.put(self._new())

    def do(self, job: Any, deadline: float) -> Any:
        """Have a process do a job; wait for it. Safe to call from several threads.

        Args:
            job: What the function of `start` takes; it must pickle.
            deadline: Of `time.monotonic`, for the answer.

        Raises:
            TimeoutError: There was no answer in time; a process that worked at it is replaced.
            WorkerLost: The process ended.
            Exception: What the function raised.
        """
        try:
            worker = self._idle.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        try:
            if not worker.is_set_up(deadline):
                raise _StillStartingError
            return worker.ask(job, deadline)
        except _StillStartingError:
            raise TimeoutError from None
        except (TimeoutError, WorkerLost) as error:
            log.warning("A process that read is replaced: %s", type(error).__name__)
            worker.end()
            worker = self._replace(worker)
            raise
        finally:
            self._idle.put(worker)

    @property
    def processes(self) -> list[int]:
        """Their numbers, as the system knows them."""
        return sorted(worker.process.pid for worker in list(self._all))

    def close(self) -> None:
        """End all processes, whatever they do; who waits for one is told that it is lost."""
        with self._lock:
            self._is_closed = True
            for worker in self._all:
                worker.end()

    def _replace(self, worker: "_Worker") -> "_Worker":
        with self._lock:
            self._all.discard(worker)
            return worker if self._is_closed else self._new()

    def _new(self) -> "_Worker":
        worker = _Worker(self._context, self._start, self._arguments)
        self._all.add(worker)
        return worker


class _StillStartingError(Exception):
    """A process is not set up yet; it goes on with that."""


class _Worker:
    """A process, and the way to it."""

    def __init__(self, context: Any, start: Callable[..., Any], arguments: tuple) -> None:
        self._way, theirs = context.Pipe()
        self.process = context.Process(
            target=_work, args=(theirs, start, arguments), daemon=True, name="mnister-reading"
        )
        self.process.start()
        theirs.close()
        self._is_set_up = False

    def is_set_up(self, deadline: float) -> bool:
        """Wait until the process has said that it can work; tell whether it has.

        Raises:
            WorkerLost: It ended.
        """
        try:
            if not self._is_set_up and self._way.poll(max(0.0, deadline - time.monotonic())):
                self._is_set_up = self._way.recv()
        except (EOFError, OSError):
            raise WorkerLost from None
        return self._is_set_up

    def ask(self, job: Any, deadline: float) -> Any:
        """Send a job and return its result; see `Workers.do`."""
        try:
            self._way.send(job)
            if not self._way.poll(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            is_done, result = self._way.recv()
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise WorkerLost from None
        if not is_done:
            raise result
        return result

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()  # its end of the way closes, which wakes whoever waits at ours
        self.process.join()


def _work(way: Connection, start: Callable[..., Callable[[Any], Any]], arguments: tuple) -> None:
    """Do jobs until the other end is closed. It is the server that signals are meant for."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    do = start(*arguments)
    with contextlib.suppress(EOFError, OSError):
        way.send(True)
        while True:
            job = way.recv()
            try:
                answer = True, do(job)
            except UserError as error:
                answer = False, _portable(error)
            except Exception as error:
                answer = False, RuntimeError(f"{type(error).__name__}: {error}")
            way.send(answer)


def _portable(error: UserError) -> UserError:
    """Return an error of the plain kind, which every process can unpickle."""
    return UserError(
        error.what, expected=error.expected, received=error.received, instead=error.instead
    )
