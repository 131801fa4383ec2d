"""A page network that was trained takes the place of the one that comes with MNISTER."""

import json
import shutil

import pytest
import yaml

from mnister.errors import UserError
from mnister.models import store
from mnister.models.builtin import BUILTIN
from mnister.reading import adopt


@pytest.fixture
def trained(tmp_path):
    """Give a version of a page network, and the folder of its run."""
    version, run = tmp_path / "page" / "7", tmp_path / "run"
    shutil.copytree(BUILTIN["pages"], version)
    manifest = json.loads((version / "manifest.json").read_text())
    manifest["config"]["export"]["dir"] = manifest["config"]["resume"] = str(tmp_path)
    (version / "manifest.json").write_text(json.dumps(manifest))
    (run / "config").mkdir(parents=True)
    asked = [
        "experiment=page",
        "seed=3",
        "resume=run",
        f"export.dir={tmp_path}",
        f"hydra.run.dir={run}",
    ]
    (run / "config" / "overrides.yaml").write_text(yaml.safe_dump(asked))
    machine = {"git_commit": "0123abc", "cpu": "some processor", "cores": 2}
    (run / "environment.json").write_text(json.dumps(machine))
    return version, run


def test_what_made_it_is_kept_and_where_it_lay_is_not(trained, tmp_path):
    version, run = trained
    target = tmp_path / "builtin"
    target.mkdir()
    (target / "old.tflite").write_bytes(b"of before")
    adopt.adopt(version, run, target)
    assert {path.name for path in target.iterdir()} == {"model.tflite", "manifest.json"}
    model = store.find_model(tmp_path, target, task="pages")
    store.verify(model)
    assert str(tmp_path) not in (target / "manifest.json").read_text()
    made_by = model.manifest["made_by"]
    assert made_by["command"] == "python train.py experiment=page seed=3"
    assert (made_by["git_commit"], made_by["cores"]) == ("0123abc", 2)
    adopt.adopt(version, run, target)
    assert store.find_model(tmp_path, target, task="pages").version == model.version + 1


def test_one_that_is_too_large_or_changed_replaces_nothing(trained, tmp_path, monkeypatch):
    version, run = trained
    target = tmp_path / "builtin"
    monkeypatch.setattr(adopt, "LARGEST", 1000)
    with pytest.raises(UserError, match=r"too large(?s:.*)export.quantize=true"):
        adopt.adopt(version, run, target)
    (version / "model.tflite").write_bytes(b"changed")
    with pytest.raises(UserError, match="was changed"):
        adopt.adopt(version, run, target)
    assert not target.exists()
