"""What a folder was begun with: noted, compared, and told apart where earlier versions did not."""

import json
from typing import get_args

import pytest

from mnister import config as menus
from mnister.config.begun import Begun, differences, note_begun, read_begun
from mnister.config.mistakes import ConfigError
from mnister.config.resume import GOING_ON, begin, folder_mistakes
from mnister.config.schema import TrainConfig
from mnister.config.section import Section
from mnister.config.sweeps import SAME_JOB, digest, job_settings
from tests.config.test_sweeps import config
from tests.models.versions import describe, store

DATA = {"sha256": "a" * 64, "class_names": ["0", "1"], "train": 8, "validation": 1, "test": 1}
SETTINGS = {"seed": 1, "epochs": 3, "device": {"kind": "cpu", "threads": None}}
BEGUN = Begun(SETTINGS, DATA, "0.1")

# What a run is configured by, but for the keys in `ADDED`.
KEYS = """
augmentation.elastic augmentation.inverted augmentation.kind
augmentation.rotation augmentation.scale augmentation.shear
augmentation.shift augmentation.stretch augmentation.stroke augmentation.zoom batch_size
callbacks checkpoint.every_seconds checkpoint.every_steps checkpoint.keep data.cached_pages
data.class_names data.crops_per_page data.detector data.dir data.kind data.limit
data.pages_per_epoch data.printed data.reuse data.seed
data.size data.test_fraction data.test_pages data.transposed data.validation_digits
data.validation_fraction data.validation_pages debug device.deterministic device.devices
device.index device.kind device.logical_cpus device.memory_growth device.precision
device.start_timeout_seconds device.threads device.workers device.xla dropout dry_run epochs
export.dir export.name export.verify_digits label_smoothing model.layers model.name
model_version optimizer.beta_1 optimizer.beta_2 optimizer.clipnorm optimizer.clipvalue
optimizer.ema_momentum optimizer.epsilon optimizer.global_clipnorm optimizer.learning_rate
optimizer.momentum optimizer.name optimizer.rho optimizer.weight_decay plain_end
preprocessing.threshold progress resume schedule.final_factor schedule.kind
schedule.start_factor schedule.warmup seed steps tensorboard.gradient_norm
tensorboard.histograms tensorboard.profile test_time_augmentation
"""


def train_in(folder):
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "step-00000001-0.npz").touch()


def test_it_is_read_as_it_was_noted_once_something_is_trained(tmp_path):
    begin(tmp_path, Begun(SETTINGS | {"seed": 9}, DATA))
    assert read_begun(tmp_path) is None  # another run may still begin here
    begin(tmp_path, BEGUN)
    train_in(tmp_path)
    assert read_begun(tmp_path) == BEGUN


@pytest.mark.parametrize(
    ("settings", "data", "keys"),
    [
        ({}, {}, []),
        ({"epochs": 9, "device": {"kind": "cpu", "threads": 2}}, {}, []),
        ({"seed": 2}, {}, ["seed"]),
        ({"device": {"kind": "gpu", "threads": None}, "new": 1}, {}, ["device.kind", "new"]),
        ({}, {"class_names": ["0", "2"]}, ["data"]),
        ({"seed": 2}, {"sha256": "b" * 64}, ["seed", "data"]),
        ({}, {"train": 9}, []),  # the content tells
    ],
)
def test_a_run_goes_on_with_what_it_was_begun_with(tmp_path, settings, data, keys):
    begin(tmp_path, BEGUN)
    train_in(tmp_path)
    now = Begun(SETTINGS | settings, DATA | data, "0.2")
    assert [m.key for m in differences(BEGUN, now, GOING_ON, tmp_path)] == keys
    if not keys:
        begin(tmp_path, now)
    else:
        with pytest.raises(ConfigError, match=f"{keys[0]}: may not change when a run goes on"):
            begin(tmp_path, now)
    assert read_begun(tmp_path) == BEGUN


def test_other_data_are_shown_beside_those_of_the_beginning(tmp_path):
    now = Begun(SETTINGS, DATA | {"class_names": ["0", "1", "2"], "sha256": "b" * 64, "train": 9})
    (mistake,) = differences(BEGUN, now, GOING_ON, tmp_path / "run")
    assert mistake.expected == "2 classes 0, 1; 8 + 1 + 1 digits; SHA-256 aaaaaaaaaaaaaaaa…"
    assert mistake.received == "3 classes 0, 1, 2; 9 + 1 + 1 digits; SHA-256 bbbbbbbbbbbbbbbb…"
    assert mistake.instead.endswith(f"or start a new run, not in {tmp_path / 'run'}")


def test_data_that_are_not_read_yet_or_not_known_are_not_compared(tmp_path):
    assert differences(BEGUN, Begun(SETTINGS), GOING_ON, tmp_path) == []
    assert differences(Begun(SETTINGS), BEGUN, GOING_ON, tmp_path) == []


def test_a_job_of_a_sweep_is_another_if_it_is_longer(tmp_path):
    longer = Begun(SETTINGS | {"epochs": 9, "device": {"kind": "cpu", "threads": 2}})
    (mistake,) = differences(BEGUN, longer, SAME_JOB, tmp_path / "0")
    assert mistake.key == "epochs"
    assert mistake.problem == f"is not what the job in {tmp_path / '0'} was begun with"


def test_a_key_that_only_one_version_has_says_nothing_at_its_old_value(tmp_path, monkeypatch):
    before = digest(job_settings(config(data={"dir": "x"})))
    monkeypatch.setitem(menus.ADDED, "data.test_dir", None)
    earlier = Begun(SETTINGS | {"members": 1, "data": {"dir": "x"}})
    now = {"dir": "x", "test_dir": None}
    assert differences(earlier, Begun(SETTINGS | {"data": now}), GOING_ON, tmp_path) == []
    assert digest(job_settings(config(data=now))) == before
    other = {"dir": "x", "test_dir": "y"}
    (mistake,) = differences(earlier, Begun(SETTINGS | {"data": other}), GOING_ON, tmp_path)
    assert (mistake.key, mistake.expected, mistake.received) == ("data.test_dir", "None", "y")
    assert digest(job_settings(config(data=other))) != before


def keys_of(section, prefix=""):
    for name, field in section.model_fields.items():
        members = [m for m in (get_args(field.annotation) or (field.annotation,))
                   if isinstance(m, type) and issubclass(m, Section)]  # fmt: skip
        for member in members:
            yield from keys_of(member, f"{prefix}{name}.")
        if not members:
            yield prefix + name


def test_a_key_that_earlier_runs_had_not_says_what_was_done_then():
    new = set(keys_of(TrainConfig)) - set(KEYS.split())
    assert new == set(menus.ADDED), (
        "a new key stands in ADDED with the value that stands for what was done before, "
        "one that only a new choice has in KEYS above"
    )


@pytest.fixture
def earlier(tmp_path):
    """Give the folder of a finished run of a version that noted nothing, and its export."""
    with store.new_version(tmp_path / "models", "mlp") as version:
        store.write_manifest(version, describe("mlp", 1) | {"dataset_sha256": "a" * 64})
    folder = tmp_path / "run"
    train_in(folder)
    (folder / "config").mkdir()
    text = f"seed: 1\nmembers: 1\nexport: {{dir: {tmp_path / 'models'}}}\n"
    (folder / "config" / "config.yaml").write_text(text)
    return folder


def finish(folder):
    metrics = {"model_name": "mlp", "model_version": 1}
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_a_run_of_an_earlier_version_is_known_by_its_config_and_its_export(earlier):
    assert folder_mistakes({"seed": 1}, earlier) == []
    assert [mistake.key for mistake in folder_mistakes({"seed": 2}, earlier)] == ["seed"]
    assert read_begun(earlier).data is None
    finish(earlier)
    assert read_begun(earlier).data == {"sha256": "a" * 64, "class_names": ["0", "1"]}
    with pytest.raises(ConfigError, match="data: may not change"):
        begin(earlier, Begun({"seed": 1}, DATA | {"sha256": "b" * 64}))
    begin(earlier, Begun({"seed": 1}, DATA))
    assert not (earlier / "begun.json").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"sets": 1}'])
def test_a_damaged_note_is_named(tmp_path, text):
    train_in(tmp_path)
    note_begun(tmp_path, BEGUN)
    (tmp_path / "begun.json").write_text(text)
    with pytest.raises(Exception, match=r"begun\.json cannot be read"):
        read_begun(tmp_path)
