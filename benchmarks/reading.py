"""Score the reader on a folder of your own pictures, with what is written on them.

    python benchmarks/reading.py pictures/truth.json
    python benchmarks/reading.py pictures/truth.json --detector page/2 --model none --images
    python benchmarks/reading.py pictures/truth.json --reader tesseract   # another program

The truth file is a list of {"file": "multi/001.jpg", "lines": ["0522", "1859"]}, files relative to
it. A picture is read in the mode that its entry names ("mode": "single" or "multi"), or its folder
(single, multi), or else as a page; with --line as one line by programs that can do that. Gentler
rules apply to "layout": "scattered" (any order) and "has_other": true (not only digits on a page:
what is read on top of them is counted apart). One that lies ("rotate_ccw") has a row of its own.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from other_readers import OTHER_READERS
from rich.console import Console
from rich.table import Table

from mnister import Reader
from mnister.edits import edits
from mnister.errors import UserError
from mnister.images.headers import read_header
from mnister.reading.page import Page
from mnister.run_files import count_cores


def main() -> None:
    arguments = parse()
    truth = json.loads(arguments.truth.read_text(encoding="utf-8"))
    started, processor_started = time.perf_counter(), processor_seconds()
    try:
        pages = read_all(truth, arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    seconds = time.perf_counter() - started
    processor = processor_seconds() - processor_started
    console = Console()
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    on_top = [0, 0]
    for item, page in zip(truth, pages, strict=True):
        wrong, written = wrong_digits(item, page), len("".join(item["lines"]))
        if item.get("has_other"):
            on_top[0] += max(0, len(page.text) - written)
            on_top[1] += written
        for name in rows_of(item):
            rows[name] = [
                a + b for a, b in zip(rows[name], (1, written, wrong, wrong == 0), strict=True)
            ]
        if arguments.images and wrong:
            found = page.error.splitlines()[0] if page.error else " ".join(page.lines)
            console.print(
                f"{wrong} of {written}  {item['file']}: {' '.join(item['lines'])} → {found}"
            )
    console.print(score_table(rows))
    if on_top[1]:
        console.print(
            f"On top of the {on_top[1]} digits of pages with other things on them {on_top[0]} more"
        )
    digits = max(1, sum(len(page.text) for page in pages))
    megapixels = sum(megapixels_of(arguments.truth.parent / item["file"]) for item in truth)
    slowest = max(page.milliseconds.get("total", 0.0) for page in pages) / 1000
    console.print(f"{seconds:.1f} s on {arguments.workers} threads; slowest {slowest:.2f} s")
    console.print(
        f"Processor time: {processor / len(pages):.2f} s a picture, "
        f"{processor / max(1e-6, megapixels):.2f} s a megapixel, "
        f"{1000 * processor / digits:.0f} ms a digit"
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path, help="the truth file")
    parser.add_argument("--reader", default="mnister", choices=("mnister", *OTHER_READERS))
    parser.add_argument("--model", default="latest", help="as in infer.py; none: no digit network")
    for network in ("--detector", "--crop-network"):
        parser.add_argument(network, default="builtin", help="as in infer.py")
    parser.add_argument("--runtime", default="litert", choices=("litert", "saved_model"))
    parser.add_argument("--line", action="store_true", help="each page is one line")
    parser.add_argument("--workers", type=int, default=count_cores(), help="threads")
    parser.add_argument("--images", action="store_true", help="print each picture misread")
    return parser.parse_args()


def read_all(truth: list[dict], arguments: argparse.Namespace) -> list[Page]:
    """Read every picture of the truth file in its mode, in order."""
    modes = [mode_of(item, is_line=arguments.line) for item in truth]
    readers = {mode: make_reader(mode, arguments) for mode in set(modes)}
    folder = arguments.truth.parent

    def read(item: dict, mode: str) -> Page:
        try:
            return readers[mode].read(folder / item["file"]).without_pictures()
        except UserError as error:
            return Page(item["file"], error=str(error))

    with ThreadPoolExecutor(arguments.workers) as pool:
        return list(pool.map(read, truth, modes))


def megapixels_of(picture: Path) -> float:
    """Return the size of a picture as its header gives it; 0 if it is none."""
    header = read_header(picture.read_bytes()) if picture.is_file() else None
    return header.width * header.height / 1e6 if header else 0.0


def make_reader(mode: str, arguments: argparse.Namespace):
    if arguments.reader == "mnister":
        mode = "multi_digit" if mode == "line" else mode
        model = None if arguments.model == "none" else arguments.model
        networks = {"detector": arguments.detector, "crop_network": arguments.crop_network}
        return Reader(model, **networks, runtime=arguments.runtime, mode=mode, threads=1)
    return OTHER_READERS[arguments.reader](mode)


def processor_seconds() -> float:
    """Return the processor time of this process and the programs that it ran so far."""
    return sum(os.times()[:4])


def mode_of(item: dict, *, is_line: bool = False) -> str:
    named = item.get("mode", Path(item["file"]).parent.name)
    if named.startswith("single"):
        return "single_digit"
    return "line" if is_line else "multi_digit"


def rows_of(item: dict) -> list[str]:
    """Return the rows of the table in which a picture counts; one that lies, in that alone."""
    if item.get("rotate_ccw"):
        return ["turned"]
    return ["all", mode_of(item), *(item[key] for key in ("source", "paper") if key in item)]


def wrong_digits(item: dict, page: Page) -> int:
    """Return how many digits of a picture were missed, misread or invented."""
    written = "".join(item["lines"])
    if item.get("layout") == "scattered":
        missed, invented = (
            Counter(written) - Counter(page.text),
            Counter(page.text) - Counter(written),
        )
        wrong = max(missed.total(), 0 if item.get("has_other") else invented.total())
    elif item.get("has_other"):
        wrong = len(written) - longest_match(written, page.text)
    else:
        wrong = edits(written, page.text)
    return min(wrong, len(written))


def longest_match(written: str, read: str) -> int:
    """Return how many digits of `written` occur in `read`, in order."""
    row = [0] * (len(read) + 1)
    for digit in written:
        last = row[:]
        for j, seen in enumerate(read, 1):
            row[j] = last[j - 1] + 1 if digit == seen else max(last[j], row[j - 1])
    return row[-1]


def score_table(rows: dict[str, list[int]]) -> Table:
    table = Table()
    for heading in ("", "Pictures", "Digits", "Digit accuracy", "Read exactly"):
        table.add_column(heading, justify="right")
    for name, (pictures, digits, wrong, exact) in rows.items():
        accuracy, share = 1 - wrong / max(1, digits), exact / pictures
        table.add_row(name, str(pictures), str(digits), f"{accuracy:.1%}", f"{share:.1%}")
    return table


if __name__ == "__main__":
    main()
