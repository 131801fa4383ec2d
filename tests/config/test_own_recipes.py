"""A user's own YAMLs are found and checked as those of `conf/` are."""

import pytest

from mnister.config.compose import check_overrides, compose_run
from tests.config.refused import mistakes_of


@pytest.fixture
def own(tmp_path):
    """Give a folder of a user's own recipes."""
    (tmp_path / "experiment").mkdir()
    files = {
        "good": "# @package _global_\nseed: 5\n",
        "marked": "\ufeff# @package _global_\nseed: 5\n",
        "wrong": "# @package _global_\nmodle: x\nepochs: -1\noptimizer:\n  learning_rte: 0.1\n",
        "choice": "# @package _global_\ndefaults:\n  - override /model: lenet\n",
        "group": "# @package _global_\ndefaults:\n  - override /modle: lenet5\n",
        "broken": "seed: 1: 2\n",
        "twice": "# @package _global_\nseed: 1\nseed: 2\n",
        "headless": "seed: 5\n",
        "going": "# @package _global_\nresume: latest\n",
    }
    for name, text in files.items():
        (tmp_path / "experiment" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "experiment" / "bytes.yaml").write_bytes(b"\xff\xfe")
    return tmp_path


def test_a_users_own_recipe_is_checked(own):
    assert check_overrides("train", ["experiment=good"], own_folder=own) == ["experiment=good"]
    mistakes = mistakes_of("experiment=wrong", own_folder=own)
    assert set(mistakes) == {"modle", "epochs", "optimizer.learning_rte"}
    search = f"hydra.searchpath=[file://{own}]"
    assert set(mistakes_of(search, "experiment=wrong")) == set(mistakes)


def test_a_users_own_recipe_is_found_wherever_its_folder_is_named(own):
    search = f"hydra.searchpath=[file://{own},pkg://hydra.conf]"
    composed = compose_run("train", [search, "experiment=good"])
    assert composed.seed == 5
    assert list(composed.hydra.searchpath) == [f"file://{own}", "pkg://hydra.conf"]
    for name in ("good", "marked"):  # some editors begin a file with a byte order mark
        assert compose_run("train", [f"experiment={name}"], own_folder=own).seed == 5


def test_a_run_to_go_on_with_is_typed(own):
    """Its own settings are taken over before anything is composed."""
    mistakes = mistakes_of("experiment=going", own_folder=own)
    assert list(mistakes) == ["resume"]
    assert mistakes["resume"].problem == "cannot stand in a YAML file"
    assert mistakes["resume"].instead == "resume=latest"
    assert check_overrides("train", ["experiment=going", "resume=run"], own_folder=own)
    (own / "mode").mkdir()
    text = "# @package _global_\ndefaults:\n  - fields\nresume: auto\n"
    (own / "mode" / "mine.yaml").write_text(text)
    mistakes = mistakes_of("mode=mine", menu="infer", own_folder=own)
    assert mistakes["resume"].instead == "resume=auto"


@pytest.mark.parametrize(
    ("recipe", "key", "words"),
    [
        ("choice", "model", "model=lenet5"),
        ("group", "config", "Could not override 'modle'"),
        ("broken", "config", "broken.yaml"),
        ("twice", "config", "duplicate key"),
        ("bytes", "config", "codec can't decode"),
        ("headless", "experiment", "# @package _global_"),
        ("goood", "experiment", "experiment=good"),
    ],
)
def test_a_recipe_that_cannot_be_composed_is_explained(own, recipe, key, words):
    mistakes = mistakes_of(f"experiment={recipe}", own_folder=own)
    assert list(mistakes) == [key]
    assert words in str(mistakes[key])


def test_a_network_without_a_name_is_asked_for_one(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("layers: [Flatten, {Dense: {units: classes}}]")
    mistakes = mistakes_of("model=mine", own_folder=tmp_path)
    assert mistakes["model.name"].problem == "missing"


def test_a_folder_of_recipes_must_be_there(tmp_path):
    mistakes = mistakes_of("seed=1", own_folder=tmp_path / "nowhere")
    assert mistakes["--config-dir"].received == str(tmp_path / "nowhere")
