"""Pages with what was found on them, as pictures."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mnister.detecting.matching import judge
from mnister.detecting.peaks import Found
from mnister.pages.made import HANDWRITTEN, IGNORED, PRINTED, MadePage
from mnister.run_files import write_atomically

RIGHT, WRONG, UNJUDGED = (0, 158, 115), (213, 94, 0), (130, 130, 130)  # red, green, blue
TRUTH = {HANDWRITTEN: (0, 114, 178), PRINTED: (204, 121, 167), IGNORED: UNJUDGED}
ACROSS, ENLARGED = 4, 2  # pages in a row of a sheet; how many times as large they are shown


def draw_truth(page: MadePage) -> np.ndarray:
    """Return a page with its digits framed: handwritten blue, printed pink, ignored grey.

    Returns:
        uint8 (H, W, 3), red, green, blue, twice the size.
    """
    names = [str(digit) for digit in page.classes]
    return _frame(page.image, page.boxes, names, [TRUTH[int(kind)] for kind in page.kinds])


def draw_found(page: MadePage, found: Found) -> np.ndarray:
    """Return a page with the digits found: right ones green, wrong ones red, others grey.

    Digits that were not found are framed blue.

    Returns:
        uint8 (H, W, 3), red, green, blue, twice the size.
    """
    counts, right = judge(found, page)
    missed = _missed(page, found[right])
    colors = [
        UNJUDGED if not counted else RIGHT if is_right else WRONG
        for counted, is_right in zip(counts, right, strict=True)
    ]
    names = [str(digit) for digit in found.classes]
    boxes = np.concatenate([found.boxes, page.boxes[missed]])
    names += [f"{digit}?" for digit in page.classes[missed]]
    return _frame(page.image, boxes, names, [*colors, *[TRUTH[HANDWRITTEN]] * int(missed.sum())])


def make_sheet(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Return pictures of one shape side by side, in rows of four; blank where there is none."""
    blank = np.full_like(pictures[0], 255)
    filled = [*pictures, *[blank] * (-len(pictures) % ACROSS)]
    rows = [filled[i : i + ACROSS] for i in range(0, len(filled), ACROSS)]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)


def write_sheet(sheet: np.ndarray, path: Path) -> None:
    """Write a picture uint8 (H, W, 3), red, green, blue, as a PNG.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    _, encoded = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    write_atomically(encoded.tobytes(), path)


def _missed(page: MadePage, right: Found) -> np.ndarray:
    """Return bool (N,): handwritten digits in none of the boxes that are right."""
    centres = right.boxes[:, :2] + right.boxes[:, 2:] / 2
    start, end = page.boxes[:, :2], page.boxes[:, :2] + page.boxes[:, 2:]
    holds = ((centres >= start[:, None]) & (centres <= end[:, None])).all(axis=2)
    return (page.kinds == HANDWRITTEN) & ~holds.any(axis=1)


def _frame(
    image: np.ndarray, boxes: np.ndarray, names: Sequence[str], colors: Sequence[tuple]
) -> np.ndarray:
    picture = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    picture = cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_NEAREST)
    for (x, y, width, height), name, color in zip(boxes * ENLARGED, names, colors, strict=True):
        start = round(float(x)), round(float(y))
        cv2.rectangle(picture, start, (round(float(x + width)), round(float(y + height))), color)
        cv2.putText(picture, name, (start[0] + 1, start[1] + 11), 0, 0.4, color, 1, cv2.LINE_AA)
    return picture
