"""Pages with numbers whose places are known, and review.html of them."""

import cv2
import numpy as np

from mnister.results.journal import opened_journal
from mnister.results.review import cut_numbers, write_review

STEP, LEFT, ROW = 34, 60, 110


def drawn(file, texts, chances, sure=0.8):
    """Draw numbers one below the other; return the page and the rows of numbers.csv."""
    page = np.full((60 + ROW * len(texts), 500, 3), 240, np.uint8)
    rows = []
    for n, (text, chance) in enumerate(zip(texts, chances, strict=True)):
        y = 30 + ROW * n
        for i, digit in enumerate(text):
            cv2.putText(page, digit, (LEFT + STEP * i, y + 46), 0, 2, (30, 30, 60), 4, cv2.LINE_AA)
        box = (LEFT, y, STEP * len(text), 50)
        is_sure = "true" if chance >= sure else "false"
        rows.append(
            [file, n, *((n, 1) if n % 2 else ("", "")), *box, text, f"{chance:.4f}", is_sure]
        )
    return page, rows


def write(folder, count, file=None):
    """Write review.html of so many numbers, four on a page; return its path.

    Number n is n; how sure it is goes up and down.
    """
    with opened_journal(folder, {}, goes_on=False) as journal:
        for first in range(0, count, 4):
            numbers = range(first, min(count, first + 4))
            texts = [str(n) for n in numbers]
            chances = [((n * 37) % 1000) / 1000 for n in numbers]
            name = file or f"in/scan.pdf#{first // 4 + 1}"
            page, rows = drawn(name, texts, chances)
            journal.add(f"{first}", {}, cut_numbers(page, page.shape[1], rows, texts))
        write_review(folder / "review.html", journal)
    return folder / "review.html"
