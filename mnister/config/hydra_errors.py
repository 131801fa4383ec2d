"""What Hydra, OmegaConf and YAML say against a config, in the shape of every error."""

import re
import traceback

import yaml
from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from mnister.config.hydra_internals import REFUSING_MODULES
from mnister.config.mistakes import Mistake, nearest
from mnister.errors import UserError
from mnister.invocation import install_command

HYDRA_ERRORS = (HydraException, OmegaConfBaseException, yaml.YAMLError)

# The launchers and sweepers that are packages of their own, and what installs them.
EXTRAS = {
    "hydra/launcher/joblib": ("hydra-joblib-launcher", "sweep"),
    "hydra/launcher/ray": ("hydra-ray-launcher", "ray"),
    "hydra/launcher/submitit_local": ("hydra-submitit-launcher", "slurm"),
    "hydra/launcher/submitit_slurm": ("hydra-submitit-launcher", "slurm"),
    "hydra/sweeper/optuna": ("hydra-optuna-sweeper", "sweep"),
}

# What OmegaConf makes of a ConfigError that a resolver raises.
_REFUSED_BY_RESOLVER = re.compile(
    r"ConfigError raised while resolving interpolation: (.+?)\n\s*full_key: ", re.DOTALL
)


def explain(error: Exception) -> Mistake:
    """Return the mistake that an error stands for.

    Args:
        error: What Hydra raised while it composed, usually one of `HYDRA_ERRORS`.
    """
    message = str(error).split("\n", maxsplit=1)[0]
    if isinstance(error, yaml.YAMLError | UnicodeDecodeError):
        received = " ".join(str(error).split())
        return Mistake("config", "a YAML file cannot be read", "valid YAML in UTF-8", received)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing_choice(error.missing_cfg_file, error.options or (), message)
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    key = getattr(cause, "full_key", None) or "config"
    problem = "cannot be resolved" if key != "config" else "cannot be composed"
    return Mistake(key, problem, received=str(cause).split("\n", maxsplit=1)[0])


def explain_refusal(error: Exception) -> Mistake | UserError | str | None:
    """Return what Hydra refuses: a config, or options that contradict; None for other failures.

    What a resolver of ours refuses, be it in another process, is found in the words around it.
    """
    if refused := _REFUSED_BY_RESOLVER.search(str(error)):
        return refused[1]
    if isinstance(error, HYDRA_ERRORS):
        return explain(error)
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    is_hydras = frame.f_globals["__name__"] in REFUSING_MODULES
    return UserError(str(error)) if is_hydras and isinstance(error, ValueError) else None


def is_without_best_trial(error: Exception) -> bool:
    """Tell whether Optuna's sweeper asked for the best of its trials and none had finished."""
    callers = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    in_optuna = [code.co_name for code in callers if "optuna" in code.co_filename]
    return isinstance(error, ValueError) and "best_trial" in in_optuna


def _missing_choice(path: str, choices: tuple[str, ...], message: str) -> Mistake:
    group, _, choice = path.rpartition("/")
    if path in EXTRAS:
        package, extra = EXTRAS[path]
        return Mistake(group, f"{package} is not installed", instead=install_command(extra))
    near = nearest(choice, choices)
    expected = ", ".join(sorted(choices)) or f"a file {path}.yaml"
    return Mistake(
        group or "config", "no such choice", expected, message, near and f"{group}={near}"
    )
