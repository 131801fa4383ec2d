"""Nothing is trained yet: the page network that comes with MNISTER reads alone."""

import base64
import json
import shutil
import time

import numpy as np
import pytest

from mnister import Reader
from mnister.reading.predictions import page_as_json
from tests.serving.servers import PAGE, ROOT, serving

PICTURE = ROOT / "images" / "multi" / "page_1.png"
IMAGE = json.dumps({"instances": np.zeros((1, 28, 28, 1), int).tolist()})
TENSOR = {"name": "image", "datatype": "UINT8", "shape": [1, 28, 28, 1], "data": [0] * 784}


@pytest.fixture(scope="module")
def alone():
    return page_as_json(Reader(model=None).read(PICTURE)) | {"file": None}


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained")
    with serving(folder, folder / "models", "workers=1") as server:
        yield server


def test_pictures_are_read_by_the_page_network(untrained, alone):
    answer = untrained.ask("/read?details=true", PAGE)
    assert answer.status == 200, answer.body
    assert (answer.json["model"], answer.json["detector"]["name"]) == (None, "page")
    (image,) = answer.json["images"]
    assert image["class_names"] == list("0123456789")
    assert image["lines"] == alone["lines"]
    assert any(image["lines"])
    assert all(len(digit["probabilities"]) == 10 for digit in image["digits"])
    assert "No digit network: the page network reads alone" in "".join(untrained.said)


def test_the_bare_network_is_told_not_to_be_there(untrained):
    assert untrained.ask("/models").json == {"current": None, "models": []}
    assert untrained.ask("/v2/models").json == {"models": []}
    assert untrained.ask("/v2/health/ready").status == 200
    inference = json.dumps({"inputs": [TENSOR]})
    for path, body in (
        ("/v1/models/compact:predict", IMAGE),
        ("/v1/models/compact", None),
        ("/v2/models/compact/infer", inference),
        ("/v2/models/compact/ready", None),
    ):
        answer = untrained.ask(path, body)
        assert answer.status == 404, path
        assert answer.json["error"] == "There is no model compact: no digit network is exported"
        assert set(answer.json) == {"error", "expected", "instead"}


def test_what_needs_a_digit_network_is_refused_in_words(untrained, run_python, tmp_path):
    answer = untrained.ask("/read?threshold=otsu", PAGE)
    assert answer.status == 422
    assert answer.json["error"] == "There is no digit network, which a threshold needs"
    assert untrained.ask("/read?model=compact", PAGE).json["expected"] == "none"
    folders = (f"models_dir={tmp_path / 'models'}", f"hydra.run.dir={tmp_path}")
    for asked in ("preprocessing.threshold=100", "model=compact"):
        refused = run_python("infer.py", "mode=serve", "port=0", *folders, asked)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
        assert "Instead: " in refused.stderr


def test_corrections_are_taken_without_a_digit_network(untrained):
    picture = base64.b64encode((ROOT / "images" / "single" / "own_1.png").read_bytes()).decode()
    told = {"label": "7", "picture": picture, "box": [0, 0, 9, 9], "kind": "digit"}
    body = json.dumps({"corrections": [told]})
    answer = untrained.ask("/corrections", body, Content_Type="application/json")
    assert (answer.status, answer.json["saved"]) == (200, 1)


def test_the_first_network_that_is_exported_is_served(tmp_path, tiny_run, alone):
    models = tmp_path / "models"
    with serving(tmp_path, models, "workers=1") as server:
        hidden = models / "lenet5" / ".writing" / "1"
        shutil.copytree(tiny_run.version, hidden)
        hidden.rename(models / "lenet5" / "1")
        deadline = time.monotonic() + 30
        while server.ask("/models").json["current"] is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert server.ask("/v2/models").json == {"models": [{"name": "lenet5", "versions": ["1"]}]}
        assert server.ask("/v1/models/lenet5:predict", IMAGE).status == 200
        read = server.ask("/read", PAGE).json
        assert (read["model"]["name"], read["detector"]["name"]) == ("lenet5", "page")
        without = server.ask("/read?model=none", PAGE).json
        assert (without["model"], without["images"]) == (None, [json.loads(json.dumps(alone))])


def test_none_is_asked_for_though_there_is_one(tmp_path, tiny_run):
    with serving(tmp_path, tiny_run.models, "workers=1", "model=none") as server:
        assert server.ask("/models").json["current"] is None
        assert server.ask("/read", PAGE).json["model"] is None
        assert server.ask("/read?model=lenet5", PAGE).json["model"]["name"] == "lenet5"
        assert server.ask("/v1/models/lenet5:predict", IMAGE).status == 200
