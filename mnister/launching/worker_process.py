"""A worker's process as its supervisor holds it."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mnister
from mnister.config.schema import TrainConfig
from mnister.config.workers import Cluster
from mnister.workers.telling import REPORT_FD

PROJECT = Path(mnister.__file__).resolve().parents[1]


class WorkerProcess:
    """One worker: started, listened to, ended.

    Args:
        index: Its place among the workers.
        cluster: All workers' addresses.
        config: The run's config.
        run_folder: Where the run's files go.

    Attributes:
        ready_at: When it began to wait for the others; None: it has not.
        has_started: Whether all workers have found each other.
        has_trained: Whether it needs the others no more.
        is_finished: Whether it has come to its end.
        step: The last step it told of.
        run: The chief's run folder, once it is known.
        error: The parts of a `UserError` that it told of.
        crash: Any other error.
        is_lost: Whether it told that it has lost another.
        trace: Where in its code it failed.
        log: Where its output goes; None: where that of this process goes.
    """

    def __init__(
        self, index: int, cluster: Cluster, config: TrainConfig, run_folder: Path
    ) -> None:
        self.index, self._cluster = index, cluster
        self._config, self._folder = config, run_folder
        self.ready_at: float | None = None
        self.has_started = self.has_trained = self.is_finished = False
        self.step, self.run = 0, None
        self.error: dict[str, Any] | None = None
        self.crash: str | None = None
        self.is_lost, self.trace = False, ""
        self.log: Path | None = None
        self._process: subprocess.Popen | None = None
        self._rest, self._was_killed = b"", False

    def start(self, *, is_quiet: bool) -> None:
        """Start the process.

        Args:
            is_quiet: Whether what it says goes to a file in the run folder.
        """
        self.log = self._folder / f"worker-{self.index}.log" if is_quiet else None
        self._reports, told = os.pipe()
        os.set_blocking(self._reports, False)
        task = {"type": "worker", "index": self.index}
        tf_config = {"cluster": {"worker": list(self._cluster.addresses)}, "task": task}
        paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "TF_CONFIG": json.dumps(tf_config),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            REPORT_FD: str(told),
        }
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(self.log.open("ab")) if self.log else None
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mnister.launching.worker"],
                stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment,
                pass_fds=[told], start_new_session=True,
            )  # fmt: skip
        os.close(told)
        job = {"config": self._config.model_dump(mode="json"), "folder": str(self._folder)}
        with contextlib.suppress(BrokenPipeError):  # it is seen that it has died
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def has_failed(self) -> bool:
        """Whether it ended, or told that it will, before it was finished."""
        return self.has_told or self.died_by is not None

    @property
    def died_by(self) -> str | None:
        """What ended the process without a word of its own."""
        code = self._process.poll()
        if code in (None, 0) or self.is_finished or self._was_killed or self.has_told:
            return None
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    @property
    def has_told(self) -> bool:
        """Whether it said why it ends."""
        return bool(self.error or self.crash or self.is_lost)

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        if self.is_alive:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End the process at once, if it runs."""
        if self._process is not None and self.is_alive:
            self._was_killed = True
            self._process.kill()
            self._process.wait()

    def read(self) -> None:
        """Take in what the process has told since the last time."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._reports, 65536):
                self._rest += part
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "log" in message:
            self._pass_log_on(*message["log"])
        self.ready_at = time.monotonic() if "ready" in message else self.ready_at
        self.has_started |= "started" in message
        self.has_trained |= "trained" in message
        self.is_finished |= "finished" in message
        self.is_lost |= "lost" in message
        self.trace = message.get("trace", self.trace)
        self.step, self.run = message.get("step", self.step), message.get("run", self.run)
        self.error, self.crash = message.get("error", self.error), message.get("crash", self.crash)

    def _pass_log_on(self, name: str, level: int, text: str) -> None:
        if self.log is None:
            logging.getLogger(name).log(level, "%s", text)
        else:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
