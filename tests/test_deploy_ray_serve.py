"""The example for Ray Serve is started as a user does, and reads."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mnister import Reader
from mnister.reading.predictions import page_as_json

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "images" / "multi" / "page_1.png"
START = """
import sys
import ray
from ray import serve
import ray_serve

ray.init(num_cpus=2, include_dashboard=False, configure_logging=False, log_to_driver=False)
serve.start(http_options=serve.HTTPOptions(port=int(sys.argv[1])))
serve.run(ray_serve.reader({"model": "latest", "models_dir": sys.argv[2]}))
print("ready", flush=True)
sys.stdin.read()
serve.shutdown()
"""

try:
    from ray import serve as _serve  # noqa: F401
except ImportError:
    pytest.skip("needs 'ray[serve]'", allow_module_level=True)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """Start the example without any digit network, on a free port; give that."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("ray_serve")
    paths = {"PYTHONPATH": f"{ROOT / 'deploy'}{os.pathsep}{ROOT}", "RAY_USAGE_STATS_ENABLED": "0"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(number), str(folder / "models")],
            cwd=folder, env=os.environ | paths, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        lines = iter(process.stdout.readline, "")
        assert any(line == "ready\n" for line in lines), (folder / "log").read_text()[-3000:]
        yield number
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.wait(timeout=120)


def ask(port, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    with contextlib.closing(connection):
        connection.request("POST", "/", body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_pictures_are_read_as_by_a_reader(port):
    status, told = ask(port, PICTURE.read_bytes())
    assert status == 200, told
    expected = page_as_json(Reader(model=None).read(PICTURE)) | {"file": None}
    assert told["images"] == [json.loads(json.dumps(expected))]


def test_what_cannot_be_read_is_told_in_the_shape_of_every_error(port):
    for body, said in ((b"hello", "not a picture"), (b"", "no picture in the request")):
        status, told = ask(port, body)
        assert status == 422
        assert said in told["error"]
        assert set(told) <= {"error", "expected", "received", "instead"}
