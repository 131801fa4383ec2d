"""The process that starts workers, watches them, and stops all when one is lost.

It never loads TensorFlow, which may block for minutes and then ignores signals. On one machine it
starts all workers; of a list of addresses, the one that is its own.
"""

import contextlib
import json
import logging
import time
from pathlib import Path

from mnister.config.schema import TrainConfig
from mnister.config.workers import Cluster, find_cluster
from mnister.errors import UserError
from mnister.invocation import command_for
from mnister.launching.worker_process import WorkerProcess
from mnister.run_files import count_cores
from mnister.stopping import StopRequest, end_by, stop_requests
from mnister.workers.addresses import are_listening, free_addresses

log = logging.getLogger("mnister.training")

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_CALLS = 5.0
# An unanswered call may be chance.
CALLS_UNANSWERED = 2
# How long the others may take to end by themselves: after a failure, and to save.
GRACE_SECONDS, SAVING_SECONDS = 3.0, 60.0


def supervise(config: TrainConfig, run_folder: Path) -> dict | None:
    """Run the workers of this machine to their end.

    Args:
        config: A checked config with `device=multi_worker`.
        run_folder: Where the run's files go.

    Returns:
        The metrics that the chief wrote; None after a dry run, and where the chief is elsewhere.

    Raises:
        UserError: A worker failed, was lost or never came; none is left running here.
        KeyboardInterrupt: Stopped before there was anything to save.
    """
    cluster = find_cluster(config.device.model_dump())
    indices = range(len(cluster.addresses)) if cluster.is_local else [cluster.index]
    if cluster.is_local:
        cluster = Cluster(free_addresses(len(cluster.addresses)), None)
        log.info("%d workers here: %s", len(cluster.addresses), ", ".join(cluster.addresses))
    else:
        log.info("Worker %d of %s", cluster.index, ", ".join(cluster.addresses))
    config = _with_threads(config, len(indices))
    with stop_requests() as stop, contextlib.ExitStack() as stack:
        workers = [WorkerProcess(index, cluster, config, run_folder) for index in indices]
        for worker in workers:
            stack.callback(worker.kill)
            worker.start(is_quiet=cluster.is_local and worker.index > 0)
        _Watch(workers, cluster, config, run_folder, stop).until_all_end()
    metrics = run_folder / "metrics.json"
    if config.dry_run or not cluster.has_chief:
        return None
    return json.loads(metrics.read_text(encoding="utf-8"))


def _with_threads(config: TrainConfig, workers: int) -> TrainConfig:
    """Share the cores out among the workers of this machine."""
    if config.device.threads is not None or workers == 1:
        return config
    threads = {"threads": max(1, count_cores() // workers)}
    return config.model_copy(update={"device": config.device.model_copy(update=threads)})


class _Watch:
    """Looks after the workers that this process started."""

    def __init__(
        self,
        workers: list[WorkerProcess],
        cluster: Cluster,
        config: TrainConfig,
        run_folder: Path,
        stop: StopRequest,
    ) -> None:
        self.workers, self.cluster, self.config = workers, cluster, config
        self.folder, self.stop = run_folder, stop
        self.deadline: float | None = None
        self.is_told = False
        self.called_at, self.unanswered = time.monotonic(), 0

    def until_all_end(self) -> None:
        """Wait until all workers are finished; raise what went wrong if they are not."""
        while any(worker.is_alive for worker in self.workers):
            time.sleep(SECONDS_BETWEEN_LOOKS)
            for worker in self.workers:
                worker.read()
            self._pass_signal_on()
            self._check_start()
            self._check_others()
            self._check_failure()
            if self.deadline is not None and time.monotonic() > self.deadline:
                break
        for worker in self.workers:
            worker.kill()
            worker.read()
        self._raise_failure()

    def _pass_signal_on(self) -> None:
        if self.stop.signal is None or self.is_told:
            return
        self.is_told = True
        self.deadline = time.monotonic() + SAVING_SECONDS
        for worker in self.workers:
            if worker.has_started:
                self.stop.is_saving = True  # until the deadline: a second Ctrl-C loses nothing
                worker.send(self.stop.signal)
            else:
                worker.kill()

    def _check_failure(self) -> None:
        failed = [worker for worker in self.workers if worker.has_failed]
        if failed and self.deadline is None:
            is_saving = any(w.error and w.error["state"] == "stopped" for w in failed)
            self.deadline = time.monotonic() + (SAVING_SECONDS if is_saving else GRACE_SECONDS)

    def _check_start(self) -> None:
        """Give up on workers that did not come in time."""
        ready = [worker.ready_at for worker in self.workers if worker.ready_at is not None]
        is_under_way = all(worker.has_started for worker in self.workers) or self.deadline
        limit = self.config.device.start_timeout_seconds
        if is_under_way or not ready or time.monotonic() < min(ready) + limit:
            return
        if self.cluster.is_local:
            missing = [worker.index for worker in self.workers if worker.ready_at is None]
        else:
            missing = self._silent(self._others())
        raise UserError(
            f"{self._names(missing) or 'A worker'} did not come",
            expected=f"all {len(self.cluster.addresses)} workers within {limit:g} s of the first",
            received=f"{len(self.cluster.addresses) - max(1, len(missing))} of them",
            instead="start the same command on each, device.index=0, 1, …; see that the ports are "
            "open; device.start_timeout_seconds=300 waits longer",
        )

    def _check_others(self) -> None:
        """Call the workers elsewhere now and then, as TensorFlow may not notice they are gone."""
        is_training = all(w.has_started and not w.has_trained for w in self.workers)
        now = time.monotonic()
        is_due = now - self.called_at > SECONDS_BETWEEN_CALLS
        if self.cluster.is_local or not is_training or self.deadline or not is_due:
            return
        self.called_at = now
        # The chief calls all, all call the chief: enough to stop all.
        called = self._others() if self.cluster.has_chief else [0]
        self.unanswered = self.unanswered + 1 if self._silent(called) else 0
        if self.unanswered >= CALLS_UNANSWERED:
            self.deadline = now

    def _others(self) -> list[int]:
        own = {worker.index for worker in self.workers}
        return [index for index in range(len(self.cluster.addresses)) if index not in own]

    def _silent(self, indices: list[int]) -> list[int]:
        answers = are_listening([self.cluster.addresses[index] for index in indices])
        return [index for index, is_there in zip(indices, answers, strict=True) if not is_there]

    def _names(self, indices: list[int]) -> str:
        return " and ".join(f"worker {i} ({self.cluster.addresses[i]})" for i in indices).replace(
            "worker", "Worker", 1
        )

    def _raise_failure(self) -> None:
        if all(worker.is_finished for worker in self.workers):
            return
        told = [worker.error for worker in self.workers if worker.error]
        died = [worker for worker in self.workers if worker.died_by]
        if told and not died:
            raise _as_error(told[0])
        if self.stop.signal is not None:
            end_by(self.stop.signal)
        crashed = next((worker for worker in self.workers if worker.crash), None)
        if crashed and not died:
            raise _with_trace(RuntimeError(f"worker {crashed.index}: {crashed.crash}"), crashed)
        raise _with_trace(self._lost(died), *self.workers)

    def _lost(self, died: list[WorkerProcess]) -> UserError:
        """Return the error of workers that are gone, here or elsewhere."""
        gone = [worker.index for worker in died] or self._silent(self._others())
        how = f": {died[0].died_by}" if died else ""
        step = max(worker.step for worker in self.workers)
        where = next((worker.run for worker in self.workers if worker.run), self.folder)
        is_anew = not any((Path(where) / "checkpoints").glob("step-*.npz"))
        again = "the same command again" if is_anew else command_for("train", f"resume={where}")
        more = "" if self.cluster.is_local else "   (on every worker, with its device.index)"
        logs = [str(worker.log) for worker in died if worker.log]
        return UserError(
            f"{self._names(gone) or 'Another worker'} is gone{how}; all are stopped",
            expected="every worker up to the end",
            received=f"about {step} steps" + (f"; its output: {logs[0]}" if logs else ""),
            instead=again + more,
        )


def _with_trace(error: Exception, *workers: WorkerProcess) -> Exception:
    """Add where in their code the workers failed, for `traceback.txt`."""
    for worker in workers:
        if worker.trace:
            error.add_note(f"In worker {worker.index}:\n{worker.trace}")
    return error


def _as_error(parts: dict) -> UserError:
    """Return the error that a worker told of."""
    error = UserError(
        parts["what"],
        expected=parts["expected"],
        received=parts["received"],
        instead=parts["instead"],
    )
    error.exit_code, error.state = parts["exit_code"], parts["state"]
    return error
