"""A reader is made of the networks that are there, and of those that are asked for."""

import json
import shutil

import pytest

from mnister.errors import UserError
from mnister.models.builtin import BUILTIN
from mnister.reading.by_network import ByNetwork
from mnister.reading.by_pieces import ByPieces
from mnister.reading.library import Reader, find_crop_network, find_detector, load_detector
from tests.reading.pages import LINES


def test_with_nothing_trained_the_builtin_page_network_reads_alone(clean, tmp_path):
    reader = Reader(models_dir=tmp_path)
    assert reader.model is None
    assert reader.detector.path == BUILTIN["pages"]
    assert reader.crop_network.path == BUILTIN["crops"]
    assert list(reader.read(clean).lines) == LINES


@pytest.mark.slow
def test_the_digit_network_exported_last_looks_again(tiny_run, clean):
    reader = Reader(models_dir=tiny_run.models)
    assert reader.model.path == tiny_run.version
    assert len(reader.networks) == 3
    assert [len(line) for line in reader.read(clean).lines] == [len(line) for line in LINES]
    for none in (None, "none"):
        alone = Reader(none, models_dir=tiny_run.models)
        assert (alone.model, len(alone.networks)) == (None, 2)
    with pytest.raises(UserError, match=r"a threshold needs(?s:.*)model=latest"):
        Reader("none", models_dir=tiny_run.models, threshold="otsu")


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"detector": "none"}, {"threshold": "otsu"}])
def test_without_a_detector_a_threshold_finds_the_digits(tiny_run, clean, options):
    reader = Reader(models_dir=tiny_run.models, **options)
    assert reader.detector is None
    assert isinstance(reader.finder, ByPieces)
    assert reader.read(clean).threshold > 0


def test_a_page_network_of_the_users_own_is_named_as_a_model_is(tmp_path):
    shutil.copytree(BUILTIN["pages"], tmp_path / "page" / "1")
    for wanted in ("page", "page/1", "latest", tmp_path / "page" / "1"):
        reader = Reader(detector=wanted, models_dir=tmp_path)
        assert reader.detector.path == tmp_path / "page" / "1"
        assert isinstance(reader.finder, ByNetwork)
        assert reader.model is None


def test_what_is_not_there_is_refused(tmp_path):
    no_model = r"(?s)No model is exported yet.*detector=mine.*experiment=page"
    with pytest.raises(UserError, match=no_model):
        Reader(detector="mine", models_dir=tmp_path)
    with pytest.raises(UserError, match="No model is exported yet"):
        Reader("lenet5", models_dir=tmp_path)
    with pytest.raises(UserError, match="No model is exported yet"):
        Reader(detector="none", models_dir=tmp_path)
    shutil.copytree(BUILTIN["pages"], tmp_path / "page" / "1")
    with pytest.raises(UserError, match=r"(?s)detector=mine names no.*detector=page/"):
        Reader(detector="mine", models_dir=tmp_path)
    with pytest.raises(UserError, match="another kind"):
        Reader(tmp_path / "page" / "1", models_dir=tmp_path)


def test_a_page_network_that_was_changed_is_refused(tmp_path):
    changed = tmp_path / "page" / "1"
    shutil.copytree(BUILTIN["pages"], changed)
    (changed / "model.tflite").write_bytes((changed / "model.tflite").read_bytes()[:-1] + b"!")
    with pytest.raises(UserError, match=r"model.tflite was changed"):
        Reader(detector=changed, models_dir=tmp_path)


@pytest.mark.parametrize(
    "answer",
    [None, [], {"calibration": [1, 0]}, {"threshold": "high"}, {"threshold": 1, "calibration": 3}],
)
def test_a_manifest_that_does_not_say_how_answers_are_read_is_refused(tmp_path, answer):
    version = tmp_path / "page" / "1"
    shutil.copytree(BUILTIN["pages"], version)
    manifest = json.loads((version / "manifest.json").read_text())
    (version / "manifest.json").write_text(json.dumps(manifest | {"answer": answer}))
    with pytest.raises(UserError, match="does not say how its answer is read"):
        Reader(detector=version, models_dir=tmp_path)


def test_a_page_network_without_a_saved_model_names_the_runtime_that_reads_it(tmp_path):
    shutil.copytree(BUILTIN["pages"], tmp_path / "page" / "1")
    model = find_detector("page", tmp_path)
    with pytest.raises(UserError, match="cannot be run as a SavedModel") as caught:
        load_detector(model, runtime="saved_model")
    assert caught.value.instead.startswith("runtime=litert")
    assert load_detector(model).threshold == model.manifest["answer"]["threshold"]


@pytest.mark.parametrize(("find", "name"), [(find_detector, "page"), (find_crop_network, "crop")])
def test_the_builtin_networks_say_what_made_them(find, name):
    manifest = find().manifest
    assert manifest["config"]["model"]["name"] == name
    assert manifest["made_by"]["command"].startswith(f"python train.py experiment={name}")
    assert manifest["versions"]["mnister"]


def test_the_builtin_networks_are_small():
    files = [path for folder in BUILTIN.values() for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) < 4_000_000


def test_without_a_crop_network_the_page_network_reads_alone(clean, tmp_path):
    shutil.copytree(BUILTIN["crops"], tmp_path / "crop" / "1")
    reader = Reader(crop_network="none", models_dir=tmp_path)
    assert (reader.crop_network, len(reader.networks)) == (None, 1)
    assert list(reader.read(clean).lines) == LINES
    own = Reader(crop_network="crop/1", models_dir=tmp_path)
    assert own.crop_network.path == tmp_path / "crop" / "1"
    assert list(own.read(clean).lines) == LINES
    with pytest.raises(UserError, match=r"(?s)crop_network=mine names no.*crop_network=crop/"):
        Reader(crop_network="mine", models_dir=tmp_path)
