"""Versions appear whole or not at all, numbers are never given twice, changed files are found."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mnister.errors import UserError
from mnister.models import store
from tests.models.versions import describe, export

ROOT = Path(__file__).resolve().parents[2]


def start_python(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE
    )


def test_versions_count_up_and_hold_what_was_written(tmp_path):
    assert [export(tmp_path), export(tmp_path), export(tmp_path, "lenet5")] == [1, 2, 1]
    model = store.find_model(tmp_path, "mlp/2")
    assert model.path == tmp_path / "mlp" / "2"
    assert model.class_names == ("0", "1")
    assert sorted(model.manifest["files"]) == ["saved_model.pb", "variables/weights"]
    assert model.manifest["format"] == store.FORMAT
    store.verify(model)


def test_the_number_asked_for_is_given_and_the_next_goes_on_from_it(tmp_path):
    assert export(tmp_path, version=7) == 7
    assert export(tmp_path) == 8


def test_a_place_that_cannot_hold_models_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for place in ("file", "file/models"):
        with pytest.raises(UserError, match="No model can be written") as caught:
            store.check_can_write(tmp_path / place)
        assert caught.value.received == f"{tmp_path / 'file'} is a file"
    store.check_can_write(tmp_path / "new" / "models")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("place", ["mlp", "mlp/.allotted", "mlp/.writing"])
def test_a_model_s_own_folder_that_cannot_be_written_is_refused(tmp_path, place):
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.touch()
    store.check_can_write(tmp_path, "lenet5")
    with pytest.raises(UserError, match=f"No model can be written into {tmp_path / 'mlp'}") as no:
        store.check_can_write(tmp_path, "mlp")
    assert no.value.received == f"{file} is a file"
    assert no.value.instead == "another export.name=…"


CHECKS = """
import os, sys
from mnister.errors import UserError
from mnister.models import store
from mnister.models.numbers import check_number_is_free

if os.getuid() == 0:  # whom nothing is forbidden
    os.setuid(65534)
try:
    store.check_can_write(sys.argv[1], "mlp")
except UserError as error:
    print(error)
"""


def test_a_model_s_folder_that_is_another_user_s_is_refused(run_python):
    with tempfile.TemporaryDirectory() as root:  # that any user may enter
        Path(root).chmod(0o777)
        models = Path(root) / "models"
        (models / "mlp").mkdir(parents=True)
        models.chmod(0o777)
        (models / "mlp").chmod(0o555)
        said = run_python("-c", CHECKS, models)
    assert said.stderr == ""
    assert f"Received: {models / 'mlp'} is not writable" in said.stdout


def test_a_number_is_never_given_twice(tmp_path):
    export(tmp_path, version=3)
    before = (tmp_path / "mlp" / "3" / "manifest.json").read_bytes()
    with pytest.raises(UserError, match="Version 3 of mlp exists or existed") as caught:
        export(tmp_path, version=3)
    assert "model_version=4" in caught.value.instead
    assert caught.value.received == "model_version=3"
    assert (tmp_path / "mlp" / "3" / "manifest.json").read_bytes() == before


EXPORT_MANY = """
import sys
from mnister.models import store
root, name, count = sys.argv[1:]
for _ in range(int(count)):
    with store.new_version(root, name) as folder:
        (folder / "weights").write_text(name + folder.name)
        store.write_manifest(
            folder, {"name": name, "version": int(folder.name), "exported_at": folder.name,
                     "class_names": []}
        )
    print(folder.name)
"""


def test_exports_at_the_same_moment_get_numbers_of_their_own(tmp_path):
    workers = [start_python(EXPORT_MANY, tmp_path, "mlp", 10) for _ in range(3)]
    numbers = [int(line) for worker in workers for line in worker.communicate()[0].split()]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sorted(numbers) == list(range(1, 31))
    models = store.list_models(tmp_path)
    assert len(models) == 30
    for model in models:
        assert (model.path / "weights").read_text() == f"mlp{model.version}"
        store.verify(model)


WRITE_FOR_EVER = """
import sys
from mnister.models import store
with store.new_version(sys.argv[1], "mlp") as folder:
    (folder / "saved_model.pb").write_bytes(b"graph")
    store.write_manifest(folder, {"name": "mlp", "version": 1, "exported_at": "now",
                                        "class_names": []})
    print("written", flush=True)
    while True:
        (folder / "weights").open("ab").write(b"more")
"""


def test_a_killed_export_leaves_nothing_that_looks_like_a_version(tmp_path):
    writer = start_python(WRITE_FOR_EVER, tmp_path)
    assert writer.stdout.readline() == b"written\n"
    time.sleep(0.05)
    os.kill(writer.pid, signal.SIGKILL)
    assert writer.wait() == -signal.SIGKILL
    writer.stdout.close()
    assert not (tmp_path / "mlp" / "1").exists()
    assert store.list_models(tmp_path) == []
    assert store.list_models(tmp_path / "mlp") == []
    with pytest.raises(UserError, match="No model is exported yet"):
        store.find_model(tmp_path)
    assert export(tmp_path) == 2
    store.verify(store.find_model(tmp_path))


def test_an_export_that_raises_leaves_nothing_but_its_number(tmp_path):
    with pytest.raises(RuntimeError), store.new_version(tmp_path, "mlp") as folder:  # noqa: PT012
        (folder / "saved_model.pb").write_bytes(b"half")
        raise RuntimeError("the network differs")
    assert not folder.exists()
    assert store.list_models(tmp_path) == []
    assert export(tmp_path) == 2


@pytest.fixture
def model(tmp_path):
    export(tmp_path)
    return store.find_model(tmp_path)


def test_a_changed_file_is_named(model):
    (model.path / "variables" / "weights").write_bytes(b"Weights")
    with pytest.raises(UserError, match=r"variables/weights was changed"):
        store.verify(model)


def test_a_missing_file_is_named(model):
    (model.path / "saved_model.pb").unlink()
    with pytest.raises(UserError, match=r"saved_model\.pb is missing"):
        store.verify(model)


def test_an_added_file_is_named(model):
    (model.path / "variables" / "extra").write_bytes(b"")
    with pytest.raises(UserError, match=r"variables/extra was added") as caught:
        store.verify(model)
    assert caught.value.instead == "remove that file"


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "README.txt", "variables/.DS_Store", "._saved_model.pb", "Thumbs.db", "LICENSE",
     "variables/._weights", "assets.extra/tf_serving_warmup_requests", "notes/größe.md",
     ".nfs000000000000a1b2"],
)  # fmt: skip
def test_what_can_neither_be_served_nor_run_is_named_and_ignored(model, name, caplog):
    path = model.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    store.verify(model)
    assert caplog.messages == [f"Not of the model, ignored in {model.path}: {name}"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("hook.py", b""), ("libx.so.1", b""), ("model.tflite", b""), ("saved_model.pbtxt", b""),
     ("2/saved_model.pb", b""), ("assets/words.txt", b""), ("variables/variables.index", b""),
     ("variables.data-00000-of-00001", b""), ("assets.extra/Run.SH", b""), ("a.keras", b""),
     ("README.txt", b"#!/bin/sh"), ("run", b"\x7fELF"), (".so", b""), (".hidden.py", b"")],
)  # fmt: skip
def test_what_could_be_served_or_run_is_refused(model, name, content):
    path = model.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    (model.path / ".DS_Store").write_bytes(b"")
    with pytest.raises(UserError, match=f"{re.escape(name)} was added"):
        store.verify(model)


def test_without_strangers_nothing_is_said(model, caplog):
    store.verify(model)
    assert caplog.messages == []


def valid(**changes):
    return json.dumps({"format": 1, **describe("mlp", 1), "files": {}, **changes})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"name": "mlp"}',
        '{"name": "mlp", "version": "first", "exported_at": "", "class_names": [], "files": {}}',
        '{"name": "mlp", "version": 1, "class_names": [], "files": {}}',
        '{"name": "mlp", "version": 1, "exported_at": "", "files": {}}',
        '{"name": "mlp", "version": 1, "exported_at": "", "class_names": []}',
        valid(format=2),
        valid(version=True),
        valid(class_names=[0, 1]),
        valid(files={"saved_model.pb": 1}),
        '{"name": "mlp", "version": 1, "exported_at": 5, "class_names": 3, "files": []}',
        '{"name": "\\ud800',
    ],
)
def test_a_broken_manifest_is_named(model, content):
    (model.path / "manifest.json").write_text(content)
    for wanted in ("latest", "mlp/1", model.path):
        with pytest.raises(UserError, match=r"manifest\.json cannot be read"):
            store.find_model(model.path.parents[1], wanted)


def test_a_manifest_of_other_bytes_is_named(model):
    (model.path / "manifest.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"manifest\.json cannot be read"):
        store.find_model(model.path.parents[1])


def test_a_broken_manifest_does_not_bar_other_versions_asked_for_by_name(tmp_path):
    export(tmp_path)
    export(tmp_path)
    (tmp_path / "mlp" / "2" / "manifest.json").write_text("{")
    assert store.find_model(tmp_path, "mlp/1").version == 1
    with pytest.raises(UserError, match="cannot be read"):
        store.find_model(tmp_path, "latest")


def test_a_manifest_names_every_file_with_its_checksum(model):
    files = json.loads((model.path / "manifest.json").read_text())["files"]
    assert files["saved_model.pb"] == hashlib.sha256(b"graph").hexdigest()
    assert files["variables/weights"] == hashlib.sha256(b"weights").hexdigest()
