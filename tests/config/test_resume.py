"""Which run `resume` means, what was typed for it, and which config may not take its folder."""

import json
from pathlib import Path

import pytest
from filelock import FileLock
from omegaconf import OmegaConf

from mnister import train
from mnister.config import ADDED
from mnister.config.begun import Begun, note_begun
from mnister.config.compose import check_overrides, compose_config
from mnister.config.resume import expand_resume, folder_mistakes, reading_mistakes
from mnister.errors import UserError


def make_run(folder: str | Path, overrides: str, state: str) -> Path:
    run = Path(folder)
    (run / "config").mkdir(parents=True)
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "step-00000001-0.npz").touch()
    (run / "config" / "config.yaml").write_text("seed: 1\n")
    (run / "config" / "overrides.yaml").write_text(overrides)
    (run / "status.json").write_text(json.dumps({"state": state}))
    return run


def test_another_model_is_refused_with_the_difference(tmp_path):
    folder = make_run(tmp_path / "run", "- model=lenet5", "failed")
    (folder / "config" / "config.yaml").write_text("model: {name: lenet5}\nepochs: 3\nseed: 1\n")
    now = {"model": {"name": "mlp"}, "epochs": 9, "seed": 1, "resume": str(folder)}
    (mistake,) = folder_mistakes(now, folder)
    assert (mistake.key, mistake.expected, mistake.received) == ("model.name", "lenet5", "mlp")


def test_another_run_does_not_replace_the_config_of_a_folder_with_a_checkpoint(tmp_path):
    folder = make_run(tmp_path / "run", "- model=lenet5", "failed")
    saved = OmegaConf.to_yaml(OmegaConf.create(compose_config("train", ["seed=3"]).model_dump()))
    (folder / "config" / "config.yaml").write_text(saved)
    assert check_overrides("train", ["seed=3", "epochs=9", f"hydra.run.dir={folder}"])
    with pytest.raises(UserError, match="seed: may not change when a run goes on"):
        check_overrides("train", ["seed=4", f"hydra.run.dir={folder}"])
    with pytest.raises(UserError, match="seed: may not change when a run goes on"):
        train("seed=4", run_folder=folder)


def test_a_folder_that_cannot_be_made_is_told_to_a_python_user_too(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written: Not a directory"):
        train("model=lenet5", run_folder=tmp_path / "file" / "run")


def test_a_folder_in_which_another_process_trains_is_left_alone(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    typed = ["model=lenet5", f"hydra.run.dir={folder}"]
    with FileLock(folder / ".lock"), pytest.raises(UserError, match="another process is training"):
        check_overrides("train", typed)
    with FileLock(folder / ".lock"):  # by the chief, whose other workers may be started here
        assert check_overrides("train", [*typed, "device=multi_worker", "device.index=1",
                                         "device.workers=[a:1,b:1]"])  # fmt: skip
    assert check_overrides("train", typed) == typed


def test_what_was_typed_for_the_run_is_taken_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = "- model=mlp\n- epochs=3\n- export.dir=${now:%Y}\n"
    run = make_run("outputs/train/a", typed, "failed")
    assert expand_resume(["resume=latest", "epochs=5"]) == [
        "model=mlp", "export.dir=${now:%Y}", "epochs=5", f"resume={run}", f"hydra.run.dir={run}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ("epochs=1", "steps=20", []),
        ("steps=20", "epochs=3", []),
        ("epochs=3", "steps=null", ["epochs=3"]),
    ],
)
def test_the_length_that_is_typed_now_counts(tmp_path, before, now, kept):
    run = make_run(tmp_path / "run", f"- {before}\n", "finished")
    expanded = expand_resume([f"resume={run}", now])
    assert expanded == [*kept, now, f"resume={run}", f"hydra.run.dir={run}"]


def test_auto_goes_on_with_the_same_command_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_run("outputs/train/a", "- model=mlp\n", "finished")
    assert expand_resume(["model=mlp", "resume=auto"]) == ["model=mlp"]
    run = make_run("outputs/train/b", "- model=mlp\n", "running")
    assert f"resume={run}" in expand_resume(["model=mlp", "resume=auto"])
    assert expand_resume(["model=lenet5", "resume=auto"]) == ["model=lenet5"]


def test_auto_knows_the_same_command_though_hydra_was_given_another_form(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = ["optimizer.clipnorm=1.0", "+epochs=3", "debug=true", "export.dir=Größe"]
    given = "".join(f"- {text}\n" for text in check_overrides("train", typed))
    run = make_run("outputs/train/a", given, "failed")
    assert f"resume={run}" in expand_resume([*typed, "resume=auto"])


@pytest.mark.parametrize("name", ["config.yaml", "overrides.yaml"])
def test_a_run_that_a_full_disk_left_without_its_config_is_none(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    run = make_run("outputs/train/a", "- model=mlp\n", "failed")
    assert f"resume={run}" in expand_resume(["resume=latest"])
    (run / "config" / name).write_text("")
    with pytest.raises(UserError, match="no run"):
        expand_resume(["resume=latest"])


@pytest.mark.parametrize("text", ["{", "\xff"])
def test_a_damaged_config_of_a_run_is_named(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    run = make_run("outputs/train/a", "", "failed")
    for name in ("overrides.yaml", "config.yaml"):
        (run / "config" / name).write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=r"overrides\.yaml cannot be read"):
        expand_resume(["resume=latest"])
    with pytest.raises(UserError, match=r"config\.yaml cannot be read"):
        folder_mistakes({}, run)


@pytest.mark.parametrize("value", ["latest", "outputs/train/nowhere"])
def test_no_run_to_resume_is_said(tmp_path, monkeypatch, value):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no run") as caught:
        expand_resume([f"resume={value}"])
    assert caught.value.instead.startswith("python train.py")


def make_earlier_run(folder, kind):
    """Make a run of a version before the keys in `ADDED`."""
    typed = [f"data={kind}", "data.dir=mine"]
    run = make_run(folder, "".join(f"- {text}\n" for text in typed), "failed")
    values = compose_config("train", typed).model_dump()
    for key in ADDED:
        values["data"].pop(key.removeprefix("data."), None)
    (run / "config" / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(values)))
    return run


@pytest.mark.parametrize("kind", ["idx", "image_folder"])
def test_a_run_of_an_earlier_version_goes_on_as_it_began(tmp_path, kind):
    run = make_earlier_run(tmp_path / "run", kind)
    expanded = expand_resume([f"resume={run}", "epochs=20"])
    assert ("data.validation_split=first" in expanded) == (kind == "idx")
    assert check_overrides("train", expanded)


def test_a_run_of_an_earlier_version_does_not_change_its_split_in_silence(tmp_path):
    run = make_earlier_run(tmp_path / "run", "idx")
    typed = ["data=idx", "data.dir=mine", f"hydra.run.dir={run}"]
    with pytest.raises(UserError, match=r"data\.validation_split: may not change"):
        check_overrides("train", typed)


def make_reading(folder, overrides, state):
    """Make a run of infer.py that has read something."""
    run = Path(folder)
    (run / "config").mkdir(parents=True)
    (run / "journal.jsonl").write_text('{"reads": {}}\n')
    (run / "config" / "config.yaml").write_text("mode: multi_digit\n")
    (run / "config" / "overrides.yaml").write_text(overrides)
    (run / "status.json").write_text(json.dumps({"state": state}))
    return run


def test_runs_that_read_pictures_are_found_as_those_that_train(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = ["mode=multi_digit", "images=a.pdf"]
    with pytest.raises(UserError, match=r"(?s)outputs/infer.*a run's folder with a journal"):
        expand_resume(["resume=latest"], "infer")
    assert expand_resume([*typed, "resume=auto"], "infer") == typed
    run = make_reading("outputs/infer/1", "- mode=multi_digit\n- images=a.pdf", "running")
    Path("outputs/infer/2/config").mkdir(parents=True)  # of mode=serve: it keeps no journal
    expanded = [*typed, "output=parquet", f"resume={run}", f"hydra.run.dir={run}"]
    assert expand_resume(["resume=latest", "output=parquet"], "infer") == expanded
    assert f"resume={run}" in expand_resume([*typed, "resume=auto"], "infer")
    assert expand_resume(["images=b.pdf", "resume=auto"], "infer") == ["images=b.pdf"]
    with pytest.raises(UserError, match=r"(?s)no such folder.*resume=latest, or one of .*infer/1"):
        expand_resume(["resume=nowhere"], "infer")


def test_what_decides_how_pictures_are_read_may_not_change(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    settings = compose_config("infer", ["mode=multi_digit"]).model_dump(mode="json")
    note_begun(folder, Begun(settings))
    free = {"pages": "1-3", "output": "parquet", "model": "other", "batch_size": 8}
    now = settings | free | {"resume": str(folder)}
    assert reading_mistakes(now, folder) == []
    now |= {"rotation": 90, "review": True}
    assert [mistake.key for mistake in reading_mistakes(now, folder)] == ["review", "rotation"]
    assert reading_mistakes(now | {"resume": None}, folder) == []  # it begins anew
