"""Tell ink from paper: polarity, light, threshold.

All of it works on contrast: the picture divided by an estimate of the bare paper, so that shadows,
vignettes and the paper's shade are gone before anything is compared with a threshold.

Sources: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9
(1979); J. Sauvola, M. Pietikäinen, "Adaptive document image binarization", Pattern Recognition
33 (2000); B. Su, S. Lu, C. L. Tan, "Binarization of historical document images using the local
maximum and minimum", DAS 2010, for the threshold half-way between the paper and the ink nearby.
"""

import cv2
import numpy as np

WHITE_PAPER = 235  # what bare paper becomes once the light is divided out
_THUMBNAIL = 512  # pixels: longer side at which the paper is estimated
_SEED_NOISE = 6.0  # standard deviations of the paper's noise that ink must exceed
_LEAST_CONTRAST = 14  # grey levels: fainter marks are paper texture
_LEAST_SHARE = 0.35  # of the page's usual ink: paler marks show through from the other side
_CELL = 96  # pixels: grain is measured on a square of this side in each region
_INK_SHARE = 0.5  # the threshold lies this far from the paper towards the ink nearby


def is_light_on_dark(grey: np.ndarray) -> bool:
    """Tell whether the writing is lighter than what it is written on.

    The writing is the rarer of the two, so the differences from the local median lean its way.

    Args:
        grey: uint8 (height, width).

    Returns:
        True for chalk on a board, False for ink on paper.
    """
    small = thumbnail(grey, 256)
    reach = max(3, min(81, (min(small.shape) // 2) | 1))
    difference = small.astype(np.float32) - cv2.medianBlur(small, reach)
    return float((difference**3).sum()) > 0


def estimate_paper(grey: np.ndarray, reach: float) -> np.ndarray:
    """Estimate what the bare paper would look like: everything dark and narrow is closed.

    Args:
        grey: uint8 (height, width), dark ink.
        reach: Pixels that the closing spans: a few strokes, or half a digit.

    Returns:
        uint8 (height, width), smooth.
    """
    small = thumbnail(grey, _THUMBNAIL)
    scale = max(small.shape) / max(grey.shape)
    size = min(int(max(5.0, reach * scale)) | 1, (min(small.shape) // 2) | 1)
    quiet = cv2.medianBlur(small, 3)
    closed = _close(_continue_outside(quiet, size), size)
    smooth = cv2.blur(closed, (size, size))[size:-size, size:-size]
    return cv2.resize(smooth, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _close(grey: np.ndarray, width: int, height: int | None = None) -> np.ndarray:
    """Fill what is dark and narrower than so many pixels."""
    kernel = np.ones((height or width, width), np.uint8)
    return cv2.morphologyEx(grey, cv2.MORPH_CLOSE, kernel)


def _continue_outside(grey: np.ndarray, margin: int) -> np.ndarray:
    """Continue a picture beyond its edges as the light on its paper goes on: as steeply as inside.

    Without it, closing takes paper that gets darker towards an edge for something dark and narrow.

    Args:
        grey: uint8 (height, width).
        margin: Pixels to add on each side, at most the shorter side less one.

    Returns:
        uint8 (height + 2 × margin, width + 2 × margin).
    """
    sides = [margin] * 4
    inside = cv2.copyMakeBorder(_close(grey, margin), *sides, cv2.BORDER_REFLECT_101)
    rim = grey.copy()  # the paper along the four edges, ink filled
    rim[[0, -1]] = _close(grey[[0, -1]], margin, 1)
    rim[:, [0, -1]] = _close(grey[:, [0, -1]].copy(), 1, margin)
    rim = cv2.copyMakeBorder(rim, *sides, cv2.BORDER_REPLICATE)
    continued = np.clip(2 * rim.astype(np.int16) - inside, 0, 255).astype(np.uint8)
    continued[margin:-margin, margin:-margin] = grey
    return continued


def divide_out(grey: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Divide the picture by its paper, so that bare paper is equally bright everywhere.

    Args:
        grey: uint8 (height, width), dark ink.
        paper: uint8 (height, width), see `estimate_paper`.

    Returns:
        uint8 (height, width), bare paper near `WHITE_PAPER`.
    """
    return cv2.divide(grey, np.maximum(paper, 1), scale=WHITE_PAPER)


def paper_level(even: np.ndarray) -> float:
    """Return the median grey level: that of the paper, which most of a page is.

    Args:
        even: uint8 (height, width), light divided out.
    """
    counts = np.cumsum(cv2.calcHist([even], [0], None, [256], [0, 256]).ravel())
    return float(np.searchsorted(counts, counts[-1] / 2))


def local_noise(even: np.ndarray) -> np.ndarray:
    """Measure how grainy the paper is, region by region: shadows are grainier than light.

    Source: J. Immerkær, "Fast noise variance estimation", CVIU 64 (1996); here the median over
    each region, which the few pixels of ink do not move.

    Args:
        even: uint8 (height, width), light divided out.

    Returns:
        float32 (height, width): standard deviation in grey levels.
    """
    rows, columns = (max(1, min(12, length // 24)) for length in even.shape)
    bands = [np.array_split(band, columns, axis=1) for band in np.array_split(even, rows)]
    grain = [[_grain(cell[:_CELL, :_CELL]) for cell in band] for band in bands]
    spread = 1.4826 * np.array(grain, np.float32)
    spread = np.maximum(spread, cv2.blur(spread, (3, 3)))
    return cv2.resize(spread, even.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _grain(cell: np.ndarray) -> float:
    """Return the median response to a mask that only grain answers to."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(cell, cv2.CV_32F, kernel)).ravel()
    return float(np.partition(response, response.size // 2)[response.size // 2]) / 6


def keep_seeded(weak: np.ndarray, strong: np.ndarray) -> np.ndarray:
    """Keep the pieces of weak ink that hold some strong ink (hysteresis, J. Canny 1986).

    Args:
        weak: uint8 (height, width), ink 255.
        strong: uint8 (height, width), ink 255, a part of `weak`.

    Returns:
        uint8 (height, width), ink 255.
    """
    count, labels = cv2.connectedComponents(weak, connectivity=8)
    seeded = np.zeros(count, np.uint8)
    seeded[labels[strong > 0]] = 255
    seeded[0] = 0
    return np.take(seeded, labels)


def otsu(grey: np.ndarray) -> float:
    """Return the threshold that splits a histogram into the two tightest classes (Otsu 1979).

    Args:
        grey: uint8 of any shape.

    Returns:
        T, 0 to 255; ink is what is at most T.
    """
    threshold, _ = cv2.threshold(grey.reshape(1, -1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(threshold)


def between_two_kinds(values: np.ndarray) -> float:
    """Return the middle between the means of the two classes that `otsu` finds.

    Args:
        values: float, 0 to 255, any shape but empty.
    """
    split = otsu(values.astype(np.uint8))
    are_above = values > split
    means = [values[part].mean() for part in (are_above, ~are_above) if part.any()]
    return float(np.mean(means))


def sauvola(grey: np.ndarray, window: int, k: float = 0.2, deviation: float = 128) -> np.ndarray:
    """Return a threshold for every pixel from the mean and spread around it (Sauvola 2000).

    Args:
        grey: uint8 (height, width), dark ink.
        window: Pixels of the neighbourhood, odd.
        k: How far below the mean; 0.2 to 0.5.
        deviation: The spread of full contrast, R in the paper.

    Returns:
        float32 (height, width): ink is what is at most this.
    """
    values = grey.astype(np.float32)
    mean = cv2.blur(values, (window, window))
    spread = np.sqrt(np.maximum(cv2.blur(values * values, (window, window)) - mean * mean, 0))
    return mean * (1 + k * (spread / deviation - 1))


def halfway_to_ink(
    even: np.ndarray, window: int, *, is_dark_only: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return a threshold for every pixel, half-way between the paper and the ink nearby.

    Ink that clearly stands out of the paper's noise says how dark ink is around it; faint and bold
    writing on one page get different thresholds.

    Args:
        even: uint8 (height, width), light divided out.
        window: Pixels of the neighbourhood, about a digit's height.
        is_dark_only: Take only the darker of two kinds of marks for ink, parted as by `otsu`.

    Returns:
        float32 (height, width): ink is what is at most this; below every value where no pixel of
        the page stands out. And uint8 (height, width), 255 where ink stands out of the noise.
    """
    level = paper_level(even)
    least = np.maximum(_SEED_NOISE * local_noise(even), _LEAST_CONTRAST)
    depth = level - even.astype(np.float32)
    depth[depth < least] = 0
    total = float(depth.sum())
    if total == 0:
        return np.full(even.shape, -1, np.float32), np.zeros_like(even)
    usual = float((depth * depth).sum()) / total
    faintest, palest = _LEAST_SHARE * usual, 0.7 * least
    if is_dark_only:
        faintest = palest = max(faintest, between_two_kinds(depth[depth > 0]))
    depth[depth < faintest] = 0
    strong = (depth > 0).astype(np.uint8) * 255
    size = (window | 1, window | 1)
    nearby = cv2.blur(depth * depth, size) / np.maximum(cv2.blur(depth, size), 1e-3)
    return level - np.maximum(_INK_SHARE * nearby, palest), strong


def thumbnail(pixels: np.ndarray, side: int) -> np.ndarray:
    """Scale down to `side` pixels on the longer side, unless smaller already.

    Args:
        pixels: uint8 (height, width) or (height, width, 3).
        side: Pixels, at least 1.
    """
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = [max(1, round(length * scale)) for length in pixels.shape[1::-1]]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
