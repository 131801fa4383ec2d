"""How likely a number ends between two digits of a line, by the page's own spacing.

What a gap means depends on its page: one writer leaves half a digit between those of a number,
another as little between two numbers; in the boxes of a form their middles stand evenly. So a page
is taken for a mixture of two kinds of gaps, within numbers (normal) and between them (log-normal),
each with its width and spread. How wide they are is not known: every setting of a grid is weighed
by how likely it makes the page's gaps, and by how often made pages have it (`python
benchmarks/grouping.py --fit` counts them); what is said of a gap is the mean over all settings.
"""

import functools

import numpy as np

# Of the gaps within numbers and between them: their middles and spreads, in heights of a digit
# (between numbers, the spread of the logarithm); and the share of gaps that are between numbers.
# Beside them how often 240 made pages have each, at least 1 %.
WITHIN = (-0.15, -0.05, 0.05, 0.12, 0.2, 0.3, 0.42, 0.6)
WITHIN_SPREADS = (0.04, 0.07, 0.11, 0.17, 0.26)
BETWEEN, BETWEEN_SPREADS = (0.3, 0.42, 0.6, 0.8, 1.05, 1.4, 1.8, 2.4), (0.12, 0.25, 0.45)
SHARES = (0.03, 0.15, 0.35, 0.6, 0.95)
PRIORS = (
    (0.08, 0.12, 0.03, 0.19, 0.26, 0.14, 0.09, 0.09),
    (0.23, 0.22, 0.3, 0.2, 0.05),
    (0.01, 0.01, 0.01, 0.07, 0.17, 0.29, 0.23, 0.21),
    (0.51, 0.37, 0.12),
    (0.09, 0.38, 0.27, 0.06, 0.21),
)
DIGIT = 0.6  # heights: how wide a digit is, by which middles stand further apart than ink
_LEAST_APART = 0.3  # heights: by how much gaps between numbers are the wider ones
_LEAST_BETWEEN = 0.02  # heights: as narrow is a gap taken whose logarithm is asked for
_ODD = 0.0005  # how dense gaps of any width lie that no setting explains
_CLIPPED = (-0.4, 3.0)  # heights: what is beyond is no narrower, or wider, than this
_MOST_GAPS = 300  # of a page, by which the settings are weighed
_LEAST_WEIGHT = 1e-4  # of the likeliest setting: lighter ones are left out


def end_probabilities(boxes: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return how likely a number ends behind each digit.

    Args:
        boxes: float (N, 4): x, y, width, height, in reading order.
        lines: int (N,): the line of each, those of a line together, from left to right.

    Returns:
        float (N,), 0 to 1; 1 for the last digit of a line.
    """
    boxes, lines = np.asarray(boxes, float).reshape(-1, 4), np.asarray(lines, int)
    ends = np.ones(len(boxes))
    inside = np.flatnonzero(lines[1:] == lines[:-1])
    if len(inside):
        ends[inside] = _ends_of(measure(boxes, lines))
    return ends


def measure(boxes: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Measure the gaps between digits that follow each other in a line.

    Args:
        boxes: float (N, 4).
        lines: int (N,).

    Returns:
        float (2, G), in heights of the line's digits: from ink to ink, and what the middles stand
        further apart than a digit is wide.
    """
    inside = np.flatnonzero(lines[1:] == lines[:-1])
    heights = line_heights(boxes, lines)[inside]
    left, right = boxes[inside], boxes[inside + 1]
    ink = (right[:, 0] - left[:, 0] - left[:, 2]) / heights
    middles = (right[:, 0] + right[:, 2] / 2 - left[:, 0] - left[:, 2] / 2) / heights
    return np.clip(np.stack([ink, middles - DIGIT]), *_CLIPPED)


def log_of(gaps: np.ndarray) -> np.ndarray:
    """Return the logarithms of gaps, narrow ones taken for `_LEAST_BETWEEN`."""
    return np.log(np.maximum(gaps, _LEAST_BETWEEN))


def line_heights(boxes: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return for each digit how high those of its line are: their median, float (N,)."""
    heights = np.empty(len(boxes))
    for line in np.unique(lines):
        heights[lines == line] = max(1e-6, np.median(boxes[lines == line, 3]))
    return heights


def _ends_of(gaps: np.ndarray) -> np.ndarray:
    """Return how likely a number ends at each gap: float (2, G) → (G,)."""
    settings, weights = _settings()
    some = gaps[:, np.linspace(0, gaps.shape[1] - 1, _MOST_GAPS).astype(int)]
    some = gaps if gaps.shape[1] <= _MOST_GAPS else some
    weighed = []
    for measured in some:
        between, within = _densities(measured, settings)
        weighed.append(weights + np.log(between + within).sum(axis=1))
    most = max(weight.max() for weight in weighed)
    likely, total = np.zeros(gaps.shape[1]), 0.0
    for measured, weight in zip(gaps, weighed, strict=True):
        kept = weight > most + np.log(_LEAST_WEIGHT)
        between, within = _densities(measured, settings[:, kept])
        share = np.exp(weight[kept] - most)
        likely += share @ (between / (between + within))
        total += share.sum()
    return likely / total


def _densities(gaps: np.ndarray, settings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how dense gaps lie between numbers and within, by each setting: float (K, G)."""
    within, within_spread, between, between_spread, share = settings[:, :, None]
    logarithms = log_of(gaps)
    return (
        share * (_normal(logarithms, np.log(between), between_spread) / np.exp(logarithms) + _ODD),
        (1 - share) * (_normal(gaps, within, within_spread) + _ODD),
    )


def _normal(values: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * ((values - middle) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))


@functools.cache
def _settings() -> tuple[np.ndarray, np.ndarray]:
    """Return all settings, float (5, K), and the logarithm of how often each is met, (K,)."""
    grids = (WITHIN, WITHIN_SPREADS, BETWEEN, BETWEEN_SPREADS, SHARES)
    places = np.meshgrid(*(range(len(grid)) for grid in grids), indexing="ij")
    indices = [place.ravel() for place in places]
    settings = np.array([np.array(grid)[i] for grid, i in zip(grids, indices, strict=True)])
    often = sum(np.log(np.array(p)[i]) for p, i in zip(PRIORS, indices, strict=True))
    is_apart = settings[2] >= settings[0] + _LEAST_APART
    return settings[:, is_apart], often[is_apart]
