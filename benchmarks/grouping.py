"""Measure how digits are grouped into numbers, on made pages; count the priors of the rule.

    python benchmarks/grouping.py                  # share of numbers wholly right, by kind of page
    python benchmarks/grouping.py --fit            # the priors of mnister/arranging/gaps.py, too

A page is made of numbers that are written one after the other by one hand, and only the boxes of
their ink are kept. Two kinds of pages, cells and pairs, and the digits and hands of all that is
measured, are not those that the rule is fitted on.
"""

import argparse
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mnister.arranging import gaps
from mnister.data.datasets import Digits
from mnister.hands.page_digits import PageDigits, load_page_digits
from mnister.pages import made
from mnister.pages.draft import Draft
from mnister.pages.writing import random_digits, write_in_box, write_row
from mnister.reading.layout import order_in_lines

SIZE = 512  # pixels of a page's side
FITTED_DIGITS = 4_000  # of MNIST's training digits: enough hands, and soon thinned
SEEN_KINDS = ("rows", "few_digits", "touching", "spaced", "boxed", "columns")
UNSEEN_KINDS = ("cells", "pairs")


@dataclass(frozen=True)
class Boxes:
    """The digits of a page in reading order, and which number each belongs to.

    Attributes:
        boxes: float (N, 4).
        lines: int (N,).
        numbers: int (N,).
    """

    boxes: np.ndarray
    lines: np.ndarray
    numbers: np.ndarray


@functools.cache
def fitted_digits() -> PageDigits:
    """Load what the pages are written with that the rule is fitted on."""
    whole = load_page_digits()
    return PageDigits(Digits(whole.images[:FITTED_DIGITS], whole.labels[:FITTED_DIGITS]))


def make_boxes(kind: str, seed: int, number: int, *, unseen: bool) -> Boxes:
    """Make a page of a kind; a function of its arguments."""
    rng = np.random.default_rng([seed, number, (*SEEN_KINDS, *UNSEEN_KINDS).index(kind)])
    draft = made.start(rng, SIZE, unseen, load_page_digits(True) if unseen else fitted_digits())
    draft.most_digits = 400
    owners: list[int] = []
    for of_number, _ in enumerate(KINDS[kind](draft)):
        owners += [of_number] * (len(draft.truths) - len(owners))
    owners += [-1] * (len(draft.truths) - len(owners))
    boxes = np.array([truth.box for truth in draft.truths], float).reshape(-1, 4)
    lines = order_in_lines(boxes)
    order = [i for line in lines for i in line]
    of_line = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    return Boxes(boxes[order], of_line.astype(int), np.array(owners, int)[order])


def _write_line(
    draft: Draft, texts: list[str], baseline: float, gap: float, apart: tuple[float, float]
) -> Iterator[None]:
    """Write numbers in a line; yields behind each."""
    rng, height = draft.rng, draft.height
    x = rng.uniform(0.1, 2) * height
    rise = rng.normal(0, 0.02)
    for text in texts:
        if x > SIZE - 0.8 * height * len(text) * (1 + max(gap, 0)):
            return
        x = write_row(draft, text, x, baseline - rise * x, gap=gap, rise=rise)
        x += height * (rng.uniform(*apart) - max(gap, 0))
        yield


def _lines(
    draft: Draft, gap: float, apart: tuple[float, float], lengths: tuple[int, int]
) -> Iterator[None]:
    rng, height = draft.rng, draft.height
    for baseline in np.arange(1.5 * height, SIZE - height, height * rng.uniform(1.6, 2.6)):
        texts = [random_digits(rng, int(rng.integers(*lengths))) for _ in range(40)]
        count = int(rng.integers(1, 12))
        yield from _write_line(draft, texts[:count], baseline, gap, apart)


def rows(draft: Draft) -> Iterator[None]:
    """Lines of numbers of up to seven digits, written narrow or wide."""
    rng = draft.rng
    gap = rng.choice([0.12, 0.3, 0.6], p=[0.45, 0.4, 0.15]) * rng.uniform(0.7, 1.3)
    least = gap + rng.uniform(0.45, 1.0)
    return _lines(draft, gap, (least, least + rng.uniform(0.3, 1.5)), (1, 8))


def few_digits(draft: Draft) -> Iterator[None]:
    """Lines of numbers of one to three digits, as marks and counts are written."""
    rng = draft.rng
    gap = rng.uniform(0.08, 0.3)
    least = gap + rng.uniform(0.45, 1.2)
    return _lines(draft, gap, (least, least + rng.uniform(0.2, 1.5)), (1, 4))


def touching(draft: Draft) -> Iterator[None]:
    """Lines of numbers whose digits touch."""
    rng = draft.rng
    least = rng.uniform(0.35, 0.9)
    return _lines(draft, rng.uniform(-0.15, 0.02), (least, least + 1.0), (1, 7))


def spaced(draft: Draft) -> Iterator[None]:
    """Lines of single digits, far apart."""
    least = draft.rng.uniform(0.8, 2.0)
    return _lines(draft, 0.2, (least, least + draft.rng.uniform(0.2, 1)), (1, 2))


def boxed(draft: Draft) -> Iterator[None]:
    """Numbers with a box for each digit, as postcodes and dates on forms are written."""
    rng, height = draft.rng, draft.height
    wide, fill = height * rng.uniform(0.9, 1.3), rng.uniform(0.6, 0.95)
    apart = wide * rng.uniform(0.7, 2.5)
    for top in np.arange(0.5 * height, SIZE - 1.5 * height, height * rng.uniform(1.6, 2.6)):
        x = rng.uniform(0.1, 2) * height
        for count in rng.choice([2, 2, 4, 5, 8], size=int(rng.integers(1, 5))):
            if x + count * wide > SIZE:
                break
            for digit in random_digits(rng, int(count)):
                write_in_box(draft, digit, x, top, wide, height / fill, fill)
                x += wide
            x += apart
            yield


def columns(draft: Draft) -> Iterator[None]:
    """Two or three columns of numbers, their last digits in line."""
    rng, height = draft.rng, draft.height
    longest = int(rng.integers(1, 6))
    wide = (longest * 0.85 + rng.uniform(0.6, 2)) * height
    gap = rng.uniform(0.08, 0.25)
    for baseline in np.arange(1.5 * height, SIZE - height, height * rng.uniform(1.3, 2)):
        for right in np.arange(wide, SIZE, wide)[:3]:
            text = random_digits(rng, int(rng.integers(1, longest + 1)))
            write_row(draft, text, right - len(text) * 0.82 * height, baseline, gap=gap)
            yield


def cells(draft: Draft) -> Iterator[None]:
    """Numbers in the cells of a table."""
    rng = draft.rng
    fill = rng.uniform(0.55, 0.9)
    tall = draft.height / fill
    longest = int(rng.integers(1, 5))
    wide = tall * (0.75 * longest + rng.uniform(0.3, 1.2))
    for y in np.arange(0.3 * tall, SIZE - tall, tall * 1.02):
        for x in np.arange(0.2 * wide, SIZE - wide, wide):
            if rng.random() < 0.8:
                text = random_digits(rng, int(rng.integers(1, longest + 1)))
                write_in_box(draft, text, x, y, wide, tall, fill)
                yield


def pairs(draft: Draft) -> Iterator[None]:
    """Telephone numbers in pairs of digits."""
    rng = draft.rng
    gap = rng.uniform(0.05, 0.2)
    return _lines(draft, gap, (gap + 0.5, gap + 0.95), (2, 3))


KINDS: dict[str, Callable[[Draft], Iterator[None]]] = {
    "rows": rows, "few_digits": few_digits, "touching": touching, "spaced": spaced,
    "boxed": boxed, "columns": columns, "cells": cells, "pairs": pairs,
}  # fmt: skip


def count_priors(pages: list[Boxes]) -> list[np.ndarray]:
    """Count how often pages have each value of the grids of `gaps`, by the ink of their gaps."""
    grids = (gaps.WITHIN, gaps.WITHIN_SPREADS, gaps.BETWEEN, gaps.BETWEEN_SPREADS, gaps.SHARES)
    counts = [np.full(len(grid), 0.5) for grid in grids]
    for page in pages:
        ink = gaps.measure(page.boxes, page.lines)[0]
        is_end = (page.numbers[1:] != page.numbers[:-1])[page.lines[1:] == page.lines[:-1]]
        seen = {4: is_end.mean()} if len(ink) else {}
        within, between = ink[~is_end], ink[is_end]
        if len(within) > 2:
            seen |= {0: np.median(within), 1: within.std()}
        if len(between) > 2:
            seen |= {2: np.median(between), 3: gaps.log_of(between).std()}
        for which, value in seen.items():
            counts[which][np.argmin(np.abs(np.array(grids[which]) - value))] += 1
    return [np.maximum(count / count.sum(), 0.01) for count in counts]


def right_numbers(page: Boxes) -> tuple[int, int, list[tuple[float, bool]]]:
    """Count the numbers of a page, those grouped rightly first; and how sure each group is."""
    ends = gaps.end_probabilities(page.boxes, page.lines)
    starts = np.flatnonzero(np.r_[True, ends[:-1] >= 0.5])
    found = {tuple(group) for group in np.split(np.arange(len(ends)), starts[1:])}
    wanted = {tuple(np.flatnonzero(page.numbers == n)) for n in np.unique(page.numbers)}
    sure = []
    for group in found:
        before = ends[group[0] - 1] if group[0] else 1.0
        likely = before * np.prod(1 - ends[list(group[:-1])]) * ends[group[-1]]
        sure.append((float(likely), group in wanted))
    return len(found & wanted), len(wanted), sure


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--fit", action="store_true", help="count new priors, print them and measure by them"
    )
    parser.add_argument("--pages", type=int, default=40, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.fit:
        pages = [
            make_boxes(kind, arguments.seed, n, unseen=False)
            for kind in SEEN_KINDS
            for n in range(arguments.pages)
        ]
        gaps.PRIORS = tuple(count_priors(pages))
        for prior in gaps.PRIORS:
            print(np.array2string(prior, precision=2, separator=", "), flush=True)
    every: list[tuple[float, bool]] = []
    total = [0, 0]
    for kind in KINDS:
        counts = [0, 0]
        for n in range(arguments.pages):
            page = make_boxes(kind, arguments.seed + 1000, n, unseen=True)
            if len(page.boxes):
                right, all_of_it, sure = right_numbers(page)
                counts[0] += right
                counts[1] += all_of_it
                every += sure
        total = [total[0] + counts[0], total[1] + counts[1]]
        print(f"{kind:12} {counts[0] / max(1, counts[1]):7.2%} of {counts[1]:,}", flush=True)
    print(f"{'all':12} {total[0] / max(1, total[1]):7.2%} of {total[1]:,}")
    for least in (0.5, 0.9, 0.99):
        held = [is_right for likely, is_right in every if likely >= least]
        print(f"at least {least:.0%} sure: {np.mean(held):.2%} of {len(held):,} right")


if __name__ == "__main__":
    main()
