"""Every choice of every group composes, passes the check and says what its keys mean."""

import re
from pathlib import Path

import pytest
import yaml

from mnister.config import CONFIG_FOLDERS
from mnister.config.compose import check_overrides, compose_config

CONF = CONFIG_FOLDERS["train"]
NEEDED = {
    "idx": ["data.dir=x"],
    "image_folder": ["data.dir=x"],
    "csv": ["data.dir=x"],
    "npz": ["data.dir=x"],
    "parquet": ["data.dir=x"],
    "keras": ["optimizer.name=Lion"],
    "multi_worker": ["device.workers=2"],
    "pages": ["augmentation=page"],
    "augmentation=page": ["data=pages"],
    "crops": ["augmentation=crop"],
    "augmentation=crop": ["data=crops"],
}


def choices(menu):
    """Return every choice of the menu as `group=choice`."""
    root = CONFIG_FOLDERS[menu]
    files = sorted(root.glob("*/*.yaml"))
    return [f"{file.parent.name}={file.stem}" for file in files if file.parent.name != "infer"]


@pytest.mark.parametrize("choice", choices("train"))
def test_every_choice_for_training_passes_the_check(choice):
    if choice.startswith("sweep="):
        pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="needs '.[sweep]'")
    overrides = [choice, *NEEDED.get(choice, NEEDED.get(choice.partition("=")[2], []))]
    assert [text.lstrip("+") for text in check_overrides("train", overrides)] == overrides


@pytest.mark.parametrize("choice", [c for c in choices("infer") if "preprocessing" not in c])
def test_every_choice_for_reading_passes_the_check(choice):
    config = compose_config("infer", [choice])
    group, _, name = choice.partition("=")
    assert {"mode": config.mode, "runtime": config.runtime.name}[group] == name


def test_the_choice_is_what_is_composed():
    typed = ["model=mlp", "optimizer=sgd", "schedule=cosine", "optimizer.clipnorm=1.0"]
    config = compose_config("train", typed)
    assert config.model.name == config.export.name == "mlp"
    assert config.optimizer.name == "SGD"
    assert config.optimizer.arguments == {"momentum": 0.9, "nesterov": True, "clipnorm": 1.0}
    assert config.schedule.kind == "cosine"
    with pytest.raises(ValueError, match="frozen"):
        config.epochs = 3


def test_the_original_recipe_is_that_of_the_original():
    config = compose_config("train", ["experiment=original"])
    assert (config.steps, config.batch_size, config.model.name) == (20000, 50, "deep_mnist")
    assert (config.optimizer.name, config.optimizer.learning_rate) == ("Adam", 1e-4)
    assert (config.augmentation.kind, config.schedule.kind) == ("none", "constant")


def test_debug_is_a_switch_and_a_group():
    assert compose_config("train", []).debug is False
    assert compose_config("train", ["debug=true"]).debug is True
    assert compose_config("train", ["debug=False"]).debug is False
    assert check_overrides("train", ["debug=true"]) == ["debug=traceback"]
    assert check_overrides("infer", ["debug=true"]) == ["debug=true"]


@pytest.mark.parametrize("experiment", [c for c in choices("train") if "experiment=" in c])
@pytest.mark.parametrize("debug", ["smoke", "overfit"])
def test_a_run_to_try_out_is_short_and_apart_whatever_the_recipe(experiment, debug):
    config = compose_config("train", [experiment, f"debug={debug}"])
    assert config.debug
    assert config.steps * config.batch_size <= 8000
    assert config.data.limit <= 256
    assert config.export.dir == "outputs/debug/models"
    if debug == "overfit":
        assert (config.augmentation.kind, config.dropout, config.label_smoothing) == ("none", 0, 0)


def uncommented(file):
    """Yield the lines of a YAML that set a key without saying what it means."""
    text, inside = file.read_text(encoding="utf-8"), None
    for line in text.splitlines():
        key = re.match(r"( *)([\w]+):(.*)", line)
        if key is None:
            continue
        indent, name, rest = key.groups()
        inside = name if not indent else inside
        is_section = not rest.strip() and name != "layers"
        if inside in ("defaults", "hydra") or (inside == "layers" and indent) or is_section:
            continue
        if not re.search(r"\S +# \w", line):
            yield line


@pytest.mark.parametrize(
    "file", sorted(CONF.rglob("*.yaml")), ids=lambda f: str(f.relative_to(CONF))
)
def test_every_key_says_what_it_means(file):
    assert list(uncommented(file)) == []
    head = file.read_text(encoding="utf-8").splitlines()[:2]
    assert any(line.startswith("# ") and "@package" not in line for line in head)


def test_a_key_without_a_comment_is_found(tmp_path):
    (tmp_path / "some.yaml").write_text("# Head\nseed: 1\nepochs: 2  # passes\na:\n  b: 3\n")
    assert list(uncommented(tmp_path / "some.yaml")) == ["seed: 1", "  b: 3"]


def test_the_groups_of_the_menu_are_the_folders():
    for menu in ("train", "infer"):
        main = yaml.safe_load((CONFIG_FOLDERS[menu] / f"{menu}.yaml").read_text("utf-8"))
        named = {key for entry in main["defaults"] if isinstance(entry, dict) for key in entry}
        folders = {Path(c.partition("=")[0]).name for c in choices(menu)}
        assert folders == named
