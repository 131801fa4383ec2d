"""Put a server under load for long, with bad requests and killed processes; say what was lost.

    python benchmarks/soak.py                                      # 10 minutes, 64 clients
    python benchmarks/soak.py --minutes 3 --model compact --csv memory.csv

It starts `infer.py mode=serve` on the loopback. Each client sends the next request when it has its
answer: one in five is bad, of the others one in ten is a picture to read, the rest digits for the
network, by both of its protocols. Every minute a process that reads is killed. Each answer is
compared with the one that the server gave before the load.

It ends with exit code 1 when an answer was wrong, when more was lost than what the killed
processes had, or when the server holds more memory at the end than after 1,000 requests: over 10 %
and 16 MB. The processes that read are counted apart, as those that are killed begin anew.
"""

import argparse
import asyncio
import contextlib
import csv
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from serving import ROOT, cpu_seconds_of, memory_of, processes_of, started
from serving_peers import exchange, post

from mnister.models.store import ExportedModel, find_model

BAD_PART, READ_PART = 0.2, 0.1
SETTLED = 1000  # requests: from then on memory is to stay
GROWTH, MEGABYTES = 1.10, 16
LOOK_SECONDS = 2.0
PICTURE = (ROOT / "images" / "single" / "own_1.png").read_bytes()


@dataclass(frozen=True)
class Request:
    """A request, and what is to come of it.

    Attributes:
        name: For the report.
        data: Bytes of HTTP.
        status: Of the answer.
        is_read: Whether a process that reads has it: its own may be lost with that.
    """

    name: str
    data: bytes
    status: int = 200
    is_read: bool = False


@dataclass
class Tally:
    """What has happened so far.

    Attributes:
        expected: Of good requests, what of their answer stays the same.
        right: Answers as they should be, by the request's name.
        wrong: Others, each with its request's name, status and beginning.
        lost: Requests that were with a process that was killed.
        killed: How many were.
        memory: Seconds, requests, MB of the server, MB of those that read; now and then.
        began: When, of `time.monotonic`.
    """

    expected: dict[str, object] = field(default_factory=dict)
    right: Counter = field(default_factory=Counter)
    wrong: list[tuple[str, int, bytes]] = field(default_factory=list)
    lost: int = 0
    killed: int = 0
    memory: list[tuple[float, int, float, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def requests(self) -> int:
        """How many were answered, or lost."""
        return self.right.total() + len(self.wrong) + self.lost


def main() -> None:
    arguments = parse()
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("Memory is measured by /proc, which only Linux has")
    model = find_model(arguments.models_dir, arguments.model)
    more = [f"queue={arguments.clients}", "timeout_seconds=600"]  # nobody is turned away
    with started("mnister", model, arguments, more) as (process, port):
        tally = asyncio.run(load(port, process.pid, model, arguments))
        cpu = cpu_seconds_of(process.pid)
    faults = report(tally, cpu)
    if arguments.csv is not None:
        with arguments.csv.open("w", newline="") as file:
            heads = ("seconds", "requests", "server_mb", "reading_mb")
            csv.writer(file).writerows([heads, *tally.memory])
    sys.exit("\n".join(faults) if faults else 0)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10, help="(default: 10)")
    parser.add_argument("--clients", type=int, default=64, metavar="N", help="(default: 64)")
    parser.add_argument("--kill-seconds", type=float, default=60,
                        help="between two killed processes (default: 60)")  # fmt: skip
    parser.add_argument("--model", default="latest", help="as for infer.py (default: latest)")
    parser.add_argument("--models-dir", default="outputs/models")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write memory over time there")
    return parser.parse_args()


def good_requests(model: ExportedModel) -> list[Request]:
    """Return requests that are answered with what they ask for."""
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
    tensor = {"name": "image", "datatype": "UINT8", "shape": [1, 28, 28, 1]}
    found = []
    for number, image in enumerate(images):
        rows = {"instances": [image.tolist()]}
        inputs = {"inputs": [tensor | {"data": image.reshape(-1).tolist()}]}
        found += [
            Request(f"predict {number}", post(f"/v1/models/{model.name}:predict", rows)),
            Request(f"infer {number}", post(f"/v2/models/{model.name}/infer", inputs)),
        ]
    return found


def bad_requests(model: ExportedModel) -> list[Request]:
    """Return requests that are refused, each with its status."""
    return [
        Request("bad no JSON", raw(f"/v1/models/{model.name}:predict", b"{"), 400),
        Request("bad no image", post(f"/v1/models/{model.name}:predict", {"instances": [7]}), 400),
        Request("bad no tensor", post(f"/v2/models/{model.name}/infer", {}), 400),
        Request("bad no model", post("/v1/models/there-is-none:predict", {}), 404),
        Request("bad no path", post("/nothing", {}), 404),
        Request("bad no picture", raw("/read", b"hello"), 422, True),
        Request("bad cut off", raw("/read", PICTURE[:200]), 422, True),
        Request("bad query", raw("/read?x=1", PICTURE), 422),
        Request("bad form", raw("/corrections", b"{}"), 415),
    ]


def raw(path: str, body: bytes) -> bytes:
    """Return a whole request with any body, as bytes of HTTP."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def load(
    port: int, server: int, model: ExportedModel, arguments: argparse.Namespace
) -> Tally:
    """Let clients ask, kill processes and look at memory, until the time is over."""
    read = Request("read", raw("/read", PICTURE), is_read=True)
    good, bad = good_requests(model), bad_requests(model)
    tally = Tally()
    client = Client(port)
    for request in (*good, read):
        status, body = await client.ask(request.data)
        if status != 200:
            sys.exit(f"{request.name}: {status} {body[:500]!r}")
        tally.expected[request.name] = lasting(body)
    until = time.monotonic() + 60 * arguments.minutes

    async def ask_on(number: int) -> None:
        chance, own = random.Random(number), Client(port)
        while time.monotonic() < until:
            kind = chance.random()
            pool = bad if kind < BAD_PART else good
            is_picture = pool is good and chance.random() < READ_PART
            request = read if is_picture else chance.choice(pool)
            note(tally, request, *await own.ask(request.data))

    others = [
        asyncio.create_task(kill_on(server, tally, arguments.kill_seconds)),
        asyncio.create_task(look_on(server, tally)),
    ]
    await asyncio.gather(*map(ask_on, range(arguments.clients)))
    for other in others:
        other.cancel()
    look(server, tally)
    return tally


class Client:
    """Sends one request after another, on one connection as long as that is open."""

    def __init__(self, port: int) -> None:
        self._port, self._ends = port, None

    async def ask(self, data: bytes) -> tuple[int, bytes]:
        """Return an answer's status and body; 0 and what happened where there is none."""
        was_open = self._ends is not None
        try:
            if not was_open:
                self._ends = await asyncio.open_connection("127.0.0.1", self._port)
            status, body = await exchange(*self._ends, data)
        except (OSError, asyncio.IncompleteReadError) as error:
            self._close()
            is_stale = was_open and not getattr(error, "partial", b"")  # closed while it was idle
            return await self.ask(data) if is_stale else (0, repr(error).encode())
        if status >= 400:
            self._close()  # the server may do so, too
        return status, body

    def _close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None


def lasting(body: bytes) -> object:
    """Return what of an answer is the same each time: all but the milliseconds."""
    told = json.loads(body)
    told.pop("timing_ms", None)
    return told


def note(tally: Tally, request: Request, status: int, body: bytes) -> None:
    """Count an answer."""
    is_right = status == request.status and (
        status != 200 or lasting(body) == tally.expected[request.name]
    )
    if is_right:
        tally.right[request.name.split()[0]] += 1
    elif request.is_read and status == 500 and b"is replaced" in body:
        tally.lost += 1
    else:
        tally.wrong.append((request.name, status, body[:200]))


async def kill_on(server: int, tally: Tally, seconds: float) -> None:
    """Kill a process that reads, again and again."""
    while True:
        await asyncio.sleep(seconds)
        reading = reading_processes(server)
        if reading:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(reading), signal.SIGKILL)
                tally.killed += 1


async def look_on(server: int, tally: Tally) -> None:
    """Note the memory now and then, and once when it should have settled."""
    is_settled = False
    while True:
        await asyncio.sleep(0.05 if not is_settled else LOOK_SECONDS)
        if tally.requests >= SETTLED:
            is_settled = True
            look(server, tally)


def look(server: int, tally: Tally) -> None:
    """Note the memory."""
    alone = memory_of(server, is_alone=True) / 1e6
    reading = sum(memory_of(each, is_alone=True) for each in reading_processes(server)) / 1e6
    seconds = round(time.monotonic() - tally.began, 1)
    tally.memory.append((seconds, tally.requests, round(alone, 1), round(reading, 1)))


def reading_processes(server: int) -> list[int]:
    """Return the processes that read: children of the one that starts such."""
    below = [number for number in processes_of(server) if number != server]
    return [each for each in below if parent_of(each) in below]


def parent_of(number: int) -> int:
    """Return the number of a process's parent; 0 where it is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def report(tally: Tally, cpu: float) -> list[str]:
    """Print what happened; return what should not have."""
    print(
        f"{tally.requests:,} requests: " + ", ".join(f"{n:,} {k}" for k, n in tally.right.items())
    )
    print(f"wrong {len(tally.wrong)}, lost {tally.lost}, killed processes {tally.killed}")
    print(f"processor time of the server: {cpu:.0f} s")
    faults = [f"Wrong: {name}: {status} {body!r}" for name, status, body in tally.wrong[:10]]
    if tally.lost > tally.killed:
        faults.append(f"{tally.lost} requests lost by {tally.killed} killed processes")
    if len(tally.memory) < 2:
        return [*faults, f"Fewer than {SETTLED:,} requests: memory cannot be compared"]
    for _, requests, alone, reading in (tally.memory[0], tally.memory[-1]):
        print(f"after {requests:9,} requests: server {alone:.0f} MB, reading {reading:.0f} MB")
    first, last = tally.memory[0][2], tally.memory[-1][2]
    if last > GROWTH * first + MEGABYTES:
        faults.append(f"The server grew from {first:.0f} to {last:.0f} MB")
    return faults


if __name__ == "__main__":
    main()
