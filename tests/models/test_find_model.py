"""A model is found by its name, its number or its path; what is not there is refused."""

import pytest

from mnister.errors import UserError
from mnister.models import store
from tests.models.versions import export


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
    model = store.find_model(root, wanted)
    assert f"{model.name}/{model.version}" == found
    assert model.path == root / found


def test_a_path_may_be_relative(root, monkeypatch):
    monkeypatch.chdir(root)
    assert store.find_model("elsewhere", "mlp/1").version == 1


def test_the_latest_is_the_one_exported_last_whatever_its_number(root):
    listed = [f"{model.name}/{model.version}" for model in store.list_models(root)]
    assert listed == ["mlp/1", "lenet5/1", "lenet5/5", "mlp/2"]


def test_a_name_stands_for_its_highest_version(root):
    export(root, "lenet5", 3, minute=20)
    assert store.find_model(root, "lenet5").version == 5
    assert store.find_model(root, "latest").version == 3


def test_a_number_of_several_models_is_refused(root):
    with pytest.raises(UserError, match="model=1 names several models") as caught:
        store.find_model(root, 1)
    assert "mlp/1, lenet5/1" in caught.value.expected
    assert caught.value.instead in ("model=lenet5/1", "model=mlp/1")


@pytest.mark.parametrize("wanted", ["lenet", "9", "mlp/9", "nowhere/at/all", "", "mlp/.allotted"])
def test_a_model_that_is_not_there_is_refused(root, wanted):
    with pytest.raises(UserError, match="names no exported model") as caught:
        store.find_model(root, wanted)
    assert "mlp/1, lenet5/1, lenet5/5, mlp/2" in caught.value.expected


def test_of_many_models_the_last_are_named(tmp_path):
    for _ in range(store.SHOWN + 2):
        export(tmp_path)
    with pytest.raises(UserError) as caught:
        store.find_model(tmp_path, "lenet5")
    assert caught.value.expected.endswith("there are … mlp/3, mlp/4, mlp/5, mlp/6, mlp/7, "
                                          "mlp/8, mlp/9, mlp/10")  # fmt: skip


def test_no_model_at_all_says_what_to_type(tmp_path):
    with pytest.raises(UserError, match="No model is exported yet") as caught:
        store.find_model(tmp_path / "models")
    assert caught.value.instead == "python train.py"
    with pytest.raises(UserError, match="No model is exported yet") as caught:
        store.find_model(tmp_path / "models", "far/reader/1")
    assert caught.value.received == "model=far/reader/1, which is no version's folder, either"


def test_a_copy_under_another_name_is_not_a_version(root):
    (root / "mlp" / "2.old").mkdir()
    manifest = (root / "mlp" / "2" / "manifest.json").read_text()
    (root / "mlp" / "2.old" / "manifest.json").write_text(manifest)
    assert len(store.list_models(root)) == 4
