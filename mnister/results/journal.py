"""The journal of a run: what each picture gave, kept as it comes, so that nothing is read twice.

A line is a JSON value. The first one says what reads; then each picture has a line that ends what
is kept of it, and before it one for each of its numbers where they will be reviewed. Whatever does
not end so, as a kill leaves it, is dropped.
"""

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mnister.errors import UserError
from mnister.locks import Held, locked

NAME = "journal.jsonl"
_SECONDS = 1.0  # between two waits for the disk: a kill loses nothing, a power cut so much
_HEAD, _NUMBER, _PICTURE = b'{"reads": ', b'{"number": ', b'{"picture": '

log = logging.getLogger("mnister.results")


class Journal:
    """What the pictures of a run gave; no more than one is in memory.

    Args:
        file: Opened to read and write bytes.
        reads: What reads the pictures: plain values, kept in the first line.

    Attributes:
        reads: As the journal was begun.
        begun: Whether it was begun by an earlier process.
    """

    def __init__(self, file: IO[bytes], reads: Mapping[str, Any]) -> None:
        self._file = file
        self._places: dict[str, int] = {}  # of each picture, where its line begins
        self._synced = time.monotonic()
        self.reads = self._scan()
        self.begun = self.reads is not None
        if self.reads is None:
            self.reads = dict(reads)
            self._write([_HEAD + _json(self.reads) + b"}\n"])

    def __contains__(self, name: str) -> bool:
        """Tell whether a picture is in it."""
        return name in self._places

    def __len__(self) -> int:
        """Return how many pictures are in it."""
        return len(self._places)

    @property
    def names(self) -> list[str]:
        """The names of the pictures, in the order in which they came."""
        return list(self._places)

    def add(self, name: str, kept: Any, numbers: Sequence[Any] = ()) -> None:
        """Keep what a picture gave.

        Args:
            name: Of the picture; no other has it.
            kept: Plain values.
            numbers: Of each of its numbers, plain values.
        """
        lines = [_NUMBER + _json(number) + b"}\n" for number in numbers]
        last = _PICTURE + _json([name, kept]) + b"}\n"
        self._places[name] = self._write([*lines, last]) - len(last)

    def kept(self, name: str) -> Any:
        """Return what was kept of a picture."""
        return self._read_line(self._places[name])["picture"][1]

    def numbers(self) -> Iterator[tuple[int, Any]]:
        """Yield all numbers, each with the place that `number_at` finds it by."""
        self._file.seek(0)
        for place, line in _lines(self._file):
            if line.startswith(_NUMBER):
                yield place, json.loads(line)["number"]

    def number_at(self, place: int) -> Any:
        """Return the number that is kept at a place."""
        return self._read_line(place)["number"]

    def flush(self) -> None:
        """Wait until all of it is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def _write(self, lines: Sequence[bytes]) -> int:
        """Add lines at the end, so that a kill leaves them; return where they end."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(b"".join(lines))
        self._file.flush()
        if time.monotonic() - self._synced > _SECONDS:
            self.flush()
        return self._file.tell()

    def _read_line(self, place: int) -> Any:
        self._file.seek(place)
        return json.loads(self._file.readline())

    def _scan(self) -> Any | None:
        """Find the pictures, drop what is not whole; return the first line, None: not begun."""
        reads, end = None, 0
        self._file.seek(0)
        for place, line in _lines(self._file):
            value = _parsed(line)
            expected = (_HEAD,) if reads is None else (_NUMBER, _PICTURE)
            if value is None or not line.startswith(expected):
                break
            if reads is None:
                reads = value["reads"]
            elif line.startswith(_PICTURE):
                self._places[value["picture"][0]] = place
            if not line.startswith(_NUMBER):
                end = place + len(line)
        self._file.truncate(end)
        return reads


@contextmanager
def opened_journal(
    folder: Path, reads: Mapping[str, Any], *, goes_on: bool
) -> Iterator["Journal"]:
    """Open the journal of a run, alone in its folder.

    Args:
        folder: The run folder.
        reads: What reads the pictures: plain values.
        goes_on: Go on with what is there; else it is begun anew.

    Raises:
        UserError: Another process reads there.
    """
    try:
        with locked(folder / ".lock"), (folder / NAME).open("a+b" if goes_on else "w+b") as file:
            for left in folder.glob(".*.partial"):  # of a process that was killed
                left.unlink(missing_ok=True)
            journal = Journal(file, reads)
            yield journal
            journal.flush()
    except Held:
        raise UserError(
            f"Another process is reading in {folder}", instead="wait for it, or stop it first"
        ) from None


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines from here on that end, each with its place."""
    place = file.tell()
    for line in iter(file.readline, b""):
        if not line.endswith(b"\n"):
            return
        yield place, line
        place += len(line)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _parsed(line: bytes) -> Any | None:
    """Return what a line says; None where it is damaged."""
    try:
        return json.loads(line)
    except ValueError:
        return None
