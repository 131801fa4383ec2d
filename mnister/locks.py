"""A folder for one process at a time, where the file system has locks; without, in any case."""

import contextlib
import errno
import functools
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

log = logging.getLogger("mnister")

# What NFS and some clusters' file systems answer that have no locks, or whose lock server is away.
_WITHOUT_LOCKS = ("ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP")


class Held(Exception):  # noqa: N818  (nothing is wrong)
    """Another process has the lock."""


def take_lock(path: Path, *, waits: bool = False) -> Any | None:
    """Take a lock; it is given up by its `release`, and when the process ends, however it does.

    Args:
        path: The lock's file, made if it is not there.
        waits: Whether to wait until another process gives it up.

    Returns:
        The lock; None where the file system has none: the log then says so.

    Raises:
        Held: Another process has it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # that it takes a file for a lock instead
            lock.acquire(timeout=-1 if waits else 0)
        if isinstance(lock, FileLock):
            return lock
        lock.release()  # a file that is there or not, and stays after a kill: no lock to rely on
    except Timeout:
        if isinstance(lock, FileLock):
            raise Held from None
    except (OSError, NotImplementedError) as error:  # the latter of filelock before 3.20
        number = getattr(error, "errno", errno.ENOSYS)
        if number not in [getattr(errno, name, None) for name in _WITHOUT_LOCKS]:
            raise
    _tell_once(path.parent)
    return None


@functools.cache
def _tell_once(folder: Path) -> None:
    log.warning("%s: its file system has no locks; see that no other process works there", folder)


@contextlib.contextmanager
def locked(path: Path, *, waits: bool = False) -> Iterator[None]:
    """Hold a lock while the block runs; see `take_lock`."""
    lock = take_lock(path, waits=waits)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def is_held(path: Path) -> bool:
    """Tell whether another process has a lock; a missing file is not made."""
    if not path.is_file():
        return False
    try:
        with locked(path):
            return False
    except Held:
        return True
