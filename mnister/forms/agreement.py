"""How well the print of an aligned picture agrees with that of the template, piece by piece.

A square piece of the template that looks unlike its surroundings is looked for around its place
on the aligned picture. Where the picture shows the template, it is found where it should be;
where it does not, it is found anywhere, and by chance as often as the right places are many.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 24  # pixels of a piece
REACH = 8  # pixels, each way, that it is looked for
NEAR = 2  # pixels off that count as found; paper is not quite flat
CHANCE = ((2 * NEAR + 1) / (2 * REACH + 1)) ** 2
_ALONE = 0.8  # a piece as like its surroundings as that could be anywhere along a line
_FAINTEST = 0.02  # deviation of a piece's darkness, 0 to 1: less is bare paper
_OUT_OF_GRAIN = 2.0  # times the picture's grain: what is fainter cannot be told from it
_PAPER = 20  # the long side through this: wider dark places are no print


@dataclass(frozen=True)
class Agreement:
    """Pieces of a template's print, and where an aligned picture has them.

    Attributes:
        places: float32 (N, 2), x and y of the middle of each piece that is in the picture.
        offsets: float32 (N, 2), how far from there it was found.
    """

    places: np.ndarray
    offsets: np.ndarray

    @property
    def are_found(self) -> np.ndarray:
        """Whether each is found where it should be: bool (N,)."""
        return np.abs(self.offsets).max(axis=1, initial=0) <= NEAR + 0.5

    @property
    def share(self) -> float:
        """The share that is found where it should be; 0 where there are none."""
        return float(self.are_found.mean()) if len(self.offsets) else 0.0

    @property
    def log_chance(self) -> float:
        """The common logarithm of how likely as many would be found by chance."""
        return log_tail(int(self.are_found.sum()), len(self.offsets), CHANCE)


def log_tail(least: int, count: int, chance: float) -> float:
    """Return the common logarithm of a binomial's tail: at least so many of a count."""
    terms = [
        math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
        + k * math.log(chance) + (count - k) * math.log1p(-chance)
        for k in range(least, count + 1)
    ]  # fmt: skip
    most = max(terms)
    return (most + math.log(sum(math.exp(term - most) for term in terms))) / math.log(10)


def print_of(grey: np.ndarray) -> np.ndarray:
    """Return how dark each pixel is beside the paper around it, whatever the light.

    Args:
        grey: uint8 (height, width).

    Returns:
        float32 (height, width), 0 to 1.
    """
    reach = max(grey.shape) // _PAPER | 1
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    paper = cv2.blur(paper, (reach, reach)).astype(np.float32) + 8
    return np.clip((paper - grey) / paper, 0, 1)


def find_pieces(printed: np.ndarray) -> np.ndarray:
    """Find the pieces of a template that can be told from their surroundings.

    Args:
        printed: float32 (height, width), of `print_of`.

    Returns:
        int (N, 2), x and y of each piece's left upper corner; no two overlap.
    """
    height, width = printed.shape
    places = []
    for y in range(REACH, height - SIDE - REACH + 1, SIDE):
        for x in range(REACH, width - SIDE - REACH + 1, SIDE):
            piece = printed[y : y + SIDE, x : x + SIDE]
            if piece.std() < _FAINTEST:
                continue
            likeness = _look_for(piece, printed, x, y)
            likeness[REACH - NEAR : REACH + NEAR + 1, REACH - NEAR : REACH + NEAR + 1] = -1
            if likeness.max() < _ALONE:
                places.append((x, y))
    return np.array(places, int).reshape(-1, 2)


def measure(
    printed: np.ndarray, pieces: np.ndarray, seen: np.ndarray, inside: np.ndarray
) -> Agreement:
    """Look for the pieces of a template on a picture that is aligned to it.

    Args:
        printed: float32 (height, width), the template's print.
        pieces: int (N, 2), of `find_pieces`.
        seen: float32 (height, width), the aligned picture's.
        inside: uint8 (height, width), 255 where the picture reaches.
    """
    places, offsets = [], []
    least = _OUT_OF_GRAIN * _grain(printed, seen, inside)
    for x, y in pieces:
        if printed[y : y + SIDE, x : x + SIDE].std() < least:
            continue
        around = inside[y - REACH : y + SIDE + REACH, x - REACH : x + SIDE + REACH]
        if around.min() == 0:
            continue
        likeness = _look_for(printed[y : y + SIDE, x : x + SIDE], seen, x, y)
        best = np.unravel_index(int(likeness.argmax()), likeness.shape)
        places.append((x + SIDE / 2, y + SIDE / 2))
        offsets.append(_finer(likeness, best))
    return Agreement(
        np.array(places, np.float32).reshape(-1, 2), np.array(offsets, np.float32).reshape(-1, 2)
    )


def _grain(printed: np.ndarray, seen: np.ndarray, inside: np.ndarray) -> float:
    """Return the deviation of a picture's darkness where the template is bare paper."""
    bare = seen[(printed < _FAINTEST) & (inside > 0)]
    if not bare.size:
        return 0.0
    return 1.48 * float(np.median(np.abs(bare - np.median(bare))))


def _look_for(piece: np.ndarray, where: np.ndarray, x: int, y: int) -> np.ndarray:
    """Return how like a piece is to what stands at each offset: float32 (2 REACH + 1, …)."""
    around = where[y - REACH : y + SIDE + REACH, x - REACH : x + SIDE + REACH]
    return np.nan_to_num(cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED))


def _finer(likeness: np.ndarray, best: tuple[int, int]) -> tuple[float, float]:
    """Return the offset of the likeliest place, x and y, between whole pixels."""
    found = []
    for axis in (1, 0):
        at = best[axis]
        row = likeness[best[0]] if axis == 1 else likeness[:, best[1]]
        off = 0.0
        if 0 < at < len(row) - 1:
            before, middle, behind = (float(v) for v in row[at - 1 : at + 2])
            bend = before - 2 * middle + behind
            off = 0.5 * (before - behind) / bend if bend < 0 else 0.0
        found.append(at + float(np.clip(off, -0.5, 0.5)) - REACH)
    return found[0], found[1]
