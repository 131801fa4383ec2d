"""Training as a Python user calls it."""

import datetime
from pathlib import Path

from mnister.config.compose import compose_config
from mnister.config.resume import expand_resume
from mnister.model_store import ExportedModel


def train(*overrides: str, run_folder: str | Path | None = None) -> ExportedModel:
    """Train, evaluate and export, as `python train.py` does.

    Args:
        *overrides: As on the command line: `"model=lenet5", "epochs=3"`.
        run_folder: Where the run's files go; None: a new folder in `outputs/train`.

    Returns:
        The exported version; its `manifest["metrics"]` holds what was measured.

    Raises:
        UserError: A wrong config, missing data, a device that is not there …
    """
    from mnister.training.run import run

    config = compose_config("train", expand_resume([*overrides, "dry_run=false"]))
    now = datetime.datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f")
    folder = Path(config.resume or run_folder or Path("outputs/train") / now)
    folder.mkdir(parents=True, exist_ok=True)
    return run(config, folder).exported
