"""An Optuna study that a sweep goes on with after it was stopped or killed."""

from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from mnister.config.begun import Begun, differences, note_begun, read_noted
from mnister.config.compose import without_hydra
from mnister.config.mistakes import ConfigError
from mnister.config.sweeps import SAME_JOB

SAME_SEARCH = replace(SAME_JOB, problem="is not what the search in {folder} was begun with")


def refuse_other_search(composed: DictConfig, folder: Path) -> None:
    """Refuse to go on with a study whose trials had other settings, or note those of a new one.

    Args:
        composed: The config that the trials have in common, with Hydra's part.
        folder: Of the sweep.

    Raises:
        ConfigError: The trials so far had other settings.
    """
    if not is_search(composed.hydra.sweeper):
        return
    now = Begun(OmegaConf.to_container(without_hydra(composed), resolve=True))
    begun = read_noted(folder)
    mistakes = differences(begun, now, SAME_SEARCH, folder)
    if mistakes:
        raise ConfigError(mistakes)
    if begun is None:
        note_begun(folder, now)


def is_search(sweeper: DictConfig) -> bool:
    """Tell whether a sweeper keeps a study of Optuna's."""
    return str(sweeper.get("_target_")).endswith("OptunaSweeper") and bool(sweeper.storage)


def continue_study(sweeper: DictConfig) -> None:
    """Change an Optuna sweeper's settings so that it does only the rest of its trials.

    A trial that was under way waits again, with the values it had: its job goes on from its
    checkpoint, or, if it had just finished, is read back.

    Args:
        sweeper: `hydra.sweeper` as composed; `n_trials` becomes the number of trials missing,
            and a seeded sampler gets another seed, or it would repeat its first draws.
    """
    if not is_search(sweeper):
        return
    import optuna
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.get_storage(sweeper.storage)
    wanted = sweeper.direction if OmegaConf.is_list(sweeper.direction) else [sweeper.direction]
    study = optuna.create_study(
        study_name=sweeper.study_name,
        storage=storage,
        directions=[getattr(direction, "name", direction) for direction in wanted],
        load_if_exists=True,
    )
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        storage.set_trial_state(trial._trial_id, TrialState.WAITING)
    complete = len(study.get_trials(states=(TrialState.COMPLETE,)))
    sweeper.n_trials = max(0, sweeper.n_trials - complete)
    if OmegaConf.select(sweeper, "sampler.seed") is not None:
        sweeper.sampler.seed += len(study.trials)
