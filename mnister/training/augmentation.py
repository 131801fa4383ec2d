"""Random changes to training digits, drawn anew for every batch; NumPy and OpenCV only."""

import cv2
import numpy as np

# cv2.remap takes pictures of at most 32,767 pixels an edge: 1,000 padded digits in a column.
DIGITS_AT_ONCE = 1000


def affine(
    images: np.ndarray,
    generator: np.random.Generator,
    *,
    rotation: float,
    shift: float,
    scale: float,
    shear: float,
) -> np.ndarray:
    """Turn, move, size and slant every digit a little, each by its own random amounts.

    All amounts are uniform up to the given limit, either way.

    Args:
        images: uint8 (N, H, W).
        generator: Source of the amounts; the same state gives the same digits.
        rotation: Limit of the turn, degrees.
        shift: Limit of the move along x and y, pixels.
        scale: Limit of the change of size along x and y, part of the size.
        shear: Limit of the slant, degrees.

    Returns:
        uint8 (N, H, W), bilinearly interpolated, black where nothing was.
    """
    maps = _source_matrices(len(images), generator, rotation, shift, scale, shear)
    pieces = [
        _warp(images[first : first + DIGITS_AT_ONCE], maps[first : first + DIGITS_AT_ONCE])
        for first in range(0, len(images), DIGITS_AT_ONCE)
    ]
    return np.concatenate(pieces) if pieces else images.copy()


def _source_matrices(
    count: int,
    generator: np.random.Generator,
    rotation: float,
    shift: float,
    scale: float,
    shear: float,
) -> np.ndarray:
    """Return float32 (N, 2, 3): from a new pixel, seen from the centre, to where it came from."""
    angle = np.radians(generator.uniform(-rotation, rotation, count))
    slant = np.tan(np.radians(generator.uniform(-shear, shear, count)))
    width, height = 1 / (1 + generator.uniform(-scale, scale, (2, count)))
    moves = generator.uniform(-shift, shift, (count, 2))
    cosine, sine = np.cos(angle), np.sin(angle)
    matrices = np.empty((count, 2, 3), dtype=np.float32)
    matrices[:, 0, 0] = cosine * width
    matrices[:, 0, 1] = (cosine * slant - sine) * width
    matrices[:, 1, 0] = sine * height
    matrices[:, 1, 1] = (sine * slant + cosine) * height
    matrices[:, :, 2] = moves
    return matrices


def _warp(images: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Warp all digits in one call: they are stacked in a column, each with a black rim."""
    count, height, width = images.shape
    column = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(-1, width + 2)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    pixels = np.stack([columns - centre_x, rows - centre_y, np.ones_like(rows)]).reshape(3, -1)
    source_x, source_y = (matrices @ pixels).transpose(1, 0, 2)
    # The rim is black: what lies farther out is looked up there, never in the digit next door.
    source_x = np.clip(source_x + centre_x + 1, 0, width + 1)
    source_y = np.clip(source_y + centre_y + 1, 0, height + 1)
    source_y += (np.arange(count, dtype=np.float32) * (height + 2))[:, None]
    shape = (count * height, width)
    warped = cv2.remap(column, source_x.reshape(shape), source_y.reshape(shape), cv2.INTER_LINEAR)
    return warped.reshape(count, height, width)
