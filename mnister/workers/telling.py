"""What a worker tells the process that started it: through a pipe, one JSON object a line."""

import contextlib
import json
import os
from typing import Any

REPORT_FD = "MNISTER_REPORT_FD"


def tell(**message: Any) -> None:
    """Tell the supervisor, if there is one.

    Args:
        **message: Plain values; see `supervisor.py` for what it understands.
    """
    if REPORT_FD in os.environ:
        line = json.dumps(message, default=str) + "\n"
        with contextlib.suppress(OSError):
            os.write(int(os.environ[REPORT_FD]), line.encode())
