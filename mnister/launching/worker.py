"""A process that trains as one of several workers: python -m mnister.launching.worker.

It is started by `supervisor.py`, which writes a job to its standard input and keeps that open:
when the supervisor is gone, so is the worker. What happens it tells through a pipe, one JSON
object a line.
"""

import json
import logging
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from mnister.workers.telling import tell

GONE = ("UnavailableError", "AbortedError", "CancelledError", "DeadlineExceededError")


class _ToldLog(logging.Handler):
    """Hands log records to the supervisor, which knows where they go."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(log=[record.name, record.levelno, record.getMessage()])


def main() -> int:
    """Train as the job on the standard input says; return the exit code."""
    from mnister.config.schema import TrainConfig
    from mnister.errors import UserError
    from mnister.launching.write_errors import explained_write_errors
    from mnister.quiet import expect_one_job
    from mnister.training.run import run_steps

    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    expect_one_job()
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.INFO, handlers=[_ToldLog()])
    config, folder = TrainConfig.model_validate(job["config"]), Path(job["folder"])
    try:
        with explained_write_errors(config, folder):
            run_steps(config, folder)
    except UserError as error:
        tell(error=_parts(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        is_gone = type(error).__name__ in GONE or "ollective" in str(error)
        reason = f"{type(error).__name__}: {(str(error) or 'no words').splitlines()[0]}"
        tell(**{"lost" if is_gone else "crash": reason}, trace=traceback.format_exc())
        return 1
    tell(finished=True)
    return 0


def _parts(error: Any) -> dict[str, Any]:
    names = ("what", "expected", "received", "instead", "exit_code", "state")
    return {name: getattr(error, name) for name in names}


def _end_with_supervisor() -> None:
    """End at once when the supervisor is gone, whatever the main thread waits for."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a TensorFlow server waits for workers that are gone
