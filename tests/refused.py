"""What a command is refused with: exit code 2 and the one shape of every error."""

import re

ERROR_LINE = re.compile(r"\S.*\.$|  (Expected|Received|Instead): .*|Nothing was started\.")


def assert_refused(finished, *words):
    """Make sure that a command ended with exit code 2 and the shape of every error."""
    assert finished.returncode == 2, finished.stderr
    assert "Traceback" not in finished.stderr
    for line in finished.stderr.splitlines():
        assert ERROR_LINE.match(line), line
    for word in words:
        assert word in finished.stderr
