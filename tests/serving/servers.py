"""A server as a user starts it, and the requests that tests send to it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "images" / "multi" / "page_1.png").read_bytes()

for package in ("starlette", "uvicorn", "python_multipart", "prometheus_client"):
    pytest.importorskip(package, reason="needs '.[serve]'")


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """A server process that listens."""

    process: subprocess.Popen
    folder: Path
    port: int = 0
    said: list = field(default_factory=list)

    def ask(self, path, body=None, method=None, port=None, **headers):
        """Send one request, with header names' underscores as hyphens; return the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=120)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(connection):
            connection.request(method or ("GET" if body is None else "POST"), path, body, names)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())

    def open(self):
        """Return a socket that is connected to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; return its exit code and how many seconds that took."""
        started = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(timeout=60), time.monotonic() - started

    @property
    def run_folder(self):
        (folder,) = (self.folder / "outputs" / "infer").iterdir()
        return folder


@contextlib.contextmanager
def serving(folder, models, *arguments, seconds=120):
    """Start `python infer.py mode=serve …` in a folder; give it when it listens."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "infer.py"), "mode=serve", "port=0", f"models_dir={models}",
         *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    server = Server(process, folder)
    listening = threading.Event()

    def listen():
        for line in process.stderr:
            server.said.append(line)
            found = re.search(r"Serving at https?://[^/]*:(\d+)/", line)
            if found:
                server.port = int(found[1])
                listening.set()
        listening.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        assert listening.wait(seconds), "it does not listen"
        assert server.port, server.said
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
        thread.join(timeout=10)


def parent_of(number):
    """Return the number of a process's parent."""
    return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])


def workers_of(server):
    """Return the numbers of the processes that read: the children of one that starts such."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if parent_of(parent_of(entry.name)) == server.process.pid:
                    found.append(int(entry.name))
    return found


def worker_of(server):
    """Return the number of the only process that reads."""
    (worker,) = workers_of(server)
    return worker
