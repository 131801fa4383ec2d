"""All that is taken from inside Hydra, where it may change without notice; each with a reason."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A run's callbacks, and the loader that a job's context holds: `hydra.main` makes both, but only
# after composing the config two times more, a quarter of a second.
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl

# The options that Hydra itself knows: its `main` wants them together, here they stand anywhere.
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.utils import run_job
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig

# Where Hydra refuses options that contradict each other, with a bare ValueError.
REFUSING_MODULES = ("hydra.main", "hydra._internal.utils")


def parse_options() -> tuple[argparse.Namespace, list[str]]:
    """Return what was typed as Hydra's parser takes it, and what it does not know."""
    return get_args_parser().parse_known_intermixed_args()


def run_composed(
    folder: Path, name: str, composed: DictConfig, job: Callable[[DictConfig], Any]
) -> None:
    """Do what `hydra.main` does with a run's config, but for composing it again.

    Args:
        folder: Where the config was composed from.
        name: Of the primary config.
        composed: With Hydra's own settings below `hydra`.
        job: What is run; what it raises is raised here.
    """
    composed.hydra.mode = RunMode.RUN
    callbacks = Callbacks(composed)
    loader = ConfigLoaderImpl(create_config_search_path(str(folder)))
    callbacks.on_run_start(config=composed, config_name=name)
    ended = run_job(job, composed, "hydra.run.dir", None, HydraContext(loader, callbacks))
    callbacks.on_run_end(config=composed, config_name=name, job_return=ended)
    _ = ended.return_value  # raises what the job raised
