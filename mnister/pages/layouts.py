"""Where digits stand on a page: in lines and columns, strewn, in cells and boxes, as amounts.

Each layout writes on a draft. A page is a piece of a larger one: lines begin and end beyond it.
"""

import numpy as np

from mnister.hands.drawing import curve, log_uniform, stroke
from mnister.pages.draft import Draft
from mnister.pages.print_clutter import print_words
from mnister.pages.writing import (
    draw_amount,
    random_digits,
    write_in_box,
    write_row,
    write_sign,
    write_words,
)


def lines(draft: Draft) -> None:
    """Write lines of numbers, level or rising, wide or narrow, some of them with words."""
    rng, height = draft.rng, draft.height
    rise = rng.normal(0, 0.05) if rng.random() < 0.7 else rng.normal(0, 0.2)
    gap = rng.choice([0.12, 0.3, 0.9, 1.6], p=[0.3, 0.4, 0.2, 0.1]) * rng.uniform(0.7, 1.3)
    with_words = 0.25 if rng.random() < 0.25 else 0.0
    spacing = height * rng.uniform(1.25, 2.6)
    for baseline in np.arange(rng.uniform(0.2, 1.5) * height, draft.size + height / 2, spacing):
        if draft.is_full:
            return
        x = rng.uniform(-0.4, 1.0) * height if rng.random() < 0.6 else rng.uniform(0, 0.6) * 192
        while x < draft.size and not draft.is_full:
            if rng.random() < with_words:
                x = write_words(draft, x, baseline, 1) + 0.4 * height
            text = random_digits(rng, int(rng.integers(1, 8)))
            x = write_row(draft, text, x, baseline, gap=gap, rise=rise)
            x += height * (gap if gap > 0.7 else rng.uniform(0.5, 2.5))
            if rng.random() < 0.2:
                break


def columns(draft: Draft) -> None:
    """Write numbers below each other, their last digits in line, and at times a sum below."""
    rng, height = draft.rng, draft.height
    spacing, right = height * rng.uniform(1.2, 1.8), rng.uniform(0.3, 1.1) * draft.size
    longest = int(rng.integers(1, 6))
    baseline = rng.uniform(0.3, 1.5) * height
    rows = int(rng.integers(2, 9))
    for row in range(rows):
        text = random_digits(rng, int(rng.integers(1, longest + 1)))
        if rng.random() < 0.15 and len(text) > 2:
            text = text[:-2] + "," + text[-2:]
        left = right - len(text) * 0.82 * height
        if row == rows - 1 and rng.random() < 0.5:
            bar = np.array([(left - height, baseline - spacing * 0.75 + height * 0.1),
                            (right + 0.3 * height, baseline - spacing * 0.75)])  # fmt: skip
            draft.line(bar)
            if rng.random() < 0.5:
                write_sign(draft, str(rng.choice(["+", "-", "×"])), left - height,
                           baseline - spacing)  # fmt: skip
        write_row(draft, text, left, baseline, gap=0.18)
        baseline += spacing


def strewn(draft: Draft) -> None:
    """Write single digits anywhere, of one size or of many."""
    rng = draft.rng
    spread = rng.choice([0.0, 0.25, 0.5])
    for _ in range(int(rng.integers(1, 1 + max(2, int(0.5 * (draft.size / draft.height) ** 2))))):
        digit = int(rng.integers(10))
        height = float(np.clip(draft.height * np.exp(rng.normal(0, spread)), 11, 90))
        x, bottom = rng.uniform(-0.3, 1.0, 2) * draft.size + (0, 0.3 * height)
        if not draft.is_full and draft.is_free(x, bottom - height, 0.9 * height, 1.1 * height):
            draft.put(draft.ink(digit, height), digit, x, bottom)


def single(draft: Draft) -> None:
    """Write one digit with nothing but paper around it."""
    rng, digit = draft.rng, int(draft.rng.integers(10))
    ink = draft.ink(digit, max(draft.height, 24))
    x, y = rng.normal(0.5, 0.12, 2) * draft.size
    draft.put(ink, digit, x - ink.box[2] / 2, y + ink.box[3] / 2)


def spaced_row(draft: Draft) -> None:
    """Write one or two rows of single digits, as one who shows how they write them."""
    rng, height = draft.rng, draft.height
    gap = log_uniform(rng, 0.3, 2.5)
    baseline = rng.uniform(0.3, 0.7) * draft.size
    rise = rng.normal(0, 0.06)
    for _ in range(int(rng.integers(1, 4))):
        first = int(rng.integers(10))
        in_order = "".join(str((first + i) % 10) for i in range(10))
        text = in_order if rng.random() < 0.5 else random_digits(rng, 10)
        write_row(draft, text, rng.uniform(-1.5, 1) * height, baseline, gap=gap, rise=rise)
        baseline += height * rng.uniform(1.4, 3)


def touching(draft: Draft) -> None:
    """Write numbers whose digits touch, overlap, or are joined by the pen."""
    rng, height = draft.rng, draft.height
    gap, joined = rng.uniform(-0.16, 0.03), float(rng.choice([0.0, 0.3, 0.8]))
    rise, uneven = rng.normal(0, 0.08), _draw_evenness(rng)[0]
    baseline = rng.uniform(0.8, 1.6) * height
    while baseline < draft.size + height / 3 and not draft.is_full:
        text = random_digits(rng, int(rng.integers(2, 8)))
        if rng.random() < 0.4:
            text = text[:2] + str(rng.integers(10)) * int(rng.integers(2, 4)) + text[2:]
        x = rng.uniform(-0.3, 0.5) * draft.size
        write_row(draft, text, x, baseline, gap=gap, rise=rise, joined=joined, uneven=uneven)
        baseline += height * rng.uniform(1.3, 2.6)


def amount(draft: Draft) -> None:
    """Write one amount, or one number, and nothing else."""
    rng, height = draft.rng, draft.height
    uneven, zeros = _draw_evenness(rng)
    text = draw_amount(rng) if rng.random() < 0.7 else random_digits(rng, int(rng.integers(1, 8)))
    x = rng.uniform(0.02, 0.3) * draft.size
    baseline = draft.size / 2 + height * rng.uniform(0.3, 0.7)
    write_row(draft, text, x, baseline, gap=rng.uniform(-0.12, 0.3), rise=rng.normal(0, 0.07),
              joined=float(rng.choice([0.0, 0.15, 0.7])), uneven=uneven, zeros=zeros)  # fmt: skip


def _draw_evenness(rng: np.random.Generator) -> tuple[float, float]:
    """Draw how much the heights of a row's digits differ, and how high its zeros are."""
    uneven = float(rng.choice([0.0, 0.08, 0.18], p=[0.4, 0.35, 0.25]))
    return uneven, float(rng.uniform(0.5, 1.0)) if rng.random() < 0.4 else 1.0


def amounts(draft: Draft) -> None:
    """Write amounts as on cheques: running zeros that touch, dots, dashes, a line below."""
    rng, height = draft.rng, draft.height
    baseline = rng.uniform(1, 2.5) * height
    gap, joined = rng.uniform(-0.14, 0.2), float(rng.choice([0.0, 0.15, 0.7]))
    rise = rng.normal(0, 0.07)
    uneven, zeros = _draw_evenness(rng)
    has_line = rng.random() < 0.5
    while baseline < draft.size + height / 3 and not draft.is_full:
        x = rng.uniform(-0.1, 0.35) * draft.size
        end = write_row(draft, draw_amount(rng), x, baseline, gap=gap, rise=rise, joined=joined,
                        uneven=uneven, zeros=zeros)  # fmt: skip
        if has_line:
            y = baseline + rng.normal(0.08, 0.12) * height
            ends = np.array([(x - height * rng.uniform(0, 3), y), (end + 2 * height, y)])
            stroke(draft.printed, ends, rng.uniform(0.6, 2))
        if rng.random() < 0.15:
            knots = np.cumsum(rng.normal((0.5, 0), 0.3, (5, 2)), axis=0) * height
            draft.line(curve(knots + np.array([end, baseline - height / 2])))
        baseline += height * rng.uniform(1.8, 4)


def cells(draft: Draft) -> None:
    """Write numbers into the cells of a printed table, with labels in some of them."""
    rng, fill = draft.rng, float(draft.rng.uniform(0.55, 0.95))
    tall = draft.height / fill
    wide = tall * log_uniform(rng, 0.8, 3.5)
    left, top = rng.uniform(-0.9, 0.3, 2) * (wide, tall)
    x_lines = np.arange(left, draft.size + wide, wide)[: int(rng.integers(2, 14))]
    y_lines = np.arange(top, draft.size + tall, tall)[: int(rng.integers(3, 18))]
    _rule_grid(draft, x_lines, y_lines)
    labelled = rng.random() < 0.5
    share = rng.uniform(0.3, 0.95)
    for y in y_lines[:-1]:
        for column, x in enumerate(x_lines[:-1]):
            if labelled and column == 0:
                print_words(draft, x + 2, y + 0.65 * tall, tall * 0.35, wide - 4)
            elif rng.random() < share:
                most = max(1, int(wide / draft.height * 1.3))
                text = random_digits(rng, int(rng.integers(1, min(most, 4) + 1)))
                write_in_box(draft, text, x, y, wide, tall, fill)


def _rule_grid(draft: Draft, x_lines: np.ndarray, y_lines: np.ndarray) -> None:
    """Print the lines of a table, from its first line to its last."""
    width = log_uniform(draft.rng, 0.5, 2.5)
    for x in x_lines:
        stroke(draft.printed, np.array([(x, y_lines[0]), (x, y_lines[-1])]), width)
    for y in y_lines:
        stroke(draft.printed, np.array([(x_lines[0], y), (x_lines[-1], y)]), width)


def boxes(draft: Draft) -> None:
    """Write single digits into rows of small printed boxes or combs, as for postcodes."""
    rng = draft.rng
    fill = float(log_uniform(rng, 0.3, 1.0))
    tall = draft.height / fill
    wide, apart = tall * rng.uniform(0.6, 1.1), rng.choice([0.0, rng.uniform(1, 6)])
    is_comb, width = rng.random() < 0.25, log_uniform(rng, 0.5, max(2.5, 0.08 * tall))
    y = rng.uniform(0.1, 0.6) * draft.size
    for _ in range(int(rng.integers(1, 4))):
        x = rng.uniform(-0.1, 0.3) * draft.size
        if rng.random() < 0.5:
            print_words(draft, x, y - 4, tall * rng.uniform(0.25, 0.5), draft.size)
        for _ in range(int(rng.choice([4, 5, 5, 6, 8, 9, 10]))):
            frame = np.array([(x, y), (x, y + tall), (x + wide, y + tall), (x + wide, y), (x, y)])
            comb = frame[:4] + np.array([(0, 0.6 * tall), (0, 0), (0, 0), (0, 0.6 * tall)])
            stroke(draft.printed, comb if is_comb else frame, width)
            if rng.random() < 0.85:
                write_in_box(draft, random_digits(rng, 1), x, y, wide, tall, fill)
            x += wide + apart
        y += tall * rng.uniform(1.5, 3)


def score_card(draft: Draft) -> None:
    """Fill a narrow printed card: short words at the left, a column of scores for each player."""
    rng = draft.rng
    tall = max(draft.height, 12.0) * rng.uniform(1.05, 1.5)
    first, wide = rng.uniform(0.1, 0.45) * draft.size, tall * rng.uniform(1.0, 2.2)
    y_lines = np.arange(rng.uniform(-1, 0.5) * tall, draft.size + tall, tall)
    x_lines = np.arange(first, draft.size + wide, wide)
    _rule_grid(draft, x_lines, y_lines)
    for y in y_lines[:-1]:
        print_words(draft, 2, y + 0.7 * tall, tall * rng.uniform(0.3, 0.45), first - 4)
        for x in x_lines[:-1]:
            if rng.random() < 0.6:
                text = random_digits(rng, int(rng.choice([1, 2, 2, 3])))
                write_in_box(draft, text, x, y, wide, tall, draft.height / tall)
            elif rng.random() < 0.2:
                ends = np.array([(x + 2, y + tall - 2), (x + wide - 2, y + 2)])
                draft.line(ends)


def sums(draft: Draft) -> None:
    """Write sums in a row: numbers, operators, an equals sign, a result."""
    rng, height = draft.rng, draft.height
    baseline = rng.uniform(1.1, 2) * height
    gap = rng.uniform(0.1, 0.5)
    while baseline < draft.size and not draft.is_full:
        parts = [random_digits(rng, int(rng.integers(1, 4))) for _ in range(3)]
        signs = rng.choice(["+", "-", "×", ":", "÷", "/"], size=2)
        text = f"{parts[0]}{signs[0]}{parts[1]}"
        text += f"{signs[1]}{parts[2]}" if rng.random() < 0.4 else f"={parts[2]}"
        write_row(draft, text, rng.uniform(-0.5, 1.5) * height, baseline, gap=gap)
        baseline += height * rng.uniform(1.5, 3)


def address(draft: Draft) -> None:
    """Write lines of words with a number before, between or behind them."""
    rng, height = draft.rng, draft.height
    x, baseline = rng.uniform(-0.1, 0.3) * draft.size, rng.uniform(0.8, 2) * height
    while baseline < draft.size + height / 2:
        at = x + rng.normal(0, 0.3) * height
        for is_number in rng.random(3) < rng.uniform(0.2, 0.5):
            if is_number:
                text = random_digits(rng, int(rng.integers(1, 6)))
                at = write_row(draft, text, at, baseline, gap=0.15) + height * 0.5
            else:
                at = write_words(draft, at, baseline, int(rng.integers(1, 3))) + height * 0.5
        baseline += height * rng.uniform(1.5, 2.3)


def nothing(draft: Draft) -> None:
    """Leave the page without a handwritten digit."""


TRAINING = (
    (lines, 0.15), (columns, 0.06), (strewn, 0.09), (single, 0.04), (spaced_row, 0.07),
    (touching, 0.09), (amounts, 0.09), (amount, 0.09), (cells, 0.07), (boxes, 0.07),
    (score_card, 0.03), (sums, 0.04), (address, 0.05), (nothing, 0.06),
)  # fmt: skip
