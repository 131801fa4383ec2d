"""What a press, a printer or a stamp leaves on a page: text, numbers, bars, postmarks.

It goes on the draft's layer of print; typed digits that stand upright are kept as PRINTED.
"""

import numpy as np

from mnister.hands.drawing import curve, lay, log_uniform, stroke, turned
from mnister.hands.fonts import PRINT, UNSEEN_PRINT, Face, typeset
from mnister.hands.words import CAPTIONS, draw_word
from mnister.pages.draft import IGNORED, Draft

_MOST_TURN = 8  # degrees up to which a typed digit counts as upright


def draw_font(draft: Draft) -> Face:
    """Draw a printed font that this page may have: as it is, or slanted, stretched, bolder."""
    rng, fonts = draft.rng, UNSEEN_PRINT if draft.is_unseen else PRINT
    font = fonts[rng.integers(len(fonts))]
    if rng.random() < 0.5:
        return Face(font)
    slant, stretch = rng.choice([0.0, 0.0, 0.12, 0.22]), rng.choice([0.8, 1.0, 1.0, 1.2])
    return Face(font, float(slant), float(stretch), int(rng.integers(-1, 4)))


def print_words(draft: Draft, x: float, baseline: float, height: float, room: float) -> None:
    """Print a caption that takes no more than some room."""
    height = max(height, 4.0)
    text = _draw_caption(draft.rng)
    most = max(1, int(room / (0.75 * height)))
    words = text[:most]
    draft.put_text(typeset(words, draw_font(draft), height), words, x, baseline, draft.printed)


def _draw_caption(rng: np.random.Generator) -> str:
    """Draw a caption of forms, or any words."""
    if rng.random() < 0.5:
        return CAPTIONS[rng.integers(len(CAPTIONS))]
    return _draw_text(rng, int(rng.integers(1, 4)), 0.0)


def paragraph(draft: Draft) -> None:
    """Print lines of text, with a number here and there, where nothing was written."""
    rng = draft.rng
    font, height = draw_font(draft), log_uniform(rng, 5, 16)
    x, y = rng.uniform(-0.3, 0.7, 2) * draft.size
    over = rng.random() < 0.06  # the writer wrote over the print
    numbers = rng.choice([0.0, 0.05, 0.3])
    for _ in range(int(rng.integers(1, 9))):
        words = _draw_text(rng, int(rng.integers(1, 6)), numbers)
        text = typeset(words, font, height)
        rows, columns = text.ink.shape
        if over or draft.is_free(x, y - text.baseline, columns, rows):
            draft.put_text(text, words, x, y, draft.printed)
        y += height * rng.uniform(1.7, 1.9)


def _draw_text(rng: np.random.Generator, count: int, numbers: float) -> str:
    """Draw words, some of them numbers."""
    parts = [draw_word(rng) for _ in range(count)]
    for i in np.flatnonzero(rng.random(count) < numbers):
        parts[i] = str(rng.integers(10 ** int(rng.integers(1, 6))))
    return " ".join(parts)


def typed_numbers(draft: Draft) -> None:
    """Print numbers in rows: a list, a serial number, a price."""
    rng = draft.rng
    font, height = draw_font(draft), log_uniform(rng, 8, 44)
    x, y = rng.uniform(-0.1, 0.6) * draft.size, rng.uniform(0, 0.9) * draft.size
    spacing = float(rng.choice([0.0, 0.1, 0.5]))
    for _ in range(int(rng.integers(1, 5))):
        pattern = str(
            rng.choice(["#", "##", "###", "####-##", "##,##", "## ###", "#######", "#.#"])
        )
        words = "".join(str(rng.integers(10)) if c == "#" else c for c in pattern)
        text = typeset(words, font, height, spacing)
        rows, columns = text.ink.shape
        if draft.is_free(x, y - text.baseline, columns, rows) and not draft.is_full:
            draft.put_text(text, words, x, y, draft.printed)
        y += height * rng.uniform(1.3, 2.2)


def headline(draft: Draft) -> None:
    """Print a few big letters, plain, turned or filled: a headline or the name of a firm."""
    rng = draft.rng
    words = _draw_caption(rng)[: int(rng.integers(1, 8))]
    text = typeset(words, draw_font(draft), log_uniform(rng, 16, 70))
    angle = rng.normal(0, 3) if rng.random() < 0.8 else rng.uniform(0, 360)
    _lay_if_free(draft, turned(text.ink, angle, rng.normal(0, 0.1)))


def turned_print(draft: Draft) -> None:
    """Print a line of text or a number that stands on its side; its digits are left open."""
    rng = draft.rng
    words = _draw_text(rng, int(rng.integers(1, 4)), 0.0)
    ink = typeset(words, draw_font(draft), log_uniform(rng, 6, 20)).ink
    _lay_if_free(draft, np.ascontiguousarray(np.rot90(ink, int(rng.choice([1, 2, 3])))))


def _lay_if_free(draft: Draft, ink: np.ndarray) -> bool:
    """Lay a piece of print somewhere on the page where nothing stands yet, in a few tries."""
    rows, columns = ink.shape
    for _ in range(4):
        x, y = draft.rng.uniform(-0.2, 0.9, 2) * draft.size
        if draft.is_free(x, y, columns, rows):
            lay(draft.printed, ink, int(x), int(y))
            draft.take(x, y, columns, rows)
            return True
    return False


def barcode(draft: Draft) -> None:
    """Print a bar code, at times with its number below."""
    rng = draft.rng
    widths = rng.integers(1, 5, size=int(rng.integers(15, 50)))
    ink = np.repeat(np.arange(len(widths)) % 2 * 255, widths * int(rng.integers(1, 3)))
    ink = np.repeat(ink[None].astype(np.uint8), int(rng.integers(8, 60)), axis=0)
    is_upright = rng.random() < 0.7
    _lay_if_free(draft, ink if is_upright else np.ascontiguousarray(ink.T))


def postmark(draft: Draft) -> None:
    """Stamp a ring or a frame with letters and a date in it, worn and turned, and waves beside."""
    rng = draft.rng
    side = int(log_uniform(rng, 36, 110))
    ink, width = np.zeros((side, side), np.uint8), rng.uniform(0.7, 2.5)
    ring = np.linspace(0, 2 * np.pi, 40)
    circle = np.stack([np.cos(ring), np.sin(ring)], axis=1)
    for share in rng.uniform(0.6, 0.96, int(rng.integers(1, 3))):
        stroke(ink, circle * share * side / 2 + side / 2, width)
    font, height = draw_font(draft), side / rng.uniform(6, 9)
    words = f"{rng.integers(1, 32):02}.{rng.integers(1, 13):02}.{rng.integers(100):02}"
    date = typeset(words, font, height)
    left, top = (side - date.ink.shape[1]) // 2, (side - date.ink.shape[0]) // 2
    lay(ink, date.ink, left, top)
    angle, worn = rng.normal(0, 25), rng.uniform(0.5, 1)
    stamped = turned(_worn(ink, worn, rng), angle)
    x, y = (rng.uniform(-0.2, 0.9, 2) * draft.size).astype(int)
    lay(draft.printed, stamped, int(x), int(y))
    _leave_open(draft, x, y, stamped.shape)
    if rng.random() < 0.5:
        _waves(draft, x + stamped.shape[1], y, stamped.shape[0])


def _worn(ink: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Return a stamp's ink as it comes off an uneven pad."""
    spots = rng.random((8, 8)).astype(np.float32)
    pad = np.kron(spots, np.ones((-(-ink.shape[0] // 8), -(-ink.shape[1] // 8)), np.float32))
    uneven = pad[: ink.shape[0], : ink.shape[1]]
    return (ink * (strength * (0.6 + 0.4 * uneven))).astype(np.uint8)


def _leave_open(draft: Draft, x: float, y: float, shape: tuple[int, int]) -> None:
    """Leave open whether digits that something was stamped over can be read."""
    for truth in draft.truths:
        left, top, width, height = truth.box
        if left < x + shape[1] and left + width > x and top < y + shape[0] and top + height > y:
            truth.kind = IGNORED
    draft.take(x, y, shape[1], shape[0])


def _waves(draft: Draft, x: float, y: float, height: float) -> None:
    """Stamp the waves that cancel a stamp."""
    rng = draft.rng
    along = np.arange(0, rng.uniform(60, 140), 8)
    for row in np.arange(0.15, 0.95, 0.16):
        wave = np.sin(along / 9) * 3 + y + row * height
        stroke(draft.printed, np.stack([x + along, wave], axis=1), rng.uniform(0.7, 2))


def form_lines(draft: Draft) -> None:
    """Print the lines of a form to write on, each with a caption before or below it."""
    rng = draft.rng
    x, width = rng.uniform(0, 0.4) * draft.size, log_uniform(rng, 0.5, 2)
    height = log_uniform(rng, 5, 12)
    for y in np.arange(rng.uniform(8, 60), draft.size, rng.uniform(16, 60)):
        stroke(draft.printed, np.array([(x, y), (draft.size * rng.uniform(0.7, 1.1), y)]), width)
        if rng.random() < 0.6 and draft.is_free(x - 60, y - height, 60, height):
            print_words(draft, x - 60, y, height, 60)


def picture(draft: Draft) -> None:
    """Print a small picture in a frame, as on a postage stamp or an advertisement."""
    rng = draft.rng
    rows, columns = (int(v) for v in rng.uniform(24, 90, 2))
    ink = np.zeros((rows, columns), np.uint8)
    for _ in range(int(rng.integers(3, 9))):
        knots = rng.uniform(0, 1, (4, 2)) * (columns, rows)
        stroke(ink, curve(knots), log_uniform(rng, 1, 14), int(rng.integers(40, 256)))
    frame = np.array([(1, 1), (columns - 2, 1), (columns - 2, rows - 2), (1, rows - 2), (1, 1)])
    stroke(ink, frame, 1.5)
    _lay_if_free(draft, ink)


TRAINING = (
    (paragraph, 0.34), (typed_numbers, 0.24), (headline, 0.12), (turned_print, 0.06),
    (barcode, 0.05), (postmark, 0.06), (form_lines, 0.08), (picture, 0.05),
)  # fmt: skip
