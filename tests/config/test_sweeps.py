"""Which folder a sweep goes on in, which settings are the same job, how many threads it gets."""

import pytest
from omegaconf import OmegaConf

from mnister.config.compose import check_sweep
from mnister.config.hydra_errors import is_without_best_trial
from mnister.config.sweeps import (
    complete_sweep,
    count_jobs,
    digest,
    job_settings,
    sweep_mistakes,
    threads_per_job,
)

BASIC = {"_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"}
OPTUNA = {"_target_": "optuna_sweeper.OptunaSweeper", "n_jobs": 2}
ONE_BY_ONE = {"_target_": "basic_launcher.BasicLauncher"}


def joblib(n_jobs):
    return {"_target_": "joblib_launcher.JoblibLauncher", "n_jobs": n_jobs}


def local(cpus_per_task):
    return {"_target_": "submitit_launcher.LocalLauncher", "cpus_per_task": cpus_per_task}


def ray(**remote):
    return {"_target_": "ray_launcher.RayLauncher", "ray": {"init": {}, "remote": remote}}


@pytest.mark.parametrize(
    ("launcher", "sweeper", "jobs", "threads"),
    [
        (ONE_BY_ONE, BASIC, 8, None),
        (joblib(2), BASIC, 8, 8),
        (joblib(-1), BASIC, 64, 1),
        (joblib(-1), BASIC, 3, 5),
        (joblib(-9), BASIC, 64, 2),
        (joblib(40), BASIC, 64, 1),
        (joblib(1), BASIC, 8, None),
        (joblib(4), OPTUNA, 1, 8),
        (local(None), BASIC, 4, 4),
        (local(3), BASIC, 4, 3),
        (ray(), BASIC, 4, 1),
        (ray(num_cpus=4), BASIC, 4, 4),
        ({"_target_": "submitit_launcher.SlurmLauncher"}, BASIC, 4, None),
    ],
)
def test_sixteen_cores_are_shared_out(launcher, sweeper, jobs, threads):
    assert threads_per_job(launcher, sweeper, jobs, cores=16) == threads


def test_jobs_are_counted():
    overrides = ["model=lenet5,mlp", "seed=range(1,4)", "epochs=1", "batch_size=choice(8,16)"]
    assert count_jobs(overrides) == 12


def config(**values):
    sweep = {"dir": "outputs/sweeps/2026-01-02"}
    hydra = {"launcher": ONE_BY_ONE, "sweeper": BASIC, "sweep": sweep}
    device = {"kind": "cpu", "threads": None, "memory_growth": True}
    common = {"hydra": hydra, "device": device, "seed": 1, "epochs": 5, "progress": "auto"}
    return OmegaConf.create(common | values)


def test_settings_are_the_same_however_a_job_is_watched_and_saved():
    one = digest(job_settings(config()))
    assert one == digest(job_settings(config(progress=True, resume="x", checkpoint={"keep": 9})))
    assert one != digest(job_settings(config(epochs=6)))
    assert one != digest(job_settings(config(seed=2)))


def folder_of(overrides, composed=None):
    (folder,) = [
        text.partition("=")[2]
        for text in complete_sweep(overrides, composed or config(), count_jobs(overrides))
        if text.startswith("hydra.sweep.dir=")
    ]
    return folder


def test_the_same_command_goes_on_in_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = folder_of(["seed=1,2", "epochs=3"])
    assert folder.startswith("outputs/sweeps/2026-01-02_")
    begun = tmp_path / folder.replace("2026-01-02", "2025-12-31")
    begun.mkdir(parents=True)
    name = str(begun.relative_to(tmp_path))
    assert folder_of(["seed=1,2", "epochs=3"]) == name
    assert folder_of(["epochs=3", "progress=false", "seed=1,2", "hydra/launcher=joblib"]) == name
    assert folder_of(["seed=1,2,3", "epochs=3"]) != name
    assert folder_of(["seed=1,2", "epochs=3"], config(batch_size=7)) != name
    typed = ["seed=1,2", "hydra.sweep.dir=mine"]
    assert complete_sweep(typed, config(), 1) == typed


def test_a_sweep_of_the_real_menu_is_completed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = ["seed=1,2", "device=cpu,auto"]
    *same, added = check_sweep(typed)
    assert same == typed
    assert added.startswith("hydra.sweep.dir=outputs/sweeps/20")
    assert list(tmp_path.iterdir()) == []


def test_threads_are_shared_out_among_the_jobs_of_the_real_menu(tmp_path, monkeypatch):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs '.[sweep]'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mnister.config.sweeps.count_cores", lambda: 16)
    typed = ["seed=1,2,3", "hydra/launcher=joblib"]
    assert "device.threads=5" in check_sweep(typed)
    assert "device.threads=5" not in check_sweep([*typed, "device.threads=2"])


def test_a_search_for_the_worst_is_refused():
    composed = config()
    composed.hydra.sweeper = {**OPTUNA, "direction": "minimize"}
    (mistake,) = sweep_mistakes(composed)
    assert (mistake.expected, mistake.instead) == ("maximize", "sweep=optuna")
    composed.hydra.sweeper.direction = "maximize"
    assert sweep_mistakes(composed) == sweep_mistakes(config()) == []


def test_a_search_without_a_finished_trial_is_told_from_other_errors():
    optuna = pytest.importorskip("optuna", reason="needs '.[sweep]'")
    study = optuna.create_study()
    with pytest.raises(ValueError, match="trial") as raised:
        _ = study.best_trial
    assert is_without_best_trial(raised.value)
    with pytest.raises(ValueError, match="state") as raised:
        study.tell(study.ask(), values=1.0, state="unheard of")
    assert not is_without_best_trial(raised.value)


def test_a_job_keeps_the_folder_that_an_earlier_version_gave_it():
    data = {"kind": "image_folder", "dir": "mine", "limit": None}
    new = {"test_dir": None, "skip_broken": False}
    assert digest(job_settings(config(data=data))) == digest(job_settings(config(data=data | new)))
    other = config(data=data | new | {"skip_broken": True})
    assert digest(job_settings(config(data=data))) != digest(job_settings(other))
    idx = {"kind": "idx", "dir": "mine", "test_dir": None}
    first, stratified = (
        digest(job_settings(config(data=idx | {"validation_split": split})))
        for split in ("first", "stratified")
    )
    assert first == digest(job_settings(config(data={"kind": "idx", "dir": "mine"})))
    assert first != stratified
