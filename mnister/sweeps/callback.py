"""What happens when a sweep begins and ends."""

import atexit
import json
import sys
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from mnister.errors import UserError
from mnister.invocation import typed_again
from mnister.locks import Held, take_lock
from mnister.run_files import as_user_error, make_folder, put_back

_before: dict[Path, bytes] = {}  # what Hydra writes over when it starts a sweep
_locks: list[Any] = []  # held as long as the process lives; callbacks are copied to jobs
atexit.register(_locks.clear)  # a lock cannot be given up any more when Python is taken down


class SweepReport(Callback):
    """Goes on with a sweep that was begun, and ranks its jobs in the end.

    Named in `conf/train.yaml`; Hydra makes one at the start of every command, so nothing heavy
    is imported here. An exception of a callback is only a warning to Hydra, an exit is not.
    """

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Take the sweep's folder for this process; an Optuna study goes on with the rest.

        A sweep whose data have changed, or a search whose settings have, is refused before
        anything in its folder changes.
        """
        from mnister.sweeps.job import refuse_changed_data
        from mnister.sweeps.study import continue_study, refuse_other_search

        folder = Path(config.hydra.sweep.dir)
        try:
            make_folder(folder, "hydra.sweep.dir")
            _locks.append(_hold(folder))
            refuse_changed_data(config, folder)
            refuse_other_search(config, folder)
            continue_study(config.hydra.sweeper)
        except (UserError, OSError, ImportError) as error:
            print(as_user_error(error, folder), file=sys.stderr)
            sys.exit(UserError.exit_code)
        note = folder / "multirun.yaml"
        _before.update({note: note.read_bytes()} if note.is_file() else {})
        atexit.register(_report_interrupted, folder)

    def on_job_start(self, config: DictConfig, **_: Any) -> None:
        """Deal the GPUs out to jobs that run at once; clusters and Ray do so themselves."""
        launcher, device = config.hydra.launcher, config.get("device") or {}
        if launcher["_target_"].endswith("JoblibLauncher") and device.get("kind") != "mirrored":
            from mnister.sweeps.gpus import deal_gpu

            deal_gpu(config.hydra.job.num, Path(config.hydra.sweep.dir))

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Print the ranked table and write `sweep.csv` and `sweep.png`; exit 1 if a job failed."""
        atexit.unregister(_report_interrupted)
        folder = Path(config.hydra.sweep.dir)
        _report(folder)
        states = [json.loads(p.read_text(encoding="utf-8")) for p in folder.glob("*/status.json")]
        if any(status["state"] != "finished" for status in states):
            sys.exit(1)


def take_back() -> None:
    """Leave the folder of a sweep that was refused as it is of another, and print no table."""
    atexit.unregister(_report_interrupted)
    put_back(_before)


def _hold(folder: Path) -> Any:
    """Take the sweep's folder, or refuse if another process works in it."""
    try:
        return take_lock(folder / ".lock")
    except Held:
        instead = "wait for it, or name a folder for this one: hydra.sweep.dir=…"
        raise UserError(f"Another process runs the sweep in {folder}", instead=instead) from None


def _report(folder: Path) -> None:
    from mnister.sweeps.rank import rank_runs

    rank_runs(folder)
    print(f"Sweep: {folder}")


def _report_interrupted(folder: Path) -> None:
    """Print the table of what is finished, and the command that does the rest."""
    _report(folder)
    print("Go on: " + typed_again("train"))
