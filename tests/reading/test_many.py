"""What the processes that read a folder keep between two pictures."""

import subprocess
import sys

import pytest

SCRIPT = """
from pathlib import Path
from mnister.reading.many import _give_memory_back

def resident_pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

blocks = [bytes(50_000) for _ in range(2000)]
last, full = bytes(50_000), resident_pages()
del blocks
kept = resident_pages()
_give_memory_back()
print(full, kept, resident_pages())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_large_picture_goes_back_although_what_came_later_stays():
    command = [sys.executable, "-c", SCRIPT]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    full, kept, after = (int(number) for number in printed.split())
    assert full - kept < 0.1 * full  # so this is a case of the kind
    assert after < 0.6 * full
