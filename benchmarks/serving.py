"""Measure a server of one digit network beside others: the same network, requests and machine.

    python benchmarks/serving.py
    python benchmarks/serving.py --model compact --clients 1 8 64 --seconds 10
    python benchmarks/serving.py --servers mnister litserve --peer-python peers/bin/python

Each request is one digit as JSON, by `:predict` or the other server's own form; each client sends
the next when it has its answer. LitServe runs in an environment of its own, which needs
`pip install litserve ai-edge-litert`, with batches of up to 64 digits or 5 ms.

requests/s p50 p99   answers a second, and milliseconds until half and 99 % had come
errors               answers that were not 200, or another class than the network's own
memory               MB of the server's processes together at the end of the row (Linux)
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from mnister.models.load import load_network
from mnister.models.store import find_model

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120
WARM_UP_SECONDS = 1.0
LITSERVE = """
import sys
import litserve
import numpy as np
from ai_edge_litert.interpreter import Interpreter

class Digits(litserve.LitAPI):
    def setup(self, device):
        network = Interpreter(model_path=sys.argv[1], num_threads=1)
        self.run = network.get_signature_runner("serving_default")
    def decode_request(self, request):
        return np.array(request["image"], np.uint8)
    def batch(self, inputs):
        return np.stack(inputs)
    def predict(self, images):
        answer = self.run(image=images)
        return list(zip(answer["probabilities"].tolist(), answer["class_ids"].tolist()))
    def unbatch(self, outputs):
        return outputs
    def encode_response(self, output):
        return {"probabilities": output[0], "class_ids": output[1]}

if __name__ == "__main__":
    api = Digits(max_batch_size=64, batch_timeout=0.005)
    litserve.LitServer(api, accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="error")
"""


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
    for heading in ("requests/s", "p50 ms", "p99 ms", "errors", "memory MB"):
        table.add_column(heading, justify="right")
    loads = [os.getloadavg()[0]]
    for name in arguments.servers:
        with started(name, model, arguments) as (process, port):
            request = requests_of(name, model.name, image)
            asyncio.run(ask(port, request, digit, 1, WARM_UP_SECONDS))
            for clients in arguments.clients:
                row = asyncio.run(ask(port, request, digit, clients, arguments.seconds))
                rate = len(row.milliseconds) / arguments.seconds
                p50, p99 = np.percentile(row.milliseconds or [np.nan], (50, 99))
                table.add_row(
                    name, str(clients), f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}",
                    str(row.errors), f"{memory_of(process.pid) / 1e6:.0f}",
                )  # fmt: skip
        loads.append(os.getloadavg()[0])
    console = Console(width=80)
    console.print(table)
    console.print("Load average before, and after each: " + ", ".join(f"{x:.1f}" for x in loads))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--servers", nargs="+", choices=("mnister", "litserve"),
                        default=["mnister"], help="in this order (default: mnister)")  # fmt: skip
    parser.add_argument("--clients", type=int, nargs="+", default=(1, 8, 64), metavar="N",
                        help="at once, a row each (default: 1 8 64)")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=5, help="of each row (default: 5)")
    parser.add_argument("--model", default="latest", help="as for infer.py (default: latest)")
    parser.add_argument("--models-dir", default="outputs/models")
    parser.add_argument("--peer-python", default=sys.executable,
                        help="of the environment with LitServe (default: this one)")  # fmt: skip
    return parser.parse_args()


@contextlib.contextmanager
def started(
    name: str, model, arguments: argparse.Namespace
) -> Iterator[tuple[subprocess.Popen, int]]:
    """Start a server; give its process and its port when it listens."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        if name == "mnister":
            command = [sys.executable, str(ROOT / "infer.py"), "mode=serve", f"port={port}",
                       f"model={model.path.absolute()}", f"hydra.run.dir={folder}"]  # fmt: skip
        else:
            script = Path(folder) / "litserve_server.py"
            script.write_text(LITSERVE, encoding="utf-8")
            network = str(model.path.absolute() / "model.tflite")
            command = [arguments.peer_python, str(script), network, str(port)]
        log = Path(folder) / "server.log"
        with log.open("w") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder,
                                       env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
        try:
            wait_for(port, process, log)
            yield process, port
        finally:
            process.terminate()
            process.wait()


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


def requests_of(name: str, model: str, image: np.ndarray) -> bytes:
    """Return the whole request for one digit, as bytes of HTTP."""
    paths = {"mnister": f"/v1/models/{model}:predict", "litserve": "/predict"}
    told = {"mnister": {"instances": [image.tolist()]}, "litserve": {"image": image.tolist()}}
    body = json.dumps(told[name], separators=(",", ":")).encode()
    head = f"POST {paths[name]} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


async def ask(port: int, request: bytes, digit: int, clients: int, seconds: float) -> Row:
    """Let clients ask, each one after the other, until the time is over."""
    row = Row()
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_ask_on(port, request, digit, until, row) for _ in range(clients)))
    return row


async def _ask_on(port: int, request: bytes, digit: int, until: float, row: Row) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.closing(writer):
        while (began := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])
            answer = json.loads(await reader.readexactly(size))
            row.milliseconds.append(1000 * (time.perf_counter() - began))
            told = answer.get("predictions", [answer])[0]
            row.errors += b" 200 " not in head.split(b"\r\n")[0] or told["class_ids"] != digit


def memory_of(number: int) -> int:
    """Return the bytes that a process and all below it hold for themselves; 0 where none tells."""
    total = 0
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{number}/smaps_rollup").read_text()
        total += 1024 * int(re.search(r"Pss: +(\d+)", text)[1])
        for children in Path(f"/proc/{number}/task").glob("*/children"):
            total += sum(memory_of(int(child)) for child in children.read_text().split())
    return total


if __name__ == "__main__":
    main()
