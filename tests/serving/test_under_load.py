"""Many clients, bad requests among theirs, processes killed: nobody else loses anything."""

import collections
import json
import os
import random
import signal
import threading
import time

import pytest

from tests.serving.servers import PAGE, ROOT, serving, workers_of

SECONDS, CLIENTS, KILLED = 8, 8, 3
DIGIT = (ROOT / "images" / "single" / "own_1.png").read_bytes()
IMAGE = json.dumps({"instances": [[[[7]] * 28] * 28]})
BAD = [
    ("/read", PAGE[:500], 422),
    ("/read", b"hello", 422),
    ("/read?x=1", PAGE, 422),
    ("/v1/models/lenet5:predict", b"{", 400),
    ("/v2/models/lenet5/infer", b"{}", 400),
    ("/corrections", b"{}", 415),
    ("/nothing", b"", 404),
]


@pytest.mark.slow
def test_nothing_is_lost_but_what_a_killed_process_had(tmp_path, tiny_run):
    with serving(tmp_path, tiny_run.models, "workers=2", "timeout_seconds=100") as server:
        wanted = server.ask("/read", DIGIT).json["images"]
        answer = server.ask("/v1/models/lenet5:predict", IMAGE).body
        counts, wrong = collections.Counter(), []
        until = time.monotonic() + SECONDS

        def ask_on(number):
            chance = random.Random(number)
            while time.monotonic() < until:
                kind = chance.random()
                if kind < 0.2:
                    path, body, status = chance.choice(BAD)
                    got = server.ask(path, body)
                    counts[500] += got.status == 500  # its process was killed, too
                    wrong.extend([(path, got)] if got.status not in (status, 500) else [])
                elif kind < 0.5:
                    got = server.ask("/read", DIGIT)
                    is_right = got.status == 500 or got.json.get("images") == wanted
                    wrong.extend([] if is_right else [("/read", got)])
                    counts[got.status] += 1
                else:
                    got = server.ask("/v1/models/lenet5:predict", IMAGE)
                    wrong.extend([("predict", got)] if got.body != answer else [])

        clients = [threading.Thread(target=ask_on, args=(n,)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(KILLED):
            time.sleep(SECONDS / (KILLED + 1))
            os.kill(workers_of(server)[0], signal.SIGKILL)
        for client in clients:
            client.join()
        assert wrong == []
        assert counts[200] > KILLED
        assert counts[500] <= KILLED
