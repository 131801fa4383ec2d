"""The crops of every training step, as a function of the seed and the step alone.

A batch is cut out of several made pages, a few crops of each, see `page_batches.py`.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnister.detecting.crops import CROP_NAMES, NOTHING, PRINTED, SIDE, CropCutter
from mnister.detecting.pyramid import find_in_size
from mnister.detecting.second_look import LEAST
from mnister.models.runtimes import PageNetwork
from mnister.pages.made import IGNORED, MadePage
from mnister.pages.made import PRINTED as IS_PRINTED
from mnister.tasks.batches import Batches
from mnister.tasks.page_batches import PageBatches

NEAR, BESIDE = 0.3, 0.6  # longer edges of a digit, from its centre: on it, partly on it
AS_LARGE = (0.55, 1.8)  # longer edges of a digit, of a box that is its own
LEFT_OPEN = -1  # class of what may be a digit or not


@dataclass(frozen=True)
class Places:
    """Where crops are cut out of a page.

    Attributes:
        cutter: Of the page.
        boxes: float32 (N, 4), x, y, width, height in pixels; N is 1 or more.
        labels: int64 (N,), indices into `CROP_NAMES`.
    """

    cutter: CropCutter
    boxes: np.ndarray
    labels: np.ndarray


def find_places(page: MadePage, network: PageNetwork) -> Places:
    """Find where crops are cut out: what a page network finds, and the digits that are there.

    Args:
        page: A made page.
        network: The page network.
    """
    found = find_in_size(network, page.image, LEAST, page.image.shape)
    known = page.boxes[page.kinds != IGNORED]
    third = np.array(page.image.shape[::-1], np.float32) / 3
    boxes = np.concatenate([found.boxes, known, [[*third, *third]]]).astype(np.float32)
    labels = label(boxes, page)
    stays = labels != LEFT_OPEN
    stays[-1] = not stays[:-1].any()  # the middle of the page, where there is nothing else
    labels[-1] = NOTHING
    return Places(CropCutter(page.image), boxes[stays], labels[stays])


def label(boxes: np.ndarray, page: MadePage) -> np.ndarray:
    """Tell what stands in the middle of boxes.

    Args:
        boxes: (N, 4), x, y, width, height in pixels.
        page: The page with its truth.

    Returns:
        int64 (N,), indices into `CROP_NAMES`; LEFT_OPEN where a box is not the right size of what
        is in its middle, or on what is to be ignored.
    """
    if not len(page.boxes):
        return np.full(len(boxes), NOTHING)
    longer, of_page = boxes[:, 2:].max(axis=1), page.boxes[:, 2:].max(axis=1)
    centres, middles = boxes[:, :2] + boxes[:, 2:] / 2, page.boxes[:, :2] + page.boxes[:, 2:] / 2
    apart = np.abs(centres[:, None] - middles[None]).max(axis=2) / np.maximum(of_page, 1)
    nearest, distance = apart.argmin(axis=1), apart.min(axis=1)
    size = longer / np.maximum(of_page[nearest], 1)
    kinds, digits = page.kinds[nearest], page.classes[nearest].astype(np.int64)
    labels = np.where(kinds == IS_PRINTED, PRINTED.start + digits, digits)
    labels[(kinds == IGNORED) | (size < AS_LARGE[0]) | (size > AS_LARGE[1])] = LEFT_OPEN
    labels[(distance > NEAR) & (kinds != IGNORED)] = NOTHING
    labels[distance > BESIDE] = NOTHING
    return labels


# generator → a change of a crop, see `CropCutter.cut`
DrawChange = Callable[[np.random.Generator], np.ndarray]


def draw_change(
    generator: np.random.Generator,
    *,
    rotation: float,
    zoom: float,
    stretch: float,
    shear: float,
    shift: float,
) -> np.ndarray:
    """Draw how a crop is turned, sized, slanted and moved.

    Args:
        generator: Source of the amounts.
        rotation: Standard deviation of the turn, degrees.
        zoom: … of the natural logarithm of the size.
        stretch: … of that of height against width.
        shear: … of the columns to the right for each row up.
        shift: Most that the middle moves either way, parts of the crop's edge.

    Returns:
        float64 (2, 3).
    """
    angle = np.radians(generator.normal(0, rotation))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, generator.normal(0, shear)], [0, 1]])
    size, wide = np.exp(generator.normal(0, zoom)), np.exp(generator.normal(0, stretch))
    move = generator.uniform(-shift, shift, 2)
    return np.column_stack([turn @ slant @ np.diag([size * wide, size / wide]), move])


class CropBatches(Batches):
    """Batches of crops and their classes, see the module's text.

    Args:
        pages: The pages of each step, as `Places` instead.
        crops_per_page: Crops that are cut out of each.
        seed: Source of all randomness.
        draw: Draws a change; None: crops stay as they are.
        inverted: Part of the crops whose light and dark are turned round, where they are changed.
        changed_steps: So many of the run's first steps are changed; None: all.
    """

    def __init__(
        self,
        pages: PageBatches,
        *,
        crops_per_page: int,
        seed: int,
        draw: DrawChange | None = None,
        inverted: float = 0.0,
        changed_steps: int | None = None,
    ) -> None:
        self.batch_size = pages.batch_size * crops_per_page
        self.steps_per_epoch = pages.steps_per_epoch
        self._pages, self._each, self._seed = pages, crops_per_page, seed
        self._draw, self._inverted, self._changed_steps = draw, inverted, changed_steps

    def batch(self, step: int, part: tuple[int, int] = (0, 1)) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch of a step, or one worker's part of it; see `Batches`.

        Returns:
            uint8 (N, SIDE, SIDE, 1) and float32 (N, 21), one-hot.
        """
        place, count = part
        own = self._pages.batch_size // count
        is_changed = self._changed_steps is None or step < self._changed_steps
        draw = self._draw if is_changed else None
        crops, labels = [], []
        for slot in range(place * own, (place + 1) * own):
            generator = np.random.default_rng([self._seed, 3, int(step), slot])
            places = self._pages.page(int(step), slot)
            cut, known = draw_crops(places, self._each, generator, draw)
            crops.append(self._invert(cut, generator) if draw else cut)
            labels.append(known)
        targets = np.eye(len(CROP_NAMES), dtype=np.float32)
        return np.concatenate(crops)[..., None], targets[np.concatenate(labels)]

    def _invert(self, crops: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Turn light and dark round in some of the crops."""
        is_inverted = generator.random(len(crops)) < self._inverted
        return np.where(is_inverted[:, None, None], 255 - crops, crops)


def draw_crops(
    places: Places, count: int, generator: np.random.Generator, draw: DrawChange | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cut some crops out of a page, any of its places, one as likely as another.

    Args:
        places: Of the page.
        count: How many; more than there are come twice.
        generator: Source of the choice and of the changes.
        draw: Draws a change of a crop; None: they stay as they are.

    Returns:
        uint8 (count, SIDE, SIDE) and int64 (count,), indices into `CROP_NAMES`.
    """
    chosen = generator.integers(len(places.boxes), size=count)
    change = functools.partial(draw, generator) if draw else lambda: None
    crops = [places.cutter.cut(places.boxes[place], change()) for place in chosen]
    return np.array(crops).reshape(-1, SIDE, SIDE), places.labels[chosen]
