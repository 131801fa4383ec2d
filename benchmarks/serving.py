"""Measure a server of one digit network beside others: the same network, requests and machine.

    python benchmarks/serving.py
    python benchmarks/serving.py --model compact --clients 1 8 64 --seconds 10
    python benchmarks/serving.py --servers mnister litserve gradio --peer-python peers/bin/python

Each request is one digit as JSON, by `:predict` or the other server's API; each client
sends the next when it has its answer. LitServe and Gradio run in an environment of their own with
`pip install litserve gradio ai-edge-litert`; `serving_peers.py` says how.

requests/s p50 p99   answers a second, and milliseconds until half and 99 % had come
errors               answers that were not 200, or another class than the network's own
CPU ms               processor time of the server's processes for one answer (Linux): other work
                     on the machine changes it less than the rest
memory               MB of the server's processes together at the end of the row (Linux)
"""

import argparse
import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from serving_peers import SCRIPTS, Asker, asker_of

from mnister.models.load import load_network
from mnister.models.store import find_model

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120
WARM_UP_SECONDS = 1.0
LOOK_SECONDS, IDLE = 1.0, 0.05  # a server that takes less of a core between two looks is idle


@dataclass
class Row:
    """What one number of clients measured."""

    milliseconds: list[float] = field(default_factory=list)
    errors: int = 0


def main() -> None:
    arguments = parse()
    model = find_model(arguments.models_dir, arguments.model)
    image = np.random.default_rng(0).integers(0, 256, (28, 28, 1), dtype=np.uint8)
    digit = int(load_network(model, "litert").predict(image[None]).argmax())
    title = f"{model.name}/{model.version}, one digit a request, {arguments.seconds:g} s a row"
    table = Table("Server", "clients", title=title, title_justify="left")
    for heading in ("requests/s", "p50 ms", "p99 ms", "errors", "CPU ms", "MB"):
        table.add_column(heading, justify="right")
    loads = [os.getloadavg()[0]]
    for name in arguments.servers:
        with started(name, model, arguments) as (process, port):
            asker = asker_of(name, model.name, image)
            asyncio.run(ask(port, asker, digit, 1, WARM_UP_SECONDS))
            wait_until_settled(process.pid)
            for clients in arguments.clients:
                cpu = cpu_seconds_of(process.pid)
                row = asyncio.run(ask(port, asker, digit, clients, arguments.seconds))
                cpu = cpu_seconds_of(process.pid) - cpu
                count = len(row.milliseconds)
                rate = count / arguments.seconds
                p50, p99 = np.percentile(row.milliseconds or [np.nan], (50, 99))
                table.add_row(
                    name, str(clients), f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}",
                    str(row.errors), f"{1000 * cpu / max(1, count):.2f}",
                    f"{memory_of(process.pid) / 1e6:.0f}",
                )  # fmt: skip
        loads.append(os.getloadavg()[0])
    console = Console(width=80)
    console.print(table)
    console.print("Load average before, and after each: " + ", ".join(f"{x:.1f}" for x in loads))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--servers", nargs="+", choices=("mnister", *SCRIPTS),
                        default=["mnister"], help="in this order (default: mnister)")  # fmt: skip
    parser.add_argument("--clients", type=int, nargs="+", default=(1, 8, 64), metavar="N",
                        help="at once, a row each (default: 1 8 64)")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=5, help="of each row (default: 5)")
    parser.add_argument("--model", default="latest", help="as for infer.py (default: latest)")
    parser.add_argument("--models-dir", default="outputs/models")
    parser.add_argument("--peer-python", default=sys.executable,
                        help="of the environment with the others (default: this one)")  # fmt: skip
    return parser.parse_args()


@contextlib.contextmanager
def started(
    name: str, model, arguments: argparse.Namespace, more: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen, int]]:
    """Start a server, MNISTER with some more of its keys; give its process and its port."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        if name == "mnister":
            command = [sys.executable, str(ROOT / "infer.py"), "mode=serve", f"port={port}",
                       f"model={model.path.absolute()}", f"hydra.run.dir={folder}",
                       *more]  # fmt: skip
        else:
            script = Path(folder) / f"{name}_server.py"
            script.write_text(SCRIPTS[name], encoding="utf-8")
            network = str(model.path.absolute() / "model.tflite")
            command = [arguments.peer_python, str(script), network, str(port)]
        log = Path(folder) / "server.log"
        with log.open("w") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder,
                                       env=os.environ | {"PYTHONPATH": str(ROOT)},
                                       start_new_session=True)  # fmt: skip
        try:
            wait_for(port, process, log)
            yield process, port
        finally:
            process.terminate()
            process.wait()
            with contextlib.suppress(OSError):  # LitServe's processes go on without it
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    """Wait until a server listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"The server does not listen: {log.read_text()}")


def wait_until_settled(number: int) -> None:
    """Wait until what a server still does when it listens already is done, as loading networks."""
    deadline, before = time.monotonic() + START_SECONDS, -1.0
    while cpu_seconds_of(number) - before > IDLE * LOOK_SECONDS and time.monotonic() < deadline:
        before = cpu_seconds_of(number)
        time.sleep(LOOK_SECONDS)


async def ask(port: int, asker: Asker, digit: int, clients: int, seconds: float) -> Row:
    """Let clients ask, each one after the other, until the time is over."""
    row = Row()
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_ask_on(port, asker, digit, until, row) for _ in range(clients)))
    return row


async def _ask_on(port: int, asker: Asker, digit: int, until: float, row: Row) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.closing(writer):
        while (began := time.perf_counter()) < until:
            row.errors += await asker(reader, writer) != digit
            row.milliseconds.append(1000 * (time.perf_counter() - began))


def processes_of(number: int) -> list[int]:
    """Return a process and all below it; none where no /proc tells."""
    found = []
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{number}/task").glob("*/children"):
            for child in children.read_text().split():
                found += processes_of(int(child))
        found.append(number)
    return found


def cpu_seconds_of(number: int) -> float:
    """Return the processor time that a process and all below it have taken."""
    ticks = 0
    for each in processes_of(number):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # in the program, in the system for it
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_of(number: int, *, is_alone: bool = False) -> int:
    """Return the bytes that a process, alone or with all below it, holds for itself."""
    total = 0
    for each in [number] if is_alone else processes_of(number):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += 1024 * int(re.search(r"Pss: +(\d+)", text)[1])
    return total


if __name__ == "__main__":
    main()
