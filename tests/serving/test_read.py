"""`POST /read`: what is read is what a `Reader` reads; what is wrong is told in one shape."""

import base64
import csv
import http.client
import io
import json
import struct
import time
import zlib

import cv2
import numpy as np
import pytest

from mnister import Reader
from mnister.reading.predictions import COLUMNS, page_as_json
from tests.serving.servers import PAGE, ROOT


@pytest.fixture(scope="module")
def read_here(tiny_run):
    return Reader(tiny_run.version).read(ROOT / "images" / "multi" / "page_1.png")


def form(data, name="picture", file='; filename="a.png"'):
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
    return head + data + b"\r\n--B--\r\n"


FORM = {"Content_Type": "multipart/form-data; boundary=B"}


def test_a_picture_is_read_as_predictions_json_has_it(server, read_here):
    answer = server.ask("/read", PAGE)
    assert answer.status == 200
    assert answer.json["images"] == [
        json.loads(json.dumps(page_as_json(read_here))) | {"file": None}
    ]
    assert answer.json["model"] == {"name": "lenet5", "version": 1, "runtime": "litert"}
    assert answer.json["timing_ms"]["total"] > 0
    assert answer.headers["content-type"] == "application/json"


def test_a_form_is_read_as_a_body_is(server):
    plain, sent = server.ask("/read", PAGE), server.ask("/read", form(PAGE), **FORM)
    assert sent.status == 200
    assert sent.json["images"] == plain.json["images"]


def test_details_show_what_the_network_saw_and_said(server, read_here):
    (image,) = server.ask("/read?details=true", PAGE).json["images"]
    assert image["class_names"] == list("0123456789")
    assert len(image["digits"]) == len(read_here.digits) > 0
    for told, digit in zip(image["digits"], read_here.digits, strict=True):
        seen = np.frombuffer(base64.b64decode(told["image"]), np.uint8).reshape(28, 28)
        assert np.array_equal(seen, digit.image)
        assert 0 < sum(told["probabilities"]) < 1.001  # what is missing is that it is no digit
        assert max(told["probabilities"]) == told["probability"]


def test_accept_chooses_the_kind_of_answer(server, read_here):
    answer = server.ask("/read", PAGE, Accept="image/png,*/*")
    assert answer.headers["content-type"] == "image/png"
    picture = cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(picture[..., ::-1], read_here.annotated())
    table = server.ask("/read", PAGE, Accept="text/csv").body.decode()
    head, *rows = csv.reader(io.StringIO(table))
    assert head == list(COLUMNS)
    assert [row[6] for row in rows] == [digit.best.name for digit in read_here.digits]


def test_options_are_the_readers(server, tiny_run):
    query = "mode=single_digit&threshold=100&min_confidence=0.999&model=lenet5/1"
    picture = ROOT / "images" / "single" / "own_1.png"
    options = {"mode": "single_digit", "threshold": 100, "min_confidence": 0.999}
    expected = page_as_json(Reader(tiny_run.version, **options).read(picture))
    answer = server.ask(f"/read?{query}", picture.read_bytes())
    assert answer.json["images"] == [json.loads(json.dumps(expected)) | {"file": None}]


def png_header(width, height):
    """Return a PNG that promises a size and holds nothing."""
    content = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + content))
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + content + check


BROKEN = {
    "no picture": (b"hello", "The picture is not a picture that can be read"),
    "cut off": (PAGE[:2000], "The picture"),
    "too many pixels": (png_header(10000, 6000), "The picture is too large to read"),
    "more pixels than numbers": (png_header(2**31 - 1, 2**31 - 1), "The picture is too large"),
    "too small": (png_header(3, 3), "The picture is too small to read"),
    "nothing": (b"", "There is no picture in the request"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_picture_that_cannot_be_read_is_told_in_the_shape_of_every_error(server, kind):
    data, said = BROKEN[kind]
    for answer in (server.ask("/read", data), server.ask("/read", form(data), **FORM)):
        assert answer.status == 422
        assert answer.json["error"].startswith(said)
        assert set(answer.json) <= {"error", "expected", "received", "instead"}
        assert "/tmp" not in answer.body.decode()


FORMS = {
    "no boundary": (form(PAGE), {"Content_Type": "multipart/form-data"}),
    "another boundary": (form(PAGE), {"Content_Type": "multipart/form-data; boundary=C"}),
    "no file": (form(b"1", "digit", ""), FORM),
    "cut off": (form(PAGE)[:500], FORM),
    "two files": (form(PAGE)[:-5] + b"\r\n" + form(PAGE), FORM),
    "an endless field": (form(b"1" * 3_000_000, "digit", ""), FORM),
}


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_that_cannot_be_read_is_told(server, kind):
    body, headers = FORMS[kind]
    answer = server.ask("/read", body, **headers)
    assert answer.status == 422
    assert answer.json["error"]


QUERIES = {
    "modes=single_digit": "modes: no such parameter",
    "mode=single": "mode: not a possible value",
    "threshold=256": "threshold: not a possible value",
    "threshold=²": "threshold: not a possible value",
    "min_confidence=nan": "min_confidence: not a possible value",
    "details=perhaps": "details: not a possible value",
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_wrong_query_is_told(server, query):
    answer = server.ask(f"/read?{query}".replace("²", "%C2%B2"), PAGE)
    assert (answer.status, answer.json["error"]) == (422, QUERIES[query])


@pytest.mark.parametrize("name", ["lenet6", "lenet5/2", "lenet5/x", "..", "../lenet5/1", "/etc"])
def test_only_exported_models_can_be_asked_for(server, name):
    answer = server.ask(f"/read?model={name}", PAGE)
    assert answer.status == 404
    assert "lenet5/1" in answer.json["expected"]


def test_other_paths_and_methods_are_told(server):
    for path, status in (("/reads", 404), ("/static/../app.py", 404), ("/static/%2e%2e", 404)):
        assert server.ask(path).status == status
    answer = server.ask("/read")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.json["received"] == "GET /read"


def test_each_request_is_logged_without_its_picture(server):
    server.ask("/read?model=secret", PAGE)
    time.sleep(0.2)
    lines = (server.run_folder / "access.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    assert (last["path"], last["status"], last["received"]) == ("/read", 404, len(PAGE))
    assert "secret" not in lines[-1]


def test_metrics_count_requests_and_digits(server, read_here):
    def digits():
        text = server.ask("/metrics").body.decode()
        assert 'mnister_requests_total{route="read",status="200"}' in text
        (line,) = [row for row in text.splitlines() if row.startswith("mnister_digits_total ")]
        return float(line.split()[1])

    server.ask("/read", PAGE)
    before = digits()
    server.ask("/read", PAGE)
    assert digits() == before + len(read_here.digits)


def test_an_answer_is_not_held_back(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    seconds = []
    for _ in range(20):
        started = time.perf_counter()
        connection.request("GET", "/models")
        connection.getresponse().read()
        seconds.append(time.perf_counter() - started)
    connection.close()
    assert min(seconds[1:]) < 0.03  # what waits for an acknowledgement waits 40 ms
