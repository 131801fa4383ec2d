"""An Optuna study that a sweep goes on with after it was stopped or killed."""

from omegaconf import DictConfig, OmegaConf


def continue_study(sweeper: DictConfig) -> None:
    """Change an Optuna sweeper's settings so that it does only the rest of its trials.

    A trial that was under way waits again, with the values it had: its job goes on from its
    checkpoint, or, if it had just finished, is read back.

    Args:
        sweeper: `hydra.sweeper` as composed; `n_trials` becomes the number of trials missing,
            and a seeded sampler gets another seed, or it would repeat its first draws.
    """
    if not str(sweeper.get("_target_")).endswith("OptunaSweeper") or not sweeper.storage:
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
