"""Corrections are kept where they belong, whatever is sent, and can be trained on."""

import base64
import json

import cv2
import numpy as np
import pytest

from mnister.data.image_folder import load_image_folder
from mnister.images.picture import read_digit
from mnister.serving.corrections import is_folder_name
from tests.serving.servers import PAGE

JSON = {"Content_Type": "application/json"}


def digit(number):
    """Return the PNG of a written digit in base64."""
    sheet = np.full((60, 60), 255, np.uint8)
    where = (18 + number // 10, 45)
    cv2.putText(sheet, str(number % 10), where, cv2.FONT_HERSHEY_SIMPLEX, 1.3, 0, 3)
    return base64.b64encode(cv2.imencode(".png", sheet)[1].tobytes()).decode()


def correction(label="7", picture=None, **more):
    plain = {"label": label, "picture": picture or digit(7), "box": [1, 2, 30, 40]}
    return plain | {"kind": "digit", "read_as": "1", "source": "photo.jpg"} | more


def send(server, *corrections):
    return server.ask("/corrections", json.dumps({"corrections": corrections}), **JSON)


@pytest.fixture
def folder(server):
    return server.folder / "outputs" / "corrections"


def test_what_is_kept_can_be_trained_on(server, folder):
    told = [correction(str(n % 10), digit(n)) for n in range(100)]
    told += [correction("none", digit(n)) for n in (8, 18, 28)]
    assert send(server, *told).json == {"saved": 103, "folder": "outputs/corrections"}
    data = load_image_folder(folder, read_digit, validation_fraction=0.1, test_fraction=0.1)
    assert data.class_names == (*"0123456789", "none")
    assert len(data.train) + len(data.validation) + len(data.test) >= 20
    lines = [json.loads(line) for line in (folder / "corrections.jsonl").read_text().splitlines()]
    first = next(line for line in lines if line["label"] == "7")
    assert (folder / first["file"]).is_file()
    assert (first["source"], first["read_as"], first["box"]) == ("photo.jpg", "1", [1, 2, 30, 40])
    assert "picture" not in first


def test_the_same_picture_is_kept_once(server, folder):
    for _ in range(2):
        assert send(server, correction("3", digit(33))).status == 200
    before = len(list(folder.glob("3/*.png")))
    assert send(server, correction("3", digit(33))).status == 200
    assert len(list(folder.glob("3/*.png"))) == before


NAMES = [
    "..", "../7", "/tmp/7", "7/..", "7\\..", ".", "", "7\0", "seven", "7 ", "\u0667", "C:7", ".7",
    "corrections.jsonl", "7" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_label_leads_out_of_the_folder(server, name):
    before = sorted(server.folder.rglob("*.png"))
    answer = send(server, correction(), correction(name))
    assert answer.status == 422
    assert "corrections.1.label" in answer.json["error"]
    assert sorted(server.folder.rglob("*.png")) == before


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "", "a\nb", "a\\b", "c:d", "\u202e7"])
def test_a_class_whose_name_is_no_folders_is_never_kept(name):
    assert not is_folder_name(name)


def test_names_of_sources_are_only_noted(server, folder):
    evil = "../../../etc/passwd\n{}"
    assert send(server, correction("5", digit(125), source=evil)).status == 200
    last = json.loads((folder / "corrections.jsonl").read_text().splitlines()[-1])
    assert last["source"] == evil
    assert last["file"].startswith("5/")


BAD = {
    "no JSON": "{",
    "a list": "[]",
    "none": '{"corrections": []}',
    "another key": json.dumps({"corrections": [correction()], "folder": "/tmp"}),
    "a name of its own": json.dumps({"corrections": [correction(file="/tmp/x.png")]}),
    "no picture": json.dumps({"corrections": [correction(picture="aGVsbG8=")]}),
    "no base64": json.dumps({"corrections": [correction(picture="h\u00e9llo")]}),
    "too large": json.dumps(
        {
            "corrections": [
                correction(
                    picture=base64.b64encode(
                        cv2.imencode(".png", np.zeros((1001, 1000), np.uint8))[1].tobytes()
                    ).decode()
                )
            ]
        }
    ),
    "deep": "[" * 100_000,
    "not UTF-8": b'{"corrections": "\xff"}',
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_correction_is_told(server, kind):
    answer = server.ask("/corrections", BAD[kind], **JSON)
    assert answer.status == 422
    assert answer.json["error"]


def test_only_json_is_taken(server):
    assert server.ask("/corrections", PAGE, Content_Type="text/plain").status == 415
