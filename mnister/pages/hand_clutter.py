"""What a hand leaves on a page beside digits: words, letters, lines, rings, arrows, scribbles.

All but what crosses a digit out leaves the digits that it touches to be read.
"""

import numpy as np

from mnister.hands.drawing import curve, lay, log_uniform
from mnister.pages.draft import HANDWRITTEN, IGNORED, Draft
from mnister.pages.writing import SIGNS, handwriting, write_sign, write_words

_LETTERS = "AEFGHJKLMNPRTUVWXYacdefhkmnprtuvwxyßäü?!&@<>"  # that no digit looks like


def words(draft: Draft) -> None:
    """Write words where nothing was written."""
    rng = draft.rng
    height = draft.height * log_uniform(rng, 0.5, 1.2)
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(-0.2, 0.7) * draft.size, rng.uniform(0, 1) * draft.size
        if draft.is_free(x, y - height, 2.5 * height, 1.2 * height):
            write_words(draft, x, y, int(rng.integers(1, 4)), height)


def letters(draft: Draft) -> None:
    """Write single letters, as in a formula."""
    rng = draft.rng
    for _ in range(int(rng.integers(1, 8))):
        letter = _LETTERS[rng.integers(len(_LETTERS))]
        ink = handwriting(draft, letter, draft.height * rng.uniform(0.7, 1.2))
        _lay_if_free(draft, ink)


def _lay_if_free(draft: Draft, ink: np.ndarray) -> None:
    """Lay a piece of writing where nothing stands, or nowhere."""
    x, y = (draft.rng.uniform(-0.1, 0.95, 2) * draft.size).astype(int)
    if draft.is_free(x, y, ink.shape[1], ink.shape[0]):
        lay(draft.written, ink, int(x), int(y))
        draft.take(x, y, ink.shape[1], ink.shape[0])


def signs(draft: Draft) -> None:
    """Write operators, brackets, ticks and dots where nothing was written."""
    rng, names = draft.rng, list(SIGNS)
    for _ in range(int(rng.integers(1, 7))):
        x, y = rng.uniform(0, 1, 2) * draft.size
        if draft.is_free(x, y - draft.height, 0.7 * draft.height, 1.2 * draft.height):
            write_sign(draft, names[rng.integers(len(names))], x, y)


def cursive(draft: Draft) -> None:
    """Write what nobody can read: loops and waves along a line, as of a signature."""
    rng, height = draft.rng, draft.height
    x, y = rng.uniform(-0.1, 0.6) * draft.size, rng.uniform(0, 1) * draft.size
    count = int(rng.integers(6, 24))
    steps = rng.normal(height * rng.uniform(0.1, 0.35), height * 0.25, count)
    tall = rng.uniform(0.1, 0.7) * height * rng.choice([0.4, 1.0, 2.0], count, p=[0.6, 0.3, 0.1])
    heights = np.where(np.arange(count) % 2, -tall, rng.normal(0, 0.06, count) * height)
    points = np.stack([x + np.cumsum(steps), y + heights], axis=1)
    low, high = points.min(axis=0), points.max(axis=0)
    if draft.is_free(*low, *(high - low)):
        draft.line(curve(points, 5))
        draft.take(*low, *(high - low))


def scribble(draft: Draft) -> None:
    """Draw long curves through random points, keeping off the digits."""
    rng, reach = draft.rng, log_uniform(draft.rng, 10, 70)
    for _ in range(int(rng.integers(1, 4))):
        centre = rng.uniform(0, 1, 2) * draft.size
        if draft.is_free(*(centre - reach), 2 * reach, 2 * reach):
            knots = centre + rng.uniform(-reach, reach, (int(rng.integers(4, 12)), 2))
            draft.line(curve(knots), draft.pen_width * rng.uniform(0.7, 1.6))


def ring(draft: Draft) -> None:
    """Draw a ring or a frame round a digit or round several."""
    rng = draft.rng
    box = _some_box(draft)
    if box is None:
        return
    x, y, width, height = box
    half = np.array([width, height]) / 2 + draft.height * rng.uniform(0.2, 0.6)
    if rng.random() < 0.6:
        angle = np.linspace(0, 2 * np.pi * rng.uniform(0.95, 1.15), 24) + rng.uniform(0, 6)
        around = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.sqrt(1.6)
        around *= 1 + rng.normal(0, 0.03, (24, 1))
    else:
        around = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) + rng.normal(
            0, 0.05, (5, 2)
        )
    draft.line(around * half + (x + width / 2, y + height / 2))


def _some_box(draft: Draft) -> tuple[float, float, float, float] | None:
    """Return the box of a digit written on the page; None: there is none."""
    written = [truth for truth in draft.truths if truth.kind == HANDWRITTEN]
    return written[draft.rng.integers(len(written))].box if written else None


def underline(draft: Draft) -> None:
    """Draw a line, or two, below a number or through nothing at all."""
    rng = draft.rng
    box = _some_box(draft)
    x, y, _, height = box if box else (*rng.uniform(0, 150, 2), 0.0, draft.height)
    left = x - rng.uniform(0, 3) * draft.height
    right, bottom = x + rng.uniform(1, 6) * draft.height, y + height + draft.height * 0.2
    for i in range(int(rng.integers(1, 3))):
        knots = [(left, bottom), ((left + right) / 2, bottom), (right, bottom)]
        drift = rng.normal(0, 0.07, (3, 2)) * draft.height + (0, i * draft.height * 0.25)
        draft.line(curve(np.array(knots) + drift), draft.pen_width * rng.uniform(0.8, 1.5))


def arrow(draft: Draft) -> None:
    """Draw an arrow, keeping off the digits."""
    rng = draft.rng
    start, angle = rng.uniform(0, 1, 2) * draft.size, rng.uniform(0, 6.28)
    length = draft.height * rng.uniform(0.8, 4)
    tip = start + length * np.array([np.cos(angle), np.sin(angle)])
    low = np.minimum(start, tip)
    if draft.is_free(*low, *np.abs(tip - start)):
        draft.line(curve(np.array([start, (start + tip) / 2 + rng.normal(0, 3, 2), tip])))
        for turn in (2.6, -2.6):
            barb = np.array([np.cos(angle + turn), np.sin(angle + turn)]) * draft.height * 0.35
            draft.line(np.array([tip, tip + barb]))


def drawing(draft: Draft) -> None:
    """Draw a spiral, a star, a zigzag or a face."""
    rng, side = draft.rng, log_uniform(draft.rng, 12, 60)
    corner = rng.uniform(0, 0.9, 2) * draft.size
    if not draft.is_free(*corner, side, side):
        return
    kind, angle = rng.integers(3), np.linspace(0, 6.28 * rng.integers(2, 6), 60)
    if kind == 0:
        lines = [np.stack([np.cos(angle), np.sin(angle)], axis=1) * (angle / angle[-1])[:, None]]
    elif kind == 1:
        tips = np.arange(6) * 6.28 * 2 / 5
        lines = [np.stack([np.sin(tips), -np.cos(tips)], axis=1)]
    else:
        count = int(rng.integers(5, 14))
        lines = [np.stack([np.linspace(-1, 1, count), np.arange(count) % 2 * 0.6], axis=1)]
    for line in lines:
        draft.line(line * side / 2 + corner + side / 2)
    draft.take(*corner, side, side)


def specks(draft: Draft) -> None:
    """Leave dots and short dashes anywhere."""
    rng = draft.rng
    for centre in rng.uniform(0, 1, (int(rng.integers(2, 16)), 2)) * draft.size:
        if draft.is_free(*(centre - 2), 4, 4):
            draft.line(np.array([centre, centre + rng.normal(0, 2, 2)]))


def cross_out(draft: Draft) -> None:
    """Cross digits out: it is left open whether they are to be read."""
    rng = draft.rng
    written = [truth for truth in draft.truths if truth.kind == HANDWRITTEN]
    for i in rng.permutation(len(written))[: int(rng.integers(1, 4))]:
        x, y, width, height = written[i].box
        written[i].kind = IGNORED
        count = int(rng.choice([1, 2, 2, 7]))
        ends = rng.uniform((-0.3, 0.1), (1.3, 0.9), (count + 1, 2)) * (width, height) + (x, y)
        ends[::2, 0], ends[1::2, 0] = x - 0.2 * width, x + 1.2 * width
        draft.line(ends)


TRAINING = (
    (words, 0.24), (letters, 0.12), (signs, 0.13), (cursive, 0.1), (scribble, 0.07), (ring, 0.06),
    (underline, 0.07), (arrow, 0.05), (drawing, 0.05), (specks, 0.06), (cross_out, 0.05),
)  # fmt: skip
