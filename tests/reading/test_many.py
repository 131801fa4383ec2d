"""Many pictures are read in order, and what breaks or kills one takes no other along."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from mnister.reading.many import FEW, read_many
from mnister.reading.page import Page
from mnister.reading.reader import Reader
from tests.reading.nearest import Deadly, NearestClassifier
from tests.reading.pages import page

SCRIPT = """
from pathlib import Path
from mnister.reading.many import give_memory_back

def resident_pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

blocks = [bytes(50_000) for _ in range(2000)]
last, full = bytes(50_000), resident_pages()
del blocks
kept = resident_pages()
give_memory_back()
print(full, kept, resident_pages())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_large_picture_goes_back_although_what_came_later_stays():
    command = [sys.executable, "-c", SCRIPT]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    full, kept, after = (int(number) for number in printed.split())
    assert full - kept < 0.1 * full  # so this is a case of the kind
    assert after < 0.6 * full


def test_many_pictures_in_order_and_a_bad_one_in_its_place(reader, clean, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(6)]
    for i, path in enumerate(paths):
        cv2.imwrite(str(path), page([str(i) * 3]) if i != 2 else clean[:4, :4])
    pages = list(reader.read_many(paths))
    assert [read.file for read in pages] == [str(path) for path in paths]
    assert [read.text for read in pages if not read.error] == [str(i) * 3 for i in (0, 1, 3, 4, 5)]
    assert "too small" in pages[2].error


@pytest.mark.slow
def test_processes_read_as_one_does(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(FEW)]
    for i, path in enumerate(paths):
        cv2.imwrite(str(path), page([str(i) * 2]))
    portable = NearestClassifier()
    portable.is_portable = True
    texts = [read.text for read in Reader(portable).read_many(paths, workers=2)]
    assert texts == [str(i) * 2 for i in range(FEW)]


@pytest.mark.slow
@pytest.mark.parametrize("deadly", [{0}, {3, 4}, {FEW}])
def test_a_process_that_is_killed_takes_only_its_picture_along(tmp_path, deadly):
    paths = [tmp_path / f"{i}.png" for i in range(FEW + 1)]
    for i, path in enumerate(paths):
        cv2.imwrite(str(path), page(["7777" if i in deadly else "1147"]))
    pages = list(Reader(Deadly(2000)).read_many(paths, workers=2))
    assert [read.file for read in pages] == [str(path) for path in paths]
    killed = {i for i, read in enumerate(pages) if read.error}
    assert killed == deadly
    assert all("was killed" in pages[i].error for i in deadly)


UNGUARDED = """
from mnister.reading.reader import Reader
from tests.reading.nearest import Deadly

list(Reader(Deadly(100)).read_many([f"{i}.png" for i in range(20)], workers=2))
"""


@pytest.mark.slow
def test_a_script_without_a_guarded_main_is_told_so(tmp_path):
    (tmp_path / "script.py").write_text(UNGUARDED)
    root = Path(__file__).parents[2]
    finished = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 1
    assert '`if __name__ == "__main__":`' in finished.stderr


def test_a_picture_that_breaks_the_reader_does_not_stop_the_others():
    class Breaks:
        classifier = None

        def read(self, picture):
            if picture == "b.png":
                raise MemoryError("no room for it")
            return Page(picture)

    pages = list(read_many(Breaks(), ["a.png", "b.png", "c.png"], 1))
    assert [page.file for page in pages] == ["a.png", "b.png", "c.png"]
    assert [page.error for page in pages] == [
        None, "It could not be read: MemoryError: no room for it", None,
    ]  # fmt: skip
