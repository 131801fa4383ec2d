"""Arrays of grey values in whatever range and shape → the images that a network is trained on."""

from collections.abc import Sequence

import numpy as np

from mnister.data.datasets import SIDE, log
from mnister.errors import UserError

BRIGHT = 127.5  # the mean of the outermost pixels above which a picture is dark on light
FAINTEST = 64  # the largest grey value of a whole file below which its range is in doubt
SHAPES = f"N×{SIDE}×{SIDE}, N×{SIDE * SIDE}, N×{SIDE}×{SIDE}×1 or N×1×{SIDE}×{SIDE}"


def are_images(shape: tuple[int, ...]) -> bool:
    """Return whether an array of this shape holds one image of 28 × 28 pixels a row."""
    return shape[1:] in (
        (SIDE, SIDE),
        (SIDE * SIDE,),
        (SIDE, SIDE, 1),
        (1, SIDE, SIDE),
    )


def compact(values: np.ndarray) -> np.ndarray:
    """Return grey values as uint8 where nothing is lost by it, else as float32.

    Args:
        values: Numbers of any type.
    """
    if values.dtype == np.uint8:
        return values
    with np.errstate(invalid="ignore"):
        small = values.astype(np.uint8)
    return small if np.array_equal(small, values) else values.astype(np.float32)


def to_images(chunks: Sequence[np.ndarray], origin: str) -> np.ndarray:
    """Turn all grey values of a file into images.

    Values from 0 to 1 are taken as shares of 255. Pictures that are dark on light, which is told
    by their outermost pixels, are turned to light on dark, and the log says so.

    Args:
        chunks: uint8 or float32, together N rows that `are_images`.
        origin: What the values are from, for errors.

    Returns:
        uint8 (N, 28, 28), white on black.

    Raises:
        UserError: The values are not those of grey pictures, or only some are dark on light.
    """
    least = float(np.min([chunk.min() for chunk in chunks]))  # of NaN it is NaN
    largest = float(np.max([chunk.max() for chunk in chunks]))
    _check_range(least, largest, origin)
    if largest <= 1:
        log.info("   %s: grey values from 0 to 1, taken as 0 to 255", origin)
    images = np.concatenate([_as_bytes(chunk, 255 if largest <= 1 else 1) for chunk in chunks])
    return _white_on_black(images, origin)


def _as_bytes(values: np.ndarray, scale: int) -> np.ndarray:
    """Return grey values as uint8 (N, 28, 28)."""
    values = values.reshape(-1, SIDE, SIDE)
    if values.dtype == np.uint8:
        return values * np.uint8(scale)
    return np.rint(values * scale).astype(np.uint8)


def _check_range(least: float, largest: float, origin: str) -> None:
    is_doubtful = 1 < largest < FAINTEST
    if 0 <= least < largest <= 255 and not is_doubtful:  # of NaN nothing is true
        return
    if least == largest:
        received = f"{least:g} everywhere"
    else:
        received = f"values from {least:g} to {largest:g}"
    raise UserError(
        f"The grey values of {origin} are not those of pictures",
        expected="0 to 255, or 0 to 1",
        received="values that are no numbers" if np.isnan([least, largest]).any() else received,
        instead="the pictures as they were before their values were scaled",
    )


def _white_on_black(images: np.ndarray, origin: str) -> np.ndarray:
    """Turn pictures that are dark on light."""
    is_bright = border_means(images) > BRIGHT
    share = is_bright.mean()
    if share < 0.1:
        return images
    if share <= 0.9:
        raise UserError(
            f"Some pictures of {origin} are dark on light, others light on dark",
            expected="white digits on black, or the other way round, in all of them",
            received=f"{is_bright.sum():,} of {len(images):,} with a light border",
        )
    log.warning("   %s: dark on light, turned to white on black", origin)
    return 255 - images


def border_means(images: np.ndarray) -> np.ndarray:
    """Return the mean of the outermost pixels of each image.

    Args:
        images: uint8 (N, 28, 28).

    Returns:
        float64 (N,).
    """
    edges = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    return np.concatenate(edges, axis=1).mean(axis=1)
