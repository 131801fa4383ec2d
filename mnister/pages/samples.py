"""The sample pictures of `images/`, composed from MNIST test digits.

The same seed always gives the same pictures. Which digits appear is drawn at random among those
that people would not argue about: scans in one piece that the training digits most like them agree
on. No network is asked.
"""

from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from mnister.bundled import find_bundled
from mnister.data.idx import read_images, read_labels
from mnister.pages.page import Page, compose_page
from mnister.pages.style import PageStyle

SEED = 1998
SINGLE_COUNT = 20
NEIGHBOURS = 10  # training digits that must agree on a digit
TRAINING_DIGITS = 20_000  # that they are looked for among
DATA = Path(find_bundled("data/mnist"))

SINGLE_STYLES = (
    PageStyle("plain", "white", "blue"),
    PageStyle("ruled", "white", "black"),
    PageStyle("squared", "white", "blue"),
    PageStyle("plain", "cream", "dark_green"),
    PageStyle("plain", "grey", "pencil_grey", edge=124),
)
# One page each: height and width, digits of each line, style.
MULTI_PAGES = (
    ((600, 800), (8, 4, 8, 6), PageStyle("plain", "white", "blue", digit_height=56)),
    ((800, 800), (10, 7, 10, 5, 9), PageStyle("ruled", "white", "black", digit_height=48)),
    ((900, 720), (8, 8, 3, 8, 6), PageStyle("squared", "white", "blue", digit_height=54)),
    ((640, 900), (11, 9, 4), PageStyle("plain", "cream", "dark_green", digit_height=52)),
    ((700, 960), (12, 10, 6, 12, 8), PageStyle("ruled", "cream", "pencil_grey", edge=124)),
    ((600, 860), (9, 5, 9), PageStyle("plain", "blackboard", "chalk", digit_height=60)),
)


@cache
def read_test_digits() -> tuple[np.ndarray, np.ndarray]:
    """Read the test images, uint8 (10000, 28, 28), and labels, uint8 (10000,), once."""
    images = read_images(DATA / "t10k-images-idx3-ubyte.gz")
    return images, read_labels(DATA / "t10k-labels-idx1-ubyte.gz")


@cache
def read_training_digits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read some training images, float64 (N, 784), their squared lengths and labels, once."""
    images = read_images(DATA / "train-images-idx3-ubyte.gz")[:TRAINING_DIGITS]
    labels = read_labels(DATA / "train-labels-idx1-ubyte.gz")[:TRAINING_DIGITS]
    images = images.reshape(len(images), -1).astype(np.float64)
    return images, (images**2).sum(axis=1), labels


def is_typical(digit: np.ndarray, label: int) -> bool:
    """Tell whether the training digits most like a digit all bear its label.

    Args:
        digit: uint8 (28, 28).
        label: What it is.
    """
    images, squares, labels = read_training_digits()
    distances = squares - 2 * images @ digit.ravel().astype(np.float64)
    return bool((labels[np.argpartition(distances, NEIGHBOURS)[:NEIGHBOURS]] == label).all())


def is_in_one_piece(digit: np.ndarray) -> bool:
    """Tell whether a scan is free of dirt and of strokes that a pen would draw broken.

    Args:
        digit: uint8 (28, 28), white on black.

    Returns:
        True if all ink above a grey value hangs together: of 64, where dirt begins, and of 170,
        above which no pen draws a gap.
    """
    masks = [(digit > level).astype(np.uint8) for level in (64, 170)]
    # The ground counts as one.
    return all(cv2.connectedComponents(mask, connectivity=8)[0] == 2 for mask in masks)


def draw_digits(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw test digits at random, none twice, none in pieces or hard to tell.

    Args:
        count: How many.
        generator: Source of the choice.

    Returns:
        uint8 (count, 28, 28) digits and uint8 (count,) labels.
    """
    images, labels = read_test_digits()
    order = generator.permutation(len(images))
    legible = (i for i in order if is_in_one_piece(images[i]) and is_typical(images[i], labels[i]))
    chosen = list(islice(legible, count))
    return images[chosen], labels[chosen]


def compose_single(index: int) -> Page:
    """Compose one small picture with one digit.

    Args:
        index: Which picture, 0 to SINGLE_COUNT - 1; it alone decides how the picture looks.

    Returns:
        The picture, its digit and the digit's box.
    """
    generator = np.random.default_rng([SEED, 0, index])
    digits, labels = draw_digits(1, generator)
    height, width = generator.integers(140, 220, 2).tolist()
    style = SINGLE_STYLES[index % len(SINGLE_STYLES)]
    style = replace(style, digit_height=int(generator.integers(44, 84)))
    return compose_page(digits, labels, [1], (height, width), style, generator)


def compose_multi(index: int) -> Page:
    """Compose one page with several lines of digits.

    Args:
        index: Which page, 0 to len(MULTI_PAGES) - 1; it alone decides how the page looks.

    Returns:
        The page, its lines and the digits' boxes.
    """
    generator = np.random.default_rng([SEED, 1, index])
    shape, line_lengths, style = MULTI_PAGES[index]
    digits, labels = draw_digits(sum(line_lengths), generator)
    return compose_page(digits, labels, line_lengths, shape, style, generator)


def write_samples(folder: Path) -> None:
    """Write all pictures and their labels.

    Args:
        folder: Gets the sub-folders single and multi.
    """
    singles = [compose_single(index) for index in range(SINGLE_COUNT)]
    pages = [compose_multi(index) for index in range(len(MULTI_PAGES))]
    for name in ("single", "multi"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for index, single in enumerate(singles):
        cv2.imwrite(str(folder / "single" / f"own_{index}.png"), single.image)
    for index, page in enumerate(pages, start=1):
        cv2.imwrite(str(folder / "multi" / f"page_{index}.png"), page.image)
    single_labels = [f"{single.lines[0]}\n" for single in singles]
    page_labels = [f"page_{i}.png: {' '.join(page.lines)}\n" for i, page in enumerate(pages, 1)]
    (folder / "single" / "labels.txt").write_text("".join(single_labels), encoding="utf-8")
    (folder / "multi" / "labels.txt").write_text("".join(page_labels), encoding="utf-8")
