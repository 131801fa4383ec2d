"""The two commands: what a checked config asks for goes to the room that does it."""

from pathlib import Path
from typing import Any

from mnister.command_line import entry_point


@entry_point("train")
def train(config: Any, run_folder: Path) -> float | None:
    """Train, evaluate and export as the config says."""
    from mnister.sweeps.job import run_job

    return run_job(config, run_folder)


@entry_point("infer")
def infer(config: Any, run_folder: Path) -> None:
    """Read pictures, serve a model or measure it, as the config's mode says."""
    if config.mode in ("evaluate", "benchmark"):
        from mnister.measuring.run import run
    elif config.mode == "serve":
        from mnister.serving.run import run
    elif config.mode == "fields":
        from mnister.forms.run import run
    else:
        from mnister.reading.run import run

    run(config, run_folder)
