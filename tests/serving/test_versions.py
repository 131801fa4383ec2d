"""Which version is served: the newest that is as it was exported."""

import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from mnister.errors import UserError
from mnister.serving.versions import Versions


@pytest.fixture
def models(tiny_run, tmp_path):
    for number in (1, 2):
        copy(tiny_run.version, tmp_path / "lenet5" / str(number))
    return tmp_path


def copy(version, folder):
    shutil.copytree(version, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"version": int(folder.name), "exported_at": f"2099-01-0{folder.name}"}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def damage(folder):
    (folder / "model.tflite").write_bytes(b"x")


def current(versions):
    return f"{versions.current.name}/{versions.current.version}"


def test_the_newest_answers_and_a_later_one_from_when_it_is_there(models, tiny_run):
    versions = Versions(models, "latest")
    assert current(versions) == "lenet5/2"
    copy(tiny_run.version, models / "lenet5" / "3")
    versions.refresh()
    assert current(versions) == "lenet5/3"
    assert versions.find("lenet5").version == 3
    assert versions.find("lenet5", 1).version == 1
    assert versions.find("lenet6") is None


@pytest.mark.parametrize("wanted", ["1", "lenet5/1"])
def test_a_version_that_was_asked_for_stays(models, wanted):
    versions = Versions(models, wanted if "/" in wanted else str(models / "lenet5" / wanted))
    versions.refresh()
    assert current(versions) == "lenet5/1"
    assert versions.find(None).version == 1


@pytest.mark.parametrize("wanted", ["latest", "lenet5"])
def test_a_damaged_one_is_passed_over_and_told_of_once(models, wanted, caplog):
    damage(models / "lenet5" / "2")
    (models / "lenet5" / "4").mkdir()
    (models / "lenet5" / "4" / "manifest.json").write_text("{")
    with caplog.at_level(logging.WARNING, "mnister.serving"):
        versions = Versions(models, wanted)
        versions.refresh()
        versions.find("lenet5", 2)
    assert current(versions) == "lenet5/1"
    assert [record.getMessage().count("Passed over") for record in caplog.records] == [1, 1]
    assert [model.version for model in versions.all()] == [1]


def test_one_that_is_gone_is_no_longer_offered(models):
    versions = Versions(models, "latest")
    shutil.rmtree(models / "lenet5" / "2")
    versions.refresh()
    assert current(versions) == "lenet5/1"
    assert versions.find("lenet5", 2) is None


def test_without_a_sound_one_nothing_is_served(models, tmp_path):
    for number in (1, 2):
        damage(models / "lenet5" / str(number))
    with pytest.raises(UserError, match="was changed since"):
        Versions(models, "latest")
    with pytest.raises(UserError, match="No model is exported yet"):
        Versions(tmp_path / "nothing", "lenet5")


def test_where_nothing_is_exported_the_first_one_answers_when_it_is_there(tmp_path, tiny_run):
    versions = Versions(tmp_path, "latest")
    assert (versions.current, versions.all(), versions.find(None)) == (None, [], None)
    copy(tiny_run.version, tmp_path / "lenet5" / "1")
    versions.refresh()
    assert current(versions) == "lenet5/1"


def test_none_stays_none_and_others_can_be_named(models):
    versions = Versions(models, "none")
    versions.refresh()
    assert versions.current is None
    assert versions.find("lenet5").version == 2


def test_those_who_ask_at_once_are_told_once(models, caplog):
    versions = Versions(models, "lenet5/1")
    damage(models / "lenet5" / "2")
    with caplog.at_level(logging.WARNING, "mnister.serving"), ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: versions.find("lenet5", 2), range(50))) == {None}
    assert len(caplog.records) == 1
