"""Versions appear whole or not at all, numbers are never given twice, changed files are found."""

import datetime
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnister import model_store
from mnister.errors import UserError

ROOT = Path(__file__).resolve().parents[1]


def describe(name, number, minute=0):
    exported_at = datetime.datetime(2026, 1, 1, 12, minute, tzinfo=datetime.UTC)
    return {
        "name": name,
        "version": number,
        "exported_at": exported_at.isoformat(),
        "class_names": ["0", "1"],
    }


def export(root, name="mlp", version=None, minute=0):
    """Write a small version as training does; return its number."""
    with model_store.new_version(root, name, version) as folder:
        (folder / "variables").mkdir()
        (folder / "variables" / "weights").write_bytes(b"weights")
        (folder / "saved_model.pb").write_bytes(b"graph")
        model_store.write_manifest(folder, describe(name, int(folder.name), minute))
    return int(folder.name)


def start_python(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE
    )


def test_versions_count_up_and_hold_what_was_written(tmp_path):
    assert [export(tmp_path), export(tmp_path), export(tmp_path, "lenet5")] == [1, 2, 1]
    model = model_store.find_model(tmp_path, "mlp/2")
    assert model.path == tmp_path / "mlp" / "2"
    assert model.class_names == ("0", "1")
    assert sorted(model.manifest["files"]) == ["saved_model.pb", "variables/weights"]
    assert model.manifest["format"] == model_store.FORMAT
    model_store.verify(model)


def test_the_number_asked_for_is_given_and_the_next_goes_on_from_it(tmp_path):
    assert export(tmp_path, version=7) == 7
    assert export(tmp_path) == 8


def test_a_place_that_cannot_hold_models_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for place in ("file", "file/models"):
        with pytest.raises(UserError, match="No model can be written") as caught:
            model_store.check_can_write(tmp_path / place)
        assert caught.value.received == f"{tmp_path / 'file'} is a file"
    model_store.check_can_write(tmp_path / "new" / "models")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_number_is_never_given_twice(tmp_path):
    export(tmp_path, version=3)
    before = (tmp_path / "mlp" / "3" / "manifest.json").read_bytes()
    with pytest.raises(UserError, match="Version 3 of mlp exists or existed") as caught:
        export(tmp_path, version=3)
    assert "model_version=4" in caught.value.instead
    assert caught.value.received == "model_version=3"
    assert (tmp_path / "mlp" / "3" / "manifest.json").read_bytes() == before


def test_a_deleted_versions_number_is_not_given_again(tmp_path):
    export(tmp_path)
    for file in sorted((tmp_path / "mlp" / "1").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (tmp_path / "mlp" / "1").rmdir()
    assert model_store.list_models(tmp_path) == []
    assert export(tmp_path) == 2
    with pytest.raises(UserError):
        model_store.check_number_is_free(tmp_path, "mlp", 1)


def test_a_number_is_checked_before_anything_is_written(tmp_path):
    model_store.check_number_is_free(tmp_path, "mlp", 5)
    model_store.check_number_is_free(tmp_path, "mlp", None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_somebody_else_put_there_is_not_overwritten(tmp_path):
    (tmp_path / "mlp" / "4").mkdir(parents=True)
    (tmp_path / "mlp" / "4" / "mine.txt").write_text("kept")
    assert export(tmp_path) == 5
    assert (tmp_path / "mlp" / "4" / "mine.txt").read_text() == "kept"


EXPORT_MANY = """
import sys
from mnister import model_store
root, name, count = sys.argv[1:]
for _ in range(int(count)):
    with model_store.new_version(root, name) as folder:
        (folder / "weights").write_text(name + folder.name)
        model_store.write_manifest(
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
    models = model_store.list_models(tmp_path)
    assert len(models) == 30
    for model in models:
        assert (model.path / "weights").read_text() == f"mlp{model.version}"
        model_store.verify(model)


WRITE_FOR_EVER = """
import sys
from mnister import model_store
with model_store.new_version(sys.argv[1], "mlp") as folder:
    (folder / "saved_model.pb").write_bytes(b"graph")
    model_store.write_manifest(folder, {"name": "mlp", "version": 1, "exported_at": "now",
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
    assert model_store.list_models(tmp_path) == []
    assert model_store.list_models(tmp_path / "mlp") == []
    with pytest.raises(UserError, match="No model is exported yet"):
        model_store.find_model(tmp_path)
    assert export(tmp_path) == 2
    model_store.verify(model_store.find_model(tmp_path))


def test_an_export_that_raises_leaves_nothing_but_its_number(tmp_path):
    with pytest.raises(RuntimeError), model_store.new_version(tmp_path, "mlp") as folder:  # noqa: PT012
        (folder / "saved_model.pb").write_bytes(b"half")
        raise RuntimeError("the network differs")
    assert not folder.exists()
    assert model_store.list_models(tmp_path) == []
    assert export(tmp_path) == 2


@pytest.fixture
def model(tmp_path):
    export(tmp_path)
    return model_store.find_model(tmp_path)


def test_a_changed_file_is_named(model):
    (model.path / "variables" / "weights").write_bytes(b"Weights")
    with pytest.raises(UserError, match=r"variables/weights was changed"):
        model_store.verify(model)


def test_a_missing_file_is_named(model):
    (model.path / "saved_model.pb").unlink()
    with pytest.raises(UserError, match=r"saved_model\.pb is missing"):
        model_store.verify(model)


def test_an_added_file_is_named(model):
    (model.path / "variables" / "extra").write_bytes(b"")
    with pytest.raises(UserError, match=r"variables/extra was added") as caught:
        model_store.verify(model)
    assert caught.value.instead == "remove that file"


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
        valid(digit_share="all"),
        valid(files={"saved_model.pb": 1}),
        '{"name": "mlp", "version": 1, "exported_at": 5, "class_names": 3, "files": []}',
        '{"name": "\\ud800',
    ],
)
def test_a_broken_manifest_is_named(model, content):
    (model.path / "manifest.json").write_text(content)
    for wanted in ("latest", "mlp/1", model.path):
        with pytest.raises(UserError, match=r"manifest\.json cannot be read"):
            model_store.find_model(model.path.parents[1], wanted)


def test_a_manifest_of_other_bytes_is_named(model):
    (model.path / "manifest.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"manifest\.json cannot be read"):
        model_store.find_model(model.path.parents[1])


def test_a_broken_manifest_does_not_bar_other_versions_asked_for_by_name(tmp_path):
    export(tmp_path)
    export(tmp_path)
    (tmp_path / "mlp" / "2" / "manifest.json").write_text("{")
    assert model_store.find_model(tmp_path, "mlp/1").version == 1
    with pytest.raises(UserError, match="cannot be read"):
        model_store.find_model(tmp_path, "latest")


@pytest.fixture
def root(tmp_path):
    """Give a root with mlp/1, mlp/2, lenet5/1 and lenet5/5; the last one exported is mlp/2."""
    for minute, (name, version) in enumerate([("mlp", 1), ("lenet5", 1), ("lenet5", 5)]):
        export(tmp_path, name, version, minute)
    export(tmp_path, "mlp", minute=10)
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("latest", "mlp/2"),
        (5, "lenet5/5"),
        ("5", "lenet5/5"),
        (2, "mlp/2"),
        ("mlp", "mlp/2"),
        ("lenet5", "lenet5/5"),
        ("lenet5/1", "lenet5/1"),
        ("{root}/lenet5/1", "lenet5/1"),
        ("{root}/mlp/1/", "mlp/1"),
    ],
)
def test_a_model_is_found(root, wanted, found):
    wanted = wanted.format(root=root) if isinstance(wanted, str) else wanted
    model = model_store.find_model(root, wanted)
    assert f"{model.name}/{model.version}" == found
    assert model.path == root / found


def test_a_path_may_be_relative(root, monkeypatch):
    monkeypatch.chdir(root)
    assert model_store.find_model("elsewhere", "mlp/1").version == 1


def test_the_latest_is_the_one_exported_last_whatever_its_number(root):
    listed = [f"{model.name}/{model.version}" for model in model_store.list_models(root)]
    assert listed == ["mlp/1", "lenet5/1", "lenet5/5", "mlp/2"]


def test_a_name_stands_for_its_highest_version(root):
    export(root, "lenet5", 3, minute=20)
    assert model_store.find_model(root, "lenet5").version == 5
    assert model_store.find_model(root, "latest").version == 3


def test_a_number_of_several_models_is_refused(root):
    with pytest.raises(UserError, match="model=1 names several models") as caught:
        model_store.find_model(root, 1)
    assert "mlp/1, lenet5/1" in caught.value.expected
    assert caught.value.instead in ("model=lenet5/1", "model=mlp/1")


@pytest.mark.parametrize("wanted", ["lenet", "9", "mlp/9", "nowhere/at/all", "", "mlp/.allotted"])
def test_a_model_that_is_not_there_is_refused(root, wanted):
    with pytest.raises(UserError, match="names no exported model") as caught:
        model_store.find_model(root, wanted)
    assert "mlp/1, lenet5/1, lenet5/5, mlp/2" in caught.value.expected


def test_of_many_models_the_last_are_named(tmp_path):
    for _ in range(model_store.SHOWN + 2):
        export(tmp_path)
    with pytest.raises(UserError) as caught:
        model_store.find_model(tmp_path, "lenet5")
    assert caught.value.expected.endswith("there are … mlp/3, mlp/4, mlp/5, mlp/6, mlp/7, "
                                          "mlp/8, mlp/9, mlp/10")  # fmt: skip


def test_no_model_at_all_says_what_to_type(tmp_path):
    with pytest.raises(UserError, match="No model is exported yet") as caught:
        model_store.find_model(tmp_path / "models")
    assert caught.value.instead == "python train.py"
    with pytest.raises(UserError, match="No model is exported yet") as caught:
        model_store.find_model(tmp_path / "models", "far/reader/1")
    assert caught.value.received == "model=far/reader/1, which is no version's folder, either"


def test_a_copy_under_another_name_is_not_a_version(root):
    (root / "mlp" / "2.old").mkdir()
    manifest = (root / "mlp" / "2" / "manifest.json").read_text()
    (root / "mlp" / "2.old" / "manifest.json").write_text(manifest)
    assert len(model_store.list_models(root)) == 4


def test_a_manifest_names_every_file_with_its_checksum(model):
    files = json.loads((model.path / "manifest.json").read_text())["files"]
    assert files["saved_model.pb"] == hashlib.sha256(b"graph").hexdigest()
    assert files["variables/weights"] == hashlib.sha256(b"weights").hexdigest()
