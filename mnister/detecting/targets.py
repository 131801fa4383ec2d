"""From the digits of a page to the answer that a page network is to learn."""

import numpy as np

from mnister.detecting.heads import DIGITS, MOVES, PRINTED, SIZES, STRIDE, UNIT, to_squares
from mnister.pages import made

# A target's channels: those of an answer, of which the first eleven are between 0 and 1, and
BOX_WEIGHT, IS_JUDGED = 15, 16  # how much offset and size count, and if there is to be nothing
CHANNELS = 17

# The bump at a digit's centre: its standard deviation is this part of the digit's edge …
SPREAD, NARROWEST, WIDEST = 0.12, 0.45, 1.1  # … and lies between these, in squares
REACH = 3  # squares from its centre on which it is drawn
BESIDE = 0.99  # most that it is beside the nearest square, even if two are equally near
LEAST_FOR_BOX = 0.15  # where it is lower, the place does not learn the digit's box
CORE = 0.8  # part of an ignored box on which nothing is judged; digits beside it are


def make_targets(
    boxes: np.ndarray, classes: np.ndarray, kinds: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Return the answer that is wanted for a page.

    Each digit is a bump at its centre in the channel of its class, and in that of printed digits
    if it is one: 1 in the square nearest to the centre.

    Args:
        boxes: float32 (N, 4), x, y, width, height in pixels.
        classes: int (N,), 0 to 9.
        kinds: int (N,), as in `mnister.pages.made`; what is IGNORED is neither wanted nor wrong.
        shape: Height and width of the page, pixels.

    Returns:
        float32 (height / 4, width / 4, 17).

    Source: H. Law, J. Deng, "CornerNet: detecting objects as paired keypoints", ECCV (2018),
    section 3.2.
    """
    height, width = shape[0] // STRIDE, shape[1] // STRIDE
    targets = np.zeros((height, width, CHANNELS), dtype=np.float32)
    targets[..., IS_JUDGED] = 1
    for box in boxes[kinds == made.IGNORED]:
        targets[*_core(box), IS_JUDGED] = 0
    known = kinds != made.IGNORED
    centres = to_squares(boxes)
    for box, centre, digit, kind in zip(
        boxes[known], centres[known], classes[known], kinds[known], strict=True
    ):
        _add_digit(targets, box, centre, int(digit), is_printed=kind == made.PRINTED)
    return targets


def _core(box: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of squares that the inner part of a box touches."""
    margin = (1 - CORE) / 2 * box[2:]
    start, end = (box[:2] + margin) / STRIDE, (box[:2] + box[2:] - margin) / STRIDE
    x, y = (
        slice(max(0, int(a)), max(0, int(np.ceil(b)))) for a, b in zip(start, end, strict=True)
    )
    return y, x


def _add_digit(
    targets: np.ndarray, box: np.ndarray, centre: np.ndarray, digit: int, *, is_printed: bool
) -> None:
    """Draw one digit's bump, and its box where no other digit's bump is higher."""
    rows, columns, bump = _bump(targets.shape[:2], box, centre)
    part = targets[rows, columns]
    channels = [DIGITS.start + digit, *([PRINTED] if is_printed else [])]
    for channel in channels:
        part[..., channel] = np.maximum(part[..., channel], bump)
    part[bump == 1, IS_JUDGED] = 1
    learns = bump > np.maximum(part[..., BOX_WEIGHT], LEAST_FOR_BOX)
    y, x = np.nonzero(learns)
    places = np.stack([x + columns.start, y + rows.start], axis=1)
    part[y, x, MOVES] = centre - places
    part[y, x, SIZES] = np.log(np.maximum(box[2:], 1) / UNIT)
    part[y, x, BOX_WEIGHT] = bump[y, x]


def _bump(
    shape: tuple[int, int], box: np.ndarray, centre: np.ndarray
) -> tuple[slice, slice, np.ndarray]:
    """Return rows, columns and float32 values of a bump, 1 in the square nearest to the centre."""
    limits = np.array(shape[::-1])
    nearest = np.clip(np.rint(centre), 0, limits - 1).astype(int)
    first, end = np.maximum(nearest - REACH, 0), np.minimum(nearest + REACH + 1, limits)
    spread = np.clip(SPREAD * box[2:] / STRIDE, NARROWEST, WIDEST)
    x, y = (
        np.exp(-((np.arange(a, b) - c) ** 2) / (2 * s**2))
        for a, b, c, s in zip(first, end, centre, spread, strict=True)
    )
    bump = np.outer(y, x).astype(np.float32)
    middle = tuple(nearest[::-1] - first[::-1])
    bump = np.minimum(bump / max(bump[middle], 1e-6), BESIDE)
    bump[middle] = 1
    return slice(first[1], end[1]), slice(first[0], end[0]), bump
