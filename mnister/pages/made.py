"""Made pages: pictures of paper with digits on it, and the truth about them.

A page is a function of a seed and a number alone. The steps: write (`layouts.py` with
`hand.py`), put other things beside it (`hand_clutter.py`, `print_clutter.py`), lay all of it on
paper and take a picture of it (`mnister.paper`).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mnister.hands.drawing import enlarge, log_uniform, pick
from mnister.hands.hand import draw_hand
from mnister.hands.page_digits import PageDigits, load_page_digits
from mnister.pages import hand_clutter, layouts, layouts_unseen, print_clutter
from mnister.pages.draft import HANDWRITTEN, IGNORED, PRINTED, Draft, Truth
from mnister.paper import camera, papers

__all__ = ["HANDWRITTEN", "IGNORED", "PRINTED", "MadePage", "make_page"]

_STREAM = 41  # keeps these random numbers apart from those of other uses of the same seed
HEIGHTS = (12.0, 70.0)  # pixels, of the digits on a page, before single ones vary
READABLE = (9.0, 90.0)  # pixels of a digit's longer side; what is beyond is left open
TINY = 5.0  # … and below which it is no digit, but part of what paper looks like from afar
# Shares of pages seen from afar: made so many times as large, and shrunk.
AFAR = {2: 0.06, 4: 0.01}
AS_DARK = 0.05  # share of pages whose rules, red on a colour picture, are as dark as the pen
LEAST_SEEN = 0.6  # share of a digit's box that must be in the picture for it to be read
GONE = 0.05  # … and up to which it is not there at all
CUT_OUT = 0.15  # share of pages of which only a part is seen, half of them cut close to the digits
MOST_DIGITS = 40  # on a page of 192 × 192
TURNED = 0.04  # share of pages that lie on their side or their head
# Digits that turned by half look like a digit, and those that lying look like one.
_LIKE_TURNED, _LIKE_LYING = (0, 1, 2, 5, 6, 8, 9), (0, 8)


@dataclass(frozen=True)
class MadePage:
    """A made page and the digits on it.

    Attributes:
        image: uint8 (H, W), grey.
        boxes: float32 (N, 4), x, y, width, height of each digit's ink, pixels; they reach beyond
            the edge where it cuts a digit off.
        classes: int8 (N,), 0 to 9.
        kinds: int8 (N,): HANDWRITTEN, PRINTED, or IGNORED: crossed out, mostly cut off or
            covered, too small or too large; neither to be found nor not.
    """

    image: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray
    kinds: np.ndarray


def make_page(
    seed: int,
    number: int,
    size: int = 192,
    unseen: bool = False,
    digits: PageDigits | None = None,
    printed: float = 0.0,
) -> MadePage:
    """Make a page.

    Args:
        seed: Of all pages of a training.
        number: Which of them, from 0.
        size: Pixels of its side.
        unseen: Draw fonts, papers, layouts and digits that training never sees, to validate.
        digits: What to write with; None: MNIST's training digits, those that validate for
            `unseen`.
        printed: Share of pages on which more numbers are printed.

    Returns:
        The same for the same arguments.
    """
    rng = np.random.default_rng([seed, number, _STREAM + unseen])
    times = draw_distance(rng)
    page = make_near(rng, times * size, unseen, digits or load_page_digits(unseen), printed)
    return shrink(page, times) if times > 1 else page


def draw_distance(rng: np.random.Generator) -> int:
    """Draw from how far a page is seen: how many times as large it is made."""
    return int(rng.choice([1, *AFAR], p=[1 - sum(AFAR.values()), *AFAR.values()]))


def make_near(
    rng: np.random.Generator,
    size: int,
    unseen: bool,
    digits: PageDigits,
    printed: float = 0.0,
) -> MadePage:
    """Make a page that is seen from where its digits can be read; arguments of `make_page`."""
    draft = start(rng, size, unseen, digits)
    # 1. Write, and put other things beside it.
    layout = pick(rng, layouts_unseen.UNSEEN if unseen else layouts.TRAINING)
    layout(draft)
    add_clutter(draft, is_empty=layout.__name__ == "nothing")
    if printed and rng.random() < printed:
        for _ in range(rng.integers(1, 5)):
            print_clutter.typed_numbers(draft)
    # 2. Lay all of it on paper.
    picture, contrast = lay_on_paper(draft)
    # 3. Take the picture.
    hidden = np.zeros((size, size), bool)
    picture = photograph(draft, picture, hidden)
    image = camera.develop(rng, picture, contrast)
    truths = judge(draft.truths, hidden)
    if rng.random() < TURNED:
        image, truths = turn(image, truths, int(rng.integers(1, 4)))
    return as_page(image, truths)


def start(rng: np.random.Generator, size: int, unseen: bool, digits: PageDigits) -> Draft:
    """Begin an empty page: a writer, and how high the digits are."""
    most = max(1, round(MOST_DIGITS * (size / 192) ** 2))
    hand, height = draw_hand(rng, unseen), log_uniform(rng, *HEIGHTS)
    return Draft(size, rng, hand, digits, height, most, unseen)


def add_clutter(draft: Draft, is_empty: bool) -> None:
    """Put print and writing beside the digits; on an empty page there is more of it."""
    rng, area = draft.rng, (draft.size / 192) ** 2
    for share, kinds in ((0.32, print_clutter.TRAINING), (0.42, hand_clutter.TRAINING)):
        if rng.random() < (0.65 if is_empty else share):
            for _ in range(int(rng.integers(1, 5 if is_empty else 4) * area)):
                pick(rng, kinds)(draft)


def lay_on_paper(draft: Draft) -> tuple[np.ndarray, float]:
    """Lay writing and print on paper.

    Returns:
        float32 (size, size), grey, and the contrast of the pen to the paper, grey values.
    """
    rng, size, pen = draft.rng, draft.size, draft.hand.pen
    is_light = pen.is_light or rng.random() < 0.04
    level = rng.uniform(15, 95) if is_light else rng.uniform(110, 250)
    if pen.grain == 0:
        level = rng.choice([0.0, 20.0]) if is_light else rng.choice([255.0, 245.0])
    paper = papers.surface(rng, size, level)
    pattern = pick(rng, papers.UNSEEN if draft.is_unseen else papers.TRAINING)(
        rng, size, draft.height
    )
    tone = rng.uniform(*pen.tone)
    strength = log_uniform(rng, 0.04, min(0.5, max(0.06, 0.7 * tone)))
    if rng.random() < AS_DARK:
        strength = tone * rng.uniform(0.7, 1.1)
    paper = _ink(paper, pattern, min(strength, 1.0), is_light)
    if rng.random() < 0.09:
        paper = _ink(paper, _show_through(draft), tone * rng.uniform(0.05, 0.25), is_light)
    print_tone = rng.uniform(0.2, 0.95)
    paper = _ink(paper, draft.printed / np.float32(255), print_tone, is_light)
    written = draft.written / np.float32(255)
    if pen.grain and draft.written.any():
        written = written * _grain(rng, size, pen.grain)
    picture = _ink(paper, written, tone, is_light)
    return picture, tone * (255 - level if is_light else level)


def _ink(paper: np.ndarray, coverage: np.ndarray, tone: float, is_light: bool) -> np.ndarray:
    """Darken paper where it is covered, or lighten it."""
    share = coverage * np.float32(tone)
    return paper + share * (255 - paper) if is_light else paper - share * paper


def _grain(rng: np.random.Generator, size: int, strength: float) -> np.ndarray:
    """Return how well a pen takes, 0 to 1: uneven from place to place and from grain to grain."""
    cells = int(rng.integers(6, 30))
    uneven = rng.random((cells, cells), dtype=np.float32) * np.float32(rng.uniform(0, strength))
    takes = 1 - enlarge(uneven, (size, size))
    if strength > 0.5:
        grains = rng.standard_normal((size, size), dtype=np.float32) * np.float32(strength * 0.45)
        takes = takes - np.maximum(grains, 0)
    return np.clip(takes, 0, 1)


def _show_through(draft: Draft) -> np.ndarray:
    """Return what shines through from the back: print and writing, mirrored and soft."""
    rng = draft.rng
    back = Draft(draft.size, rng, draft.hand, draft.digits, draft.height, draft.most_digits,
                 draft.is_unseen)  # fmt: skip
    for _ in range(3):
        print_clutter.paragraph(back)
        print_clutter.typed_numbers(back)
    layer = np.maximum(back.printed, draft.written if rng.random() < 0.4 else 0)
    mirrored = np.ascontiguousarray(layer[:, ::-1])
    return cv2.GaussianBlur(mirrored, (0, 0), rng.uniform(0.6, 1.5)) / np.float32(255)


def photograph(draft: Draft, picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Take a picture of a page: its truths move with it, and what covers it is noted.

    Args:
        draft: The page; its truths are moved.
        picture: float32 (size, size).
        hidden: bool (size, size); set where the page is covered or cut off.

    Returns:
        uint8 (size, size).
    """
    rng, view = draft.rng, camera.draw_view(draft.rng, draft.size)
    if view is not None:
        picture = view.picture(camera.to_grey(picture))
        for truth in draft.truths:
            truth.move(view.points(truth.outline), truth.reach * view.zoom)
    picture = camera.to_grey(camera.light(rng, camera.cover(rng, picture, hidden)))
    picture = camera.focus(rng, picture, draft.height)
    if rng.random() < CUT_OUT:
        around = _written_box(draft) if rng.random() < 0.5 else None
        return camera.cut_out(rng, picture, hidden, around, draft.height)
    return picture


def _written_box(draft: Draft) -> tuple[float, float, float, float] | None:
    """Return the box, x, y, width, height, around all that is to be read; None: nothing is."""
    boxes = [truth.box for truth in draft.truths if truth.kind == HANDWRITTEN]
    if not boxes:
        return None
    x, y, width, height = np.array(boxes).T
    return x.min(), y.min(), (x + width).max() - x.min(), (y + height).max() - y.min()


def judge(truths: list[Truth], hidden: np.ndarray) -> list[Truth]:
    """Leave out digits that are gone, and leave open those that can hardly be read.

    Args:
        truths: What was written and printed.
        hidden: bool (size, size), where the page cannot be seen.
    """
    kept = []
    for truth in truths:
        seen = _share_seen(truth.box, hidden)
        if seen > GONE:
            is_readable = READABLE[0] <= max(truth.box[2:]) <= READABLE[1]
            if seen < LEAST_SEEN or not is_readable:
                truth.kind = IGNORED
            kept.append(truth)
    return kept


def _share_seen(box: tuple[float, float, float, float], hidden: np.ndarray) -> float:
    """Return how much of a box is in the picture and not covered, 0 to 1."""
    x, y, width, height = box
    left, top = max(0, round(x)), max(0, round(y))
    seen = hidden[top : max(top, round(y + height)), left : max(left, round(x + width))]
    return float(seen.size - np.count_nonzero(seen)) / max(width * height, 1e-6)


def shrink(page: MadePage, times: int) -> MadePage:
    """See a page from afar: what is then too small to read is left open, or is no digit.

    Args:
        page: Its size is a multiple of `times`.
        times: How many pixels, along and across, become one.
    """
    size = page.image.shape[0] // times
    image = cv2.resize(page.image, (size, size), interpolation=cv2.INTER_AREA)
    boxes, longer = page.boxes / times, page.boxes[:, 2:].max(axis=1, initial=0) / times
    kinds = np.where(longer < READABLE[0], IGNORED, page.kinds).astype(page.kinds.dtype)
    stays = longer >= TINY
    return MadePage(image, boxes[stays], page.classes[stays], kinds[stays])


def turn(image: np.ndarray, truths: list[Truth], quarters: int) -> tuple[np.ndarray, list[Truth]]:
    """Lay a page on its side or its head: nothing on it is to be read.

    What looks like a digit so, too, is left open.

    Args:
        image: uint8 (size, size).
        truths: What is on it.
        quarters: Of a turn against the clock, 1 to 3.
    """
    size, alike = image.shape[0], _LIKE_TURNED if quarters == 2 else _LIKE_LYING
    kept = [truth for truth in truths if truth.digit in alike]
    for truth in kept:
        truth.kind = IGNORED
        for _ in range(quarters):
            xs, ys = truth.outline
            truth.move(np.stack([ys, size - xs]), truth.reach)
    return np.ascontiguousarray(np.rot90(image, quarters)), kept


def as_page(image: np.ndarray, truths: list[Truth]) -> MadePage:
    """Bring a picture and its truths into their form."""
    boxes = np.array([truth.box for truth in truths], np.float32).reshape(-1, 4)
    classes = np.array([truth.digit for truth in truths], np.int8)
    kinds = np.array([truth.kind for truth in truths], np.int8)
    return MadePage(image, boxes, classes, kinds)
