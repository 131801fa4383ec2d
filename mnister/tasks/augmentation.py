"""Random changes to training digits, drawn anew for every batch; NumPy and OpenCV only."""

import functools

import cv2
import numpy as np

# cv2.remap takes pictures of at most 32,767 pixels an edge: 1,000 padded digits in a column.
DIGITS_AT_ONCE = 1000
# A coarse grid of displacements a digit, 7 pixels apart.
ELASTIC_KNOTS = 4


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
    moves = _affine_moves(images.shape, generator, rotation, shift, scale, shear)
    return _warp(images, moves)


def handwriting(
    images: np.ndarray,
    generator: np.random.Generator,
    *,
    elastic: float,
    stroke: float,
    **amounts: float,
) -> np.ndarray:
    """Change every digit as another hand and pen would: `affine`, wavy, thicker or thinner.

    Args:
        images: uint8 (N, H, W).
        generator: Source of the amounts; the same state gives the same digits.
        elastic: Standard deviation of a smooth random displacement, pixels.
        stroke: Limit of the change of the strokes, part of one pixel either side.
        **amounts: Those of `affine`.

    Returns:
        uint8 (N, H, W).

    Source: Simard, Steinkraus & Platt 2003, "Best Practices for Convolutional Neural Networks
    Applied to Visual Document Analysis" (elastic distortions).
    """
    moves = _affine_moves(images.shape, generator, **amounts)
    moves += _elastic_moves(images.shape, generator, elastic)
    return _change_strokes(_warp(images, moves), generator, stroke)


def _affine_moves(
    shape: tuple[int, int, int],
    generator: np.random.Generator,
    rotation: float,
    shift: float,
    scale: float,
    shear: float,
) -> np.ndarray:
    """Return float32 (2, N, H * W): x and y of where each new pixel comes from."""
    count, height, width = shape
    angle = np.radians(generator.uniform(-rotation, rotation, count))
    slant = np.tan(np.radians(generator.uniform(-shear, shear, count)))
    across, down = 1 / (1 + generator.uniform(-scale, scale, (2, count)))
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    cosine, sine = np.cos(angle), np.sin(angle)
    matrices = np.empty((2, count, 3), dtype=np.float32)
    matrices[0, :, 0] = cosine * across
    matrices[0, :, 1] = (cosine * slant - sine) * across
    matrices[1, :, 0] = sine * down
    matrices[1, :, 1] = (sine * slant + cosine) * down
    matrices[:, :, 2] = centre[:, None] + generator.uniform(-shift, shift, (2, count))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    pixels = np.stack([columns - centre[0], rows - centre[1], np.ones_like(rows)])
    return matrices @ pixels.reshape(3, -1).astype(np.float32)


def _elastic_moves(
    shape: tuple[int, int, int], generator: np.random.Generator, elastic: float
) -> np.ndarray:
    """Return float32 (2, N, H * W): a displacement that varies smoothly over each digit."""
    count, height, width = shape
    knots = generator.standard_normal((2, count, ELASTIC_KNOTS**2), dtype=np.float32)
    return (elastic * knots) @ _spline(height, width)


@functools.cache
def _spline(height: int, width: int) -> np.ndarray:
    """Return float32 (knots, H * W): how each knot of a coarse grid moves each pixel."""
    grids = np.eye(ELASTIC_KNOTS**2, dtype=np.float32).reshape(-1, ELASTIC_KNOTS, ELASTIC_KNOTS)
    spread = [cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) for grid in grids]
    return np.stack(spread).reshape(len(grids), -1)


def _warp(images: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Look every pixel up where it comes from; few calls: the digits are stacked in a column."""
    pieces = [
        _warp_column(
            images[first : first + DIGITS_AT_ONCE], sources[:, first:][:, :DIGITS_AT_ONCE]
        )
        for first in range(0, len(images), DIGITS_AT_ONCE)
    ]
    return np.concatenate(pieces) if pieces else images.copy()


def _warp_column(images: np.ndarray, sources: np.ndarray) -> np.ndarray:
    count, height, width = images.shape
    column = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(-1, width + 2)
    # The rim is black: what lies farther out is looked up there, never in the digit next door.
    source_x = np.clip(sources[0] + 1, 0, width + 1)
    source_y = np.clip(sources[1] + 1, 0, height + 1)
    source_y += (np.arange(count, dtype=np.float32) * (height + 2))[:, None]
    shape = (count * height, width)
    warped = cv2.remap(column, source_x.reshape(shape), source_y.reshape(shape), cv2.INTER_LINEAR)
    return warped.reshape(count, height, width)


def _change_strokes(
    images: np.ndarray, generator: np.random.Generator, stroke: float
) -> np.ndarray:
    """Mix every digit with itself a pixel thicker or thinner on either side."""
    if not images.size:
        return images
    count, height, width = images.shape
    amounts = generator.uniform(-stroke, stroke, (count, 1, 1)).astype(np.float32)
    column = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(-1, width + 2)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    thick, thin = (
        changed.reshape(count, height + 2, width + 2)[:, 1:-1, 1:-1]
        for changed in (cv2.dilate(column, cross), cv2.erode(column, cross))
    )
    others = np.where(amounts > 0, thick, thin).astype(np.float32)
    mixed = images + np.abs(amounts) * (others - images)
    return np.rint(mixed).astype(np.uint8)
