"""What a server does not put up with, each with its own status; and how it ends."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.serving.servers import PAGE, serving, worker_of


@pytest.fixture(scope="module")
def strict(tmp_path_factory, tiny_run):
    limits = ("workers=1", "queue=1", "timeout_seconds=3", "most_megabytes=1")
    folder = tmp_path_factory.mktemp("strict")
    with serving(folder, tiny_run.models, *limits) as server:
        assert read_at_last(server) == 200
        yield server


@contextlib.contextmanager
def asking(server, worker, count=1):
    """Send pages to read, one after another, while the process that reads them is held.

    Gives the answers, which are there at the end: the process goes on then, if it is still there.
    """
    os.kill(worker, signal.SIGSTOP)
    answers, threads = [], []
    try:
        for _ in range(count):
            ask = threading.Thread(target=lambda: answers.append(server.ask("/read", PAGE)))
            ask.start()
            threads.append(ask)
            time.sleep(0.3)
        yield answers
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGCONT)
        for ask in threads:
            ask.join()


def read_at_last(server):
    """Have a page read as soon as a process is there and free for it; return the status."""
    while (status := server.ask("/read", PAGE).status) in (503, 504):
        time.sleep(0.1)
    return status


def test_a_body_that_is_too_large_is_refused(strict):
    for size in (1_000_001, 3_500_000):
        answer = strict.ask("/read", b"x" * size)
        assert answer.status == 413
        assert answer.json["expected"] == "at most 1,000,000 bytes"


def test_a_body_that_is_announced_as_huge_is_not_waited_for(strict):
    with strict.open() as way:
        way.sendall(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")
        assert way.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_body_without_an_announced_end_is_refused_in_time(strict):
    with strict.open() as way:
        way.sendall(
            b"POST /read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(80):
            try:
                way.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            except OSError:
                break
        assert way.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_body_that_comes_too_slowly_is_given_up(strict):
    with strict.open() as way:
        way.sendall(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
        started = time.monotonic()
        assert way.recv(1000).startswith(b"HTTP/1.1 408")
        assert 2 < time.monotonic() - started < 20


def test_an_upload_that_is_cut_off_leaves_no_trace(strict):
    for _ in range(5):
        with strict.open() as way:
            way.sendall(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nx")
    assert read_at_last(strict) == 200


def test_a_few_large_requests_at_once_are_enough(strict):
    head = b"POST /corrections HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            way = stack.enter_context(strict.open())
            way.sendall(head + b"Content-Length: 900000\r\n\r\n[")
        time.sleep(0.5)
        large = strict.ask("/v1/models/lenet5:predict", b"[" * 300_000)
        small = strict.ask("/v1/models/lenet5:predict", b"[")
    assert (large.status, small.status) == (503, 400)


HEADS = {
    "huge": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "many": b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "two lengths": b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nxx",
    "length and chunks": b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
}


@pytest.mark.parametrize("kind", HEADS)
def test_heads_that_nobody_sends_are_refused(strict, kind):
    with strict.open() as way:
        try:
            way.sendall(HEADS[kind])
            answered = way.recv(1000)
        except (ConnectionResetError, BrokenPipeError):
            answered = b""
    assert answered in (b"",) or answered.startswith(b"HTTP/1.1 4"), answered[:100]
    assert strict.ask("/models").status == 200


def test_more_than_may_wait_are_told_to_come_again(strict):
    assert read_at_last(strict) == 200
    with asking(strict, worker_of(strict), 2):
        refused = strict.ask("/read", PAGE)
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert refused.json["error"] == "The server is busy"


def test_what_takes_too_long_is_given_up_and_the_next_is_read(strict):
    assert read_at_last(strict) == 200
    worker = worker_of(strict)
    with asking(strict, worker) as answers:
        time.sleep(4)
    assert [answer.status for answer in answers] == [504]
    assert answers[0].json["expected"] == "an answer within 3 s"
    assert read_at_last(strict) == 200
    assert worker_of(strict) != worker


def test_a_process_that_is_killed_is_replaced_and_only_its_request_fails(strict):
    assert read_at_last(strict) == 200
    worker = worker_of(strict)
    with asking(strict, worker) as answers:
        os.kill(worker, signal.SIGKILL)
    assert [answer.status for answer in answers] == [500]
    assert "is replaced" in answers[0].json["error"]
    assert read_at_last(strict) == 200
    assert worker_of(strict) != worker


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_is_under_way_is_finished_when_it_is_asked_to_end(tmp_path, tiny_run, number):
    with serving(tmp_path, tiny_run.models, "workers=1") as server:
        assert read_at_last(server) == 200
        with asking(server, worker_of(server)) as answers:
            server.process.send_signal(number)
            time.sleep(1)
            assert server.process.poll() is None
        assert server.process.wait(timeout=10) == 0
        assert [answer.status for answer in answers] == [200]
        status = json.loads((server.run_folder / "status.json").read_text())
        assert status["state"] == "finished"
    assert f"Stopped by {signal.Signals(number).name}" in "".join(server.said)


def test_it_ends_in_time_whatever_does_not_end(tmp_path, tiny_run):
    with serving(tmp_path, tiny_run.models, "workers=1") as server, server.open() as way:
        assert read_at_last(server) == 200
        way.sendall(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nx")
        with asking(server, worker_of(server)) as answers:
            code, seconds = server.stop()
        assert code == 0
        assert seconds < 10
        assert [answer.status for answer in answers] == [503]


def test_its_processes_end_with_it_even_if_it_is_killed(tmp_path, tiny_run):
    with serving(tmp_path, tiny_run.models, "workers=1") as server:
        assert read_at_last(server) == 200
        worker = worker_of(server)
        server.stop(signal.SIGKILL)
        deadline = time.monotonic() + 10
        gone = Path(f"/proc/{worker}")
        while gone.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not gone.exists()


def test_a_port_that_is_taken_is_told(run_python, tmp_path, tiny_run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        folders = (f"models_dir={tiny_run.models}", f"hydra.run.dir={tmp_path}")
        refused = run_python("infer.py", "mode=serve", f"port={port}", *folders)
    assert refused.returncode == 2
    assert f"It cannot be listened at 127.0.0.1, port {port}" in refused.stderr
