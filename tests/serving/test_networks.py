"""The bare network by TensorFlow Serving's REST API and by the Open Inference Protocol."""

import gzip
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mnister.models.load import load_network
from mnister.models.store import find_model
from tests.serving.servers import serving

IMAGES = np.random.default_rng(7).integers(0, 256, (5, 28, 28, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def expected(tiny_run):
    return load_network(find_model(tiny_run.models), "litert").predict(IMAGES)


def predict(server, told, path="lenet5", **headers):
    body = told if isinstance(told, bytes) else json.dumps(told)
    return server.ask(f"/v1/models/{path}:predict", body, **headers)


def infer(server, told, path="lenet5", **headers):
    body = told if isinstance(told, bytes) else json.dumps(told)
    return server.ask(f"/v2/models/{path}/infer", body, **headers)


def tensor(images=IMAGES, **other):
    plain = {"name": "image", "datatype": "UINT8", "shape": list(images.shape)}
    return plain | {"data": images.reshape(-1).tolist()} | other


ROWS = {
    "plain": {"instances": IMAGES.tolist()},
    "named": {"instances": [{"image": image.tolist()} for image in IMAGES]},
    "with a signature": {"signature_name": "serving_default", "instances": IMAGES.tolist()},
}


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("path", ["lenet5", "lenet5/versions/1"])
def test_rows_are_classified(server, expected, kind, path):
    rows = predict(server, ROWS[kind], path).json["predictions"]
    assert np.allclose([row["probabilities"] for row in rows], expected, atol=1e-6)
    assert [row["class_ids"] for row in rows] == expected.argmax(axis=1).tolist()


@pytest.mark.parametrize("inputs", [IMAGES.tolist(), {"image": IMAGES.tolist()}])
def test_a_column_is_classified(server, expected, inputs):
    outputs = predict(server, {"inputs": inputs}).json["outputs"]
    assert np.allclose(outputs["probabilities"], expected, atol=1e-6)
    assert outputs["class_ids"] == expected.argmax(axis=1).tolist()


def test_a_version_tells_its_state_and_its_signature(server):
    for path in ("/v1/models/lenet5", "/v1/models/lenet5/versions/1"):
        (status,) = server.ask(path).json["model_version_status"]
        assert (status["version"], status["state"]) == ("1", "AVAILABLE")
        told = server.ask(f"{path}/metadata").json
        assert told["model_spec"]["name"] == "lenet5"
        signature = told["metadata"]["signature_def"]["signature_def"]["serving_default"]
        assert signature["inputs"]["image"]["dtype"] == "DT_UINT8"
        sizes = [d["size"] for d in signature["outputs"]["probabilities"]["tensor_shape"]["dim"]]
        assert sizes == ["-1", "10"]


BAD_PREDICT = {
    "no JSON": b"{",
    "a list": [],
    "nothing": {},
    "both": {"instances": [], "inputs": []},
    "another signature": {"signature_name": "train", "instances": IMAGES.tolist()},
    "another name": {"instances": [{"images": IMAGES[0].tolist()}]},
    "fractions": {"instances": (IMAGES / 255).tolist()},
    "too dark": {"instances": (IMAGES.astype(int) - 1).tolist()},
    "too light": {"instances": (IMAGES.astype(int) + 1).tolist()},
    "huge": {"inputs": [[[[10**400]] * 28] * 28]},
    "texts": {"instances": [[[["1"]] * 28] * 28]},
    "truths": {"instances": [[[[True]] * 28] * 28]},
    "ragged": {"instances": [IMAGES[0].tolist(), IMAGES[0, :27].tolist()]},
    "flat": {"instances": IMAGES.reshape(5, -1).tolist()},
    "a number": {"instances": 7},
    "deep": b'{"instances": ' + b"[" * 100_000,
    "not UTF-8": b'{"instances": "\xff"}',
}


@pytest.mark.parametrize("kind", BAD_PREDICT)
def test_what_is_no_request_of_tensorflow_serving_is_told(server, kind):
    answer = predict(server, BAD_PREDICT[kind])
    assert answer.status == 400, answer.body
    assert isinstance(answer.json["error"], str)


@pytest.mark.parametrize("path", ["other", "lenet5/versions/2", "lenet5/versions/x", "%2e%2e"])
def test_a_model_that_is_not_there_is_told(server, path):
    assert predict(server, ROWS["plain"], path).status == 404
    assert infer(server, {"inputs": [tensor()]}, path).status == 404
    assert server.ask(f"/v2/models/{path}/ready").status == 404


def test_images_are_inferred(server, expected):
    answer = infer(server, {"id": "42", "inputs": [tensor()]}, "lenet5/versions/1").json
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("lenet5", "1", "42")
    probabilities, classes = answer["outputs"]
    assert (probabilities["datatype"], probabilities["shape"]) == ("FP32", [5, 10])
    assert np.allclose(np.reshape(probabilities["data"], (5, 10)), expected, atol=1e-6)
    assert (classes["datatype"], classes["data"]) == ("INT32", expected.argmax(axis=1).tolist())


def test_one_output_is_given_if_one_is_asked_for(server):
    told = {"inputs": [tensor(data=IMAGES.tolist())], "outputs": [{"name": "class_ids"}]}
    assert [each["name"] for each in infer(server, told).json["outputs"]] == ["class_ids"]


def test_tensors_go_and_come_in_binary(server, expected):
    image = tensor(parameters={"binary_data_size": IMAGES.size})
    del image["data"]
    asked = [{"name": "probabilities", "parameters": {"binary_data": True}}]
    head = json.dumps({"inputs": [image], "outputs": asked}).encode()
    length = {"Inference_Header_Content_Length": str(len(head))}
    answer = infer(server, head + IMAGES.tobytes(), **length)
    size = int(answer.headers["inference-header-content-length"])
    (output,) = json.loads(answer.body[:size])["outputs"]
    assert output["parameters"] == {"binary_data_size": 200}
    got = np.frombuffer(answer.body[size:], "<f4").reshape(output["shape"])
    assert np.allclose(got, expected, atol=1e-6)


def without(name):
    return {key: value for key, value in tensor().items() if key != name}


BAD_INFER = {
    "nothing": {},
    "no list": {"inputs": tensor()},
    "two": {"inputs": [tensor(), tensor()]},
    "another name": {"inputs": [tensor(name="input")]},
    "another type": {"inputs": [tensor(datatype="FP32")]},
    "another shape": {"inputs": [tensor(shape=[5, 784])]},
    "a shape too large": {"inputs": [tensor(shape=[2**62, 2**62, 28, 1])]},
    "a negative shape": {"inputs": [tensor(shape=[-5, -28, 28, 1])]},
    "no shape": {"inputs": [without("shape")]},
    "no data": {"inputs": [without("data")]},
    "another output": {"inputs": [tensor()], "outputs": [{"name": "logits"}]},
    "wrong outputs": {"inputs": [tensor()], "outputs": "probabilities"},
    "an output of no name": {"inputs": [tensor()], "outputs": [{"name": ["x"]}]},
    "binary that is not there": {"inputs": [tensor(parameters={"binary_data_size": 3920})]},
}


@pytest.mark.parametrize("kind", BAD_INFER)
def test_what_is_no_inference_request_is_told(server, kind):
    assert infer(server, BAD_INFER[kind]).status == 400


@pytest.mark.parametrize("length", ["-1", "99999999", "x", ""])
def test_a_wrong_length_of_the_json_part_is_told(server, length):
    told = json.dumps({"inputs": [tensor()]}).encode()
    assert infer(server, told, Inference_Header_Content_Length=length).status == 400


def test_a_compressed_request_is_told(server):
    packed = gzip.compress(json.dumps(ROWS["plain"]).encode())
    answer = predict(server, packed, Content_Encoding="gzip")
    assert (answer.status, answer.json["received"]) == (415, "gzip")


def test_a_server_and_its_model_say_what_they_are(server):
    assert server.ask("/v2").json["name"] == "mnister"
    assert server.ask("/v2/health/live").json == {"live": True}
    assert server.ask("/v2/health/ready").json == {"ready": True}
    assert server.ask("/v2/models/lenet5/ready").status == 200
    told = server.ask("/v2/models/lenet5").json
    assert told["versions"] == ["1"]
    assert told["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, 28, 28, 1]}]
    assert [each["datatype"] for each in told["outputs"]] == ["FP32", "INT32"]


def test_many_at_once_get_each_their_own_answer(server, expected):
    def ask(number):
        own = number % 5
        rows = predict(server, {"instances": IMAGES[own : own + 1].tolist()}).json["predictions"]
        return np.allclose(rows[0]["probabilities"], expected[own], atol=1e-6)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(200)))
    assert (
        'mnister_requests_total{route="v1_predict",status="200"}'
        in server.ask("/metrics").body.decode()
    )


def test_a_new_version_answers_soon_and_no_request_is_lost(tmp_path, tiny_run):
    models = tmp_path / "models"
    shutil.copytree(tiny_run.models / "lenet5" / "1", models / "lenet5" / "1")
    with serving(tmp_path, models, "workers=1") as server:
        answers, is_over = [], threading.Event()

        def go_on_asking():
            while not is_over.is_set():
                answers.append(infer(server, {"inputs": [tensor()]}))

        asking = threading.Thread(target=go_on_asking)
        asking.start()
        for number in (2, 3):
            publish(models, number, is_damaged=number == 3)
        deadline = time.monotonic() + 30
        log = server.run_folder / "infer.log"
        while "answers from now on" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)  # it is said just before
        assert server.ask("/models").json["current"] == "lenet5/2"
        is_over.set()
        asking.join()
        assert {answer.status for answer in answers} == {200}
        assert infer(server, {"inputs": [tensor()]}).json["model_version"] == "2"
        assert predict(server, ROWS["plain"], "lenet5/versions/1").status == 200
        assert predict(server, ROWS["plain"], "lenet5/versions/3").status == 404
        said = log.read_text()
        assert said.count("lenet5/3/model.tflite was changed since") == 1
        assert "Model lenet5/2 answers from now on" in said


def publish(models, number, is_damaged):
    """Let a version appear whole, as training does; a damaged one with a changed file."""
    hidden = models / "lenet5" / ".writing" / str(number)
    shutil.copytree(models / "lenet5" / "1", hidden)
    manifest = json.loads((hidden / "manifest.json").read_text())
    manifest |= {"version": number, "exported_at": f"2099-01-0{number}T00:00:00+00:00"}
    (hidden / "manifest.json").write_text(json.dumps(manifest))
    if is_damaged:
        network = hidden / "model.tflite"
        network.write_bytes(network.read_bytes()[:-1] + b"\0x")
    hidden.rename(models / "lenet5" / str(number))
