"""Read many pictures on all cores, a few in memory at a time, in order.

Processes, not threads: much of a reading is Python, and two threads read 40 pages no faster than
one. A network that cannot be sent to another process (TensorFlow's) is shared between threads.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import cv2

from mnister.errors import UserError
from mnister.reading.page import Page
from mnister.run_files import count_cores

log = logging.getLogger("mnister.reading")

FEW = 8  # pictures: fewer are read before another process has started
_AHEAD = 4  # pictures read while a slow one before them is waited for
_KILLED = str(
    UserError(
        "The process that read it was killed",
        expected="enough memory for it, or nobody who ends the process",
        instead="a smaller picture",
    )
)


def read_many(reader: Any, pictures: Sequence[str | Path], workers: int | None) -> Iterator[Page]:
    """Read many pictures.

    Args:
        reader: A `Reader`.
        pictures: Files.
        workers: Processes; None: one a core.

    Yields:
        A page for each picture, in order. One that cannot be read has its `error`.
    """
    workers = min(workers or count_cores(), len(pictures))
    if workers <= 1:
        yield from (read_or_explain(reader, picture) for picture in pictures)
    elif len(pictures) < FEW or not all(map(_is_portable, reader.networks)):
        with ThreadPoolExecutor(workers) as pool:
            yield from _in_order(
                pool, lambda file: read_or_explain(reader, file), pictures, workers
            )
    else:
        yield from _in_processes(reader, pictures, workers)


def _is_portable(network: Any) -> bool:
    """Tell whether a network can be sent to another process."""
    return getattr(network, "is_portable", False)


def read_or_explain(reader: Any, picture: str | Path) -> Page:
    """Read a picture, or return a page that says why it cannot be read; the others go on."""
    try:
        return reader.read(picture)
    except UserError as error:
        return Page(str(picture), error=str(error))
    except Exception as error:
        log.debug("%s", picture, exc_info=True)
        return Page(str(picture), error=f"It could not be read: {type(error).__name__}: {error}")


def _in_processes(reader: Any, pictures: Sequence[str | Path], workers: int) -> Iterator[Page]:
    """Yield pages in order; a picture at which a process is killed does not stop the others.

    When processes die, the first picture without a page is read alone, so that it is known which
    one they died of.
    """
    context = multiprocessing.get_context("spawn")
    left, is_careful = deque(pictures), False
    while left:
        chosen = [left[0]] if is_careful else list(left)
        try:
            with ProcessPoolExecutor(workers, context, _start_worker, (reader,)) as pool:
                if is_careful:
                    _check_start(pool)
                for page in _in_order(pool, _read_in_worker, chosen, workers):
                    left.popleft()
                    yield page
            is_careful = False
        except BrokenProcessPool:
            if is_careful:
                yield Page(str(left.popleft()), error=_KILLED)
            is_careful = not is_careful


def _check_start(pool: ProcessPoolExecutor) -> None:
    """Check that a process can be started at all, before a picture is blamed."""
    try:
        pool.submit(int).result()
    except BrokenProcessPool:
        raise UserError(
            "The processes that read pictures end as soon as they are started",
            expected='in a script, `if __name__ == "__main__":` around what it does',
            instead="workers=1, which reads in this process",
        ) from None


def _in_order(
    pool: Executor,
    read: Callable[[str | Path], Page],
    pictures: Sequence[str | Path],
    workers: int,
) -> Iterator[Page]:
    """Yield pages in order, with few of those that are read already in memory."""
    waiting: deque[Future[Page]] = deque()
    try:
        for picture in pictures:
            waiting.append(pool.submit(read, picture))
            if len(waiting) >= workers + _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # where it was given up
        for future in waiting:
            future.cancel()


def _start_worker(reader: Any) -> None:
    """Keep this process's own reader; one core is one process's share."""
    global _reader
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that gave the work
    _reader = reader
    cv2.setNumThreads(1)
    for network in reader.networks:
        network.threads = 1


def _end_with_parent() -> None:
    """End this process when the one that gave the work is gone, however it was ended."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _read_in_worker(picture: str | Path) -> Page:
    page = read_or_explain(_reader, picture)
    give_memory_back()
    return page


def give_memory_back() -> None:
    """Give the system back what a large picture needed; glibc would keep it for the next ones."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
