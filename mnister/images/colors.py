"""Tell inks of two colours apart: a blue pen from red rules, a pencil from a green grid."""

import cv2
import numpy as np

from mnister.images.binarize import WHITE_PAPER, divide_out, estimate_paper, thumbnail

_SIDE = 512  # pixels: longer side of the small copy on which the colours are measured
_PAPER_REACH = 1 / 8  # of the longer side: what is narrower is no shadow
_LEAST_DENSITY = 0.15  # optical density above which a pixel is ink
_LEAST_ANGLE = 0.2  # between the colours of two inks, radians
_LEAST_SHARE = 0.05  # of all ink that each of the two has
# Optical density, -ln(light / light of the paper), of each grey level.
_DENSITIES = -np.log(np.clip(np.arange(256) / WHITE_PAPER, 1 / 256, 1)).astype(np.float32)


def ink_density(pixels: np.ndarray) -> np.ndarray:
    """Measure how much of each color the ink of a picture absorbs, on a small copy of it.

    Args:
        pixels: uint8 (height, width, 3).

    Returns:
        float32 (N, 3): optical densities of red, green and blue of the pixels that are ink.
    """
    density = _DENSITIES[_even(thumbnail(pixels, _SIDE))].reshape(-1, 3)
    return density[np.linalg.norm(density, axis=1) > _LEAST_DENSITY * 3**0.5]


def separate_inks(pixels: np.ndarray, density: np.ndarray) -> list[np.ndarray]:
    """Make a picture of each of two inks of different colours, as if the other were not there.

    Inks absorb light: the optical densities of red, green and blue are those of the two inks
    added up. Source: A. C. Ruifrok, D. A. Johnston, "Quantification of histochemical staining by
    color deconvolution", Analytical and Quantitative Cytology and Histology 23 (2001); here the
    two colours are found by k-means over the ink.

    Args:
        pixels: uint8 (height, width, 3).
        density: Its `ink_density`.

    Returns:
        Two pictures, uint8 (height, width), that of which there is more ink first; none where all
        ink has one colour.
    """
    colors = _two_colors(density)
    if colors is None:
        return []
    even, unmix = _even(pixels), np.linalg.pinv(colors)
    amounts = np.zeros((2, *pixels.shape[:2]), np.float32)
    for channel in range(3):
        density = _DENSITIES[even[..., channel]]
        for ink in range(2):
            amounts[ink] += unmix[channel, ink] * density
    return [_picture(amount, color) for amount, color in zip(amounts, colors, strict=True)]


def palest_channel(pixels: np.ndarray, density: np.ndarray) -> np.ndarray | None:
    """Return the channel in which most of a page's ink is palest, if that ink has a colour.

    A pencil is grey: as dark in every channel. Beside the rules of a blue or red grid, much darker
    than it, it shows best where they absorb least.

    Args:
        pixels: uint8 (height, width, 3).
        density: Its `ink_density`.

    Returns:
        uint8 (height, width); None where the ink is grey.
    """
    if not len(density):
        return None
    color = density.sum(axis=0)
    from_grey = np.arccos(np.clip(color.sum() / (3**0.5 * np.linalg.norm(color)), -1, 1))
    if from_grey < _LEAST_ANGLE:
        return None
    return np.ascontiguousarray(pixels[..., int(color.argmin())])


def _even(pixels: np.ndarray) -> np.ndarray:
    """Divide the paper's own colour and the light out: uint8 (height, width, 3)."""
    reach = _PAPER_REACH * max(pixels.shape[:2])
    channels = [np.ascontiguousarray(channel) for channel in np.moveaxis(pixels, 2, 0)]
    even = [divide_out(channel, estimate_paper(channel, reach)) for channel in channels]
    return np.stack(even, axis=2)


def _two_colors(density: np.ndarray) -> np.ndarray | None:
    """Find the colours of two inks: float32 (2, 3), densities of length 1, or None."""
    if len(density) < 2:
        return None
    directions = density / np.linalg.norm(density, axis=1, keepdims=True)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-3)
    cv2.setRNGSeed(0)  # k-means begins at random: the same picture, the same colours
    _, labels, centers = cv2.kmeans(directions, 2, None, stop, 2, cv2.KMEANS_PP_CENTERS)
    colors = centers / np.linalg.norm(centers, axis=1, keepdims=True)
    share_of_second = np.count_nonzero(labels) / len(labels)
    apart = np.arccos(np.clip(colors[0] @ colors[1], -1, 1))
    if apart < _LEAST_ANGLE or not _LEAST_SHARE <= share_of_second <= 1 - _LEAST_SHARE:
        return None
    return colors if share_of_second <= 0.5 else colors[::-1]


def _picture(amount: np.ndarray, color: np.ndarray) -> np.ndarray:
    """Show an ink as dark as it is in the channel that it absorbs most."""
    light = np.exp(-np.maximum(amount, 0) * color.max())
    return np.rint(WHITE_PAPER * light).astype(np.uint8)
