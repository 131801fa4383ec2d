"""Digits → numbers: those of a line that stand together, and how sure it is that all is right."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnister.arranging.gaps import end_probabilities

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Number:
    """Digits of a line that are one number.

    Attributes:
        text: What was read, "?" for a digit that was not sure.
        digits: Their indices on the page, from left to right.
        box: x, y, width, height around them, pixels.
        line: Number of the line, from 0.
        probability: That each digit is right, that none of the gaps within parts two numbers, and
            that those beside it do, 0 to 1.
        is_sure: Whether that is as much as was asked for.
    """

    text: str
    digits: tuple[int, ...]
    box: Box
    line: int
    probability: float
    is_sure: bool = True


def find_numbers(
    boxes: Sequence[Box],
    lines: Sequence[int],
    names: Sequence[str],
    probabilities: Sequence[float],
    separator: str = "",
    min_confidence: float = 0.0,
) -> tuple[Number, ...]:
    """Group the digits of a page into numbers.

    Args:
        boxes: Of each digit, in reading order.
        lines: Of each digit, the number of its line; those of a line follow each other.
        names: What was read.
        probabilities: Of each digit, that it is right.
        separator: What stands between two names in a number.
        min_confidence: 0 to 1; a number less probable than this is not sure.

    Returns:
        In reading order; each digit is in one of them.
    """
    ends = _ends(tuple(map(tuple, boxes)), tuple(lines))
    last = np.flatnonzero(ends >= 0.5)
    groups = np.split(np.arange(len(ends)), last[:-1] + 1) if len(ends) else []
    sure = [_all_right(group, ends, probabilities) for group in groups]
    return tuple(
        Number(
            text=separator.join(names[i] for i in group),
            digits=tuple(int(i) for i in group),
            box=around([boxes[i] for i in group]),
            line=int(lines[group[0]]),
            probability=probability,
            is_sure=probability >= min_confidence,
        )
        for group, probability in zip(groups, sure, strict=True)
    )


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around some."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def spaced_lines(numbers: Sequence[Number], count: int) -> tuple[str, ...]:
    """Return the text of each line, blanks between its numbers.

    Args:
        numbers: In reading order.
        count: Of the lines.
    """
    texts: list[list[str]] = [[] for _ in range(count)]
    for number in numbers:
        texts[number.line].append(number.text)
    return tuple(" ".join(line) for line in texts)


@functools.lru_cache(maxsize=8)  # a page is asked for its numbers several times
def _ends(boxes: tuple[Box, ...], lines: tuple[int, ...]) -> np.ndarray:
    return end_probabilities(np.array(boxes, float).reshape(-1, 4), np.array(lines, int))


def _all_right(group: np.ndarray, ends: np.ndarray, probabilities: Sequence[float]) -> float:
    """Return how likely digits are right and are a number by themselves."""
    first, last = int(group[0]), int(group[-1])
    begins = ends[first - 1] if first else 1.0  # the last digit before ends a number
    together = float(np.prod(1 - ends[first:last]))
    return float(begins * together * ends[last] * np.prod([probabilities[i] for i in group]))
