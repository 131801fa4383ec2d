"""What happens when a sweep ends."""

import json
import sys
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig


class SweepReport(Callback):
    """Ranks the jobs of a sweep when the last one ends; exit code 1 if any failed.

    Named in `conf/train.yaml`; Hydra makes one at the start of every command, so nothing heavy
    is imported here.
    """

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Print the ranked table and write `sweep.csv` and `sweep.png`."""
        from mnister.training.sweep import rank_runs

        folder = Path(config.hydra.sweep.dir)
        rank_runs(folder)
        print(f"Sweep: {folder}")
        states = [json.loads(p.read_text(encoding="utf-8")) for p in folder.glob("*/status.json")]
        if any(status["state"] != "finished" for status in states):
            sys.exit(1)
