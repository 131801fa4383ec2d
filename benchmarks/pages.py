"""Measure the reader on made pages of kinds that no network learned from.

    python benchmarks/pages.py                       # 200 pages, nothing trained
    python benchmarks/pages.py --model latest        # and the digit network exported last
    python benchmarks/pages.py --crop-network none   # the page network alone

The pages are of several sizes and are sized again, as photos are. What is printed, crossed out,
cut off, too small or too large is neither wanted nor wrong.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from mnister import Reader
from mnister.detecting.matching import DIGITS, judge, tally
from mnister.detecting.peaks import Found
from mnister.pages.made import MadePage, make_page
from mnister.reading.page import Page

SIZES = (192, 256, 384, 512, 768)  # pixels of a page's edge, before it is sized
RESIZED = (0.8, 3.0)  # times
SURE = (0.5, 0.8, 0.9, 0.99, 1.01)  # probabilities that are told apart


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--model", default=None, help="as in infer.py; default: none")
    for network in ("--detector", "--crop-network"):
        parser.add_argument(network, default="builtin", help="as in infer.py")
    arguments = parser.parse_args()
    reader = Reader(
        arguments.model,
        detector=arguments.detector,
        crop_network=arguments.crop_network,
        threads=1,
    )
    rows: dict[str, np.ndarray] = {}
    sure, seconds = [], 0.0
    for name, made in draw_pages(arguments.pages):
        started = time.process_time()
        found = as_found(reader.read(made.image))
        seconds += time.process_time() - started
        counts, right = judge(found, made)
        (row,) = tally(found, made, np.zeros(1))
        for key in (name, "all" if row[DIGITS] else "no digits"):
            rows[key] = rows.get(key, 0) + row
        sure += list(zip(found.scores[counts], right[counts], strict=True))
    console = Console()
    console.print(rate_table(rows))
    console.print(sure_table(np.array(sure, float).reshape(-1, 2)))
    console.print(f"Processor time: {seconds / arguments.pages:.3f} s a page")


def draw_pages(count: int) -> Iterator[tuple[str, MadePage]]:
    """Make pages of several sizes, each sized by a random amount."""
    rng = np.random.default_rng(7)
    for number in range(count):
        size = SIZES[number % len(SIZES)]
        made = make_page(99, number, size, unseen=True)
        scale = float(np.exp(rng.uniform(*np.log(RESIZED))))
        way = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
        image = cv2.resize(made.image, None, fx=scale, fy=scale, interpolation=way)
        yield f"{size} × {size}", replace(made, image=image, boxes=made.boxes * scale)


def as_found(page: Page) -> Found:
    """Return what was read in the form that is judged, the likeliest first."""
    digits = sorted(page.digits, key=lambda digit: -digit.probability)
    probabilities = np.zeros((len(digits), 10), np.float32)
    for row, digit in zip(probabilities, digits, strict=True):
        row[int(digit.best.name)] = digit.probability
    boxes = np.array([digit.box for digit in digits], np.float32).reshape(-1, 4)
    return Found(boxes, probabilities, np.zeros(len(digits), np.float32))


def rate_table(rows: dict[str, np.ndarray]) -> Table:
    table = Table()
    for heading in (
        "",
        "Pages",
        "Digits",
        "Right",
        "Read wrongly or on top",
        "1 - edits",
        "Exact",
    ):
        table.add_column(heading, justify="right")
    for name, (pages, digits, read, right, exact, edits) in sorted(rows.items()):
        table.add_row(
            name,
            f"{pages:.0f}",
            f"{digits:.0f}",
            f"{right / max(1, digits):.1%}",
            f"{read - right:.0f}",
            f"{1 - edits / digits:.1%}" if digits else "",
            f"{exact / pages:.1%}",
        )
    return table


def sure_table(sure: np.ndarray) -> Table:
    """Show how many are right of those that are so likely; (N, 2), probability and right."""
    table = Table()
    for heading in ("Probability", "Digits", "Mean", "Right"):
        table.add_column(heading, justify="right")
    for low, high in zip((0.0, *SURE), SURE, strict=False):
        within = sure[(sure[:, 0] >= low) & (sure[:, 0] < high)]
        if len(within):
            mean, right = within.mean(axis=0)
            name = f"{low:.0%} to {min(high, 1):.0%}"
            table.add_row(name, str(len(within)), f"{mean:.1%}", f"{right:.1%}")
    return table


if __name__ == "__main__":
    main()
