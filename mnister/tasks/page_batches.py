"""The pages of every training step, as a function of the seed and the step alone.

A page takes longer to make than the network needs to learn from it. So each place of a batch has
pages of its own, of which it makes a new one every few steps; in between it draws one of those
that it made last, and what is drawn is moved, sized and inverted anew.
"""

import functools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from mnister.detecting.targets import make_targets
from mnister.pages.made import IGNORED, MadePage, make_page
from mnister.tasks.batches import Batches

READABLE = (9.0, 90.0)  # pixels of a digit's longer edge; others are ignored
LEAST_SEEN = 0.6  # part of a digit's box on the page; one that is cut off more is ignored
# Pages kept beyond those to draw from: one drawn rarely is not thrown away before its time.
SPARE = 1.25

# (page, generator) → a changed page
Change = Callable[[MadePage, np.random.Generator], MadePage]


class PageBatches(Batches):
    """Batches of made pages and their targets, see the module's text.

    Args:
        seed: Source of all randomness.
        batch_size: Pages a batch, over all workers.
        size: Edge of a page, pixels.
        pages_per_epoch: Pages from one validation to the next.
        reuse: A place makes a new page every so many steps; a page is drawn as many times.
        cached_pages: So many of the pages made last are drawn from, over all places.
        limit: Only so many pages are made; None: as many as are wanted.
        change: Changes a page, see `change_page`; None: pages stay as they are.
        changed_steps: So many of the run's first steps are changed; None: all.
        printed: Share of pages on which more numbers are printed.
        prepare: What becomes of a new page, before it is kept; None: it stays what it is.
    """

    def __init__(
        self,
        seed: int,
        batch_size: int,
        *,
        size: int,
        pages_per_epoch: int,
        reuse: int,
        cached_pages: int,
        limit: int | None = None,
        change: Change | None = None,
        changed_steps: int | None = None,
        printed: float = 0.0,
        prepare: Callable[[MadePage], Any] | None = None,
    ) -> None:
        self.batch_size = batch_size
        self.steps_per_epoch = pages_per_epoch // batch_size
        self._seed, self._limit, self._reuse = seed, limit, reuse
        self._change, self._changed_steps = change, changed_steps
        self._drawn_from = max(1, cached_pages // batch_size)
        kept = round(SPARE * max(cached_pages, batch_size))

        def make(number: int) -> Any:
            page = make_page(seed, number, size, printed=printed)
            return prepare(page) if prepare else page

        self._make = functools.lru_cache(maxsize=kept)(make)

    def batch(self, step: int, part: tuple[int, int] = (0, 1)) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch of a step, or one worker's part of it; see `Batches`.

        The parts of several workers together are the batch that one has, bit for bit.

        Returns:
            uint8 (N, size, size, 1) and float32 (N, size / 4, size / 4, 17), see
            `mnister.detecting.targets`.
        """
        place, count = part
        own = self.batch_size // count
        pages = [self.page(int(step), slot) for slot in range(place * own, (place + 1) * own)]
        return stack(pages)

    def page(self, step: int, slot: int) -> Any:
        """Return the page of a step at one place of the batch, or what `prepare` made of it."""
        generator = np.random.default_rng([self._seed, 2, step, slot])
        page = self._make(self.number(step, slot, generator))
        is_changed = self._changed_steps is None or step < self._changed_steps
        return self._change(page, generator) if self._change and is_changed else page

    def number(self, step: int, slot: int, generator: np.random.Generator) -> int:
        """Return which page is drawn: the newest of the place every `reuse` steps, or any."""
        turns, since = divmod(step + slot, self._reuse)
        age = int(generator.integers(self._drawn_from)) if since else 0
        number = (turns + self._drawn_from - 1 - age) * self.batch_size + slot
        return number if self._limit is None else number % self._limit


def stack(pages: list[MadePage]) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (N, H, W, 1) and the targets of pages of one size."""
    images = np.stack([page.image for page in pages])[..., None]
    targets = [
        make_targets(page.boxes, page.classes, page.kinds, page.image.shape) for page in pages
    ]
    return images, np.stack(targets)


def change_page(
    page: MadePage,
    generator: np.random.Generator,
    *,
    zoom: float,
    stretch: float,
    shift: float,
    inverted: float,
) -> MadePage:
    """Size, stretch and move a page by random amounts, or turn light and dark round.

    What comes in at the edge repeats it. Digits that end up too small, too large or off the page
    are ignored.

    Args:
        page: The page.
        generator: Source of the amounts.
        zoom: Standard deviation of the natural logarithm of the size.
        stretch: … of the logarithm of height against width.
        shift: Most that the middle moves either way, pixels.
        inverted: Part of the pages that are inverted.
    """
    height, width = page.image.shape
    across = np.exp(generator.normal(0, zoom))
    scale = np.array([across, across * np.exp(generator.normal(0, stretch))])
    middle = np.array([width, height]) / 2
    move = (1 - scale) * middle + generator.uniform(-shift, shift, 2)
    # OpenCV counts from the middle of the first pixel, boxes from its edge.
    matrix = np.column_stack([np.diag(scale), move + (scale - 1) / 2])
    image = cv2.warpAffine(
        page.image,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if generator.random() < inverted:
        image = 255 - image
    boxes = page.boxes * np.tile(scale, 2) + np.append(move, (0, 0))
    return _as_seen(MadePage(image, boxes.astype(np.float32), page.classes, page.kinds))


def _as_seen(page: MadePage) -> MadePage:
    """Leave out the digits that are off the page; ignore those that cannot be read on it."""
    edges = np.array(page.image.shape[::-1])
    boxes, longer = page.boxes, page.boxes[:, 2:].max(axis=1, initial=0)
    inside = np.clip(boxes[:, :2] + boxes[:, 2:], 0, edges) - np.clip(boxes[:, :2], 0, edges)
    seen = inside.prod(axis=1) / np.maximum(boxes[:, 2:].prod(axis=1), 1e-6)
    is_readable = (seen >= LEAST_SEEN) & (longer >= READABLE[0]) & (longer <= READABLE[1])
    kinds = np.where(is_readable, page.kinds, IGNORED).astype(page.kinds.dtype)
    stays = seen > 0
    return MadePage(page.image, boxes[stays], page.classes[stays], kinds[stays])
