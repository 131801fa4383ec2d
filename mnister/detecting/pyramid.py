"""A picture of any size is read in several sizes: each digit is found where it fits the network.

Source: E. H. Adelson et al., "Pyramid methods in image processing", RCA Engineer 29 (1984).
"""

from collections.abc import Iterator

import cv2
import numpy as np

from mnister.detecting.heads import DIGITS, MULTIPLE, PRINTED, STRIDE
from mnister.detecting.peaks import Found, find_digits, join, sigmoid, suppress
from mnister.models.runtimes import PageNetwork

STEP = 2.0  # from one size to the next: a digit of 12 to 70 pixels is what the network knows
MOST_PIXELS = 1_000_000  # of the largest size
ENLARGED = 2.0  # most that a small picture is enlarged …
SMALL = 512  # … if its longer edge is then no longer, pixels
LEAST_EDGE = 32  # pixels of the longer edge of the smallest size
MARGIN = 16  # pixels around a picture that repeat its edge
READABLE = (10.0, 85.0)  # pixels of a digit's longer edge in the size that it is read in


def find_on_picture(network: PageNetwork, grey: np.ndarray, threshold: float) -> Found:
    """Find the digits on a picture.

    Args:
        network: The page network.
        grey: uint8 (H, W).
        threshold: Least probability of a digit's class, 0 to 1.

    Returns:
        What was found in any size, the likeliest first; boxes in the picture's own pixels.
    """
    found = [
        find_in_size(network, resized, threshold, grey.shape) for resized in resize_down(grey)
    ]
    every = join(found)
    every = every[np.argsort(-every.scores, kind="stable")]
    return every[suppress(every.boxes)]


def heat_map(network: PageNetwork, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw where a page network sees digits, and where it sees printed ones.

    Args:
        network: The page network.
        grey: uint8 (H, W).

    Returns:
        Twice uint8 (H, W): the probability at each pixel, the highest of all sizes; 255 for 1.
    """
    maps = np.zeros((2, *grey.shape), np.uint8)
    for resized in resize_down(grey):
        answer = answer_of(network, resized)
        logits = answer[..., DIGITS].max(axis=-1), answer[..., PRINTED]
        for layer, values in zip(maps, logits, strict=True):
            likely = np.rint(255 * sigmoid(values)).astype(np.uint8)
            whole = cv2.resize(likely, None, fx=STRIDE, fy=STRIDE)[MARGIN:, MARGIN:]
            seen = whole[: resized.shape[0], : resized.shape[1]]
            np.maximum(layer, cv2.resize(seen, grey.shape[::-1]), out=layer)
    return maps[0], maps[1]


def sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Return height and width of each size that a picture is read in, the largest first."""
    longer = max(height, width)
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    if longer < SMALL:
        scale = min(ENLARGED, SMALL / longer)
    found = []
    while not found or longer * scale >= LEAST_EDGE:
        found.append((max(1, round(height * scale)), max(1, round(width * scale))))
        scale /= STEP
    return found


def resize_down(grey: np.ndarray) -> Iterator[np.ndarray]:
    """Yield a picture in each of its sizes, each made from the one before."""
    for height, width in sizes(*grey.shape):
        if (height, width) != grey.shape:
            is_smaller = width < grey.shape[1] or height < grey.shape[0]
            way = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
            grey = cv2.resize(grey, (width, height), interpolation=way)
        yield grey


def find_in_size(
    network: PageNetwork, grey: np.ndarray, threshold: float, shape: tuple[int, int]
) -> Found:
    """Find the digits on a picture in one size.

    Args:
        network: The page network.
        grey: uint8 (h, w), the picture in this size.
        threshold: Least probability of a digit's class, 0 to 1.
        shape: Height and width that boxes are to be measured in.

    Returns:
        Digits that are neither too small nor too large here, and whose centre is on the picture.
    """
    height, width = grey.shape
    found = find_digits(answer_of(network, grey), threshold)
    boxes = found.boxes - np.array([MARGIN, MARGIN, 0, 0], np.float32)
    longer, centres = boxes[:, 2:].max(axis=1, initial=0), boxes[:, :2] + boxes[:, 2:] / 2
    fits = (longer >= READABLE[0]) & (longer <= READABLE[1])
    fits &= ((centres >= 0) & (centres <= (width, height))).all(axis=1)
    scale = np.array([shape[1] / width, shape[0] / height], np.float32)
    return Found(boxes * np.tile(scale, 2), found.probabilities, found.printed)[fits]


def answer_of(network: PageNetwork, grey: np.ndarray) -> np.ndarray:
    """Return a network's answer for a picture with a margin of MARGIN: float32 (h, w, 15).

    Args:
        network: The page network.
        grey: uint8 (h, w).
    """
    below, beside = (-(edge + 2 * MARGIN) % MULTIPLE + MARGIN for edge in grey.shape)
    framed = cv2.copyMakeBorder(grey, MARGIN, below, MARGIN, beside, cv2.BORDER_REPLICATE)
    return network.answer(framed[None])[0]
