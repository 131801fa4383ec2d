"""How well the print of an aligned picture agrees with that of the template, piece by piece.

A square piece of the template that looks unlike its surroundings is looked for around its place
on the aligned picture. Where the picture shows the template, it is found where it should be;
where it does not, it is found anywhere, and by chance as often as the right places are many.
What is filled in would be taken for print: inside fields only what is printed there is compared.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 24  # pixels of a piece
REACH = 8  # pixels, each way, that it is looked for
NEAR = 2  # pixels off that count as found; paper is not quite flat
CHANCE = ((2 * NEAR + 1) / (2 * REACH + 1)) ** 2
_OVERLAPPING = 480  # pixels of the long side, up to which pieces overlap by half
_ALONE = 0.8  # a piece as like its surroundings as that could be anywhere along a line
_FAINTEST = 0.02  # deviation of a piece's darkness, 0 to 1: less is bare paper
_OUT_OF_GRAIN = 3.0  # times the picture's grain: from there on a piece counts in full
_POSSIBLE = 1.001  # a likeness, but for rounding
_BLACK = 8  # grey values: in as deep a shadow there is no print, but grain
_PAPER = 20  # the long side through this: wider dark places are no print


@dataclass(frozen=True)
class Agreement:
    """Pieces of a template's print, and where an aligned picture has them.

    Attributes:
        offsets: float32 (N, 2), how far from its place each piece was found, x and y.
        weights: float32 (N,), 0 to 1: what the picture's grain nearly hides counts for little.
        alone: For how many that do not overlap one of them stands, 0 to 1.
    """

    offsets: np.ndarray
    weights: np.ndarray
    alone: float = 1.0

    @property
    def are_found(self) -> np.ndarray:
        """Whether each is found where it should be: bool (N,)."""
        return np.abs(self.offsets).max(axis=1, initial=0) <= NEAR + 0.5

    @property
    def share(self) -> float:
        """The share that is found where it should be; 0 where there are none."""
        whole = float(self.weights.sum())
        return float(self.weights[self.are_found].sum()) / whole if whole > 0 else 0.0

    @property
    def count(self) -> float:
        """So many pieces of full weight that do not overlap say as much."""
        squares = float((self.weights**2).sum())
        return self.alone * float(self.weights.sum()) ** 2 / squares if squares > 0 else 0.0

    @property
    def log_chance(self) -> float:
        """The common logarithm of how likely as many would be found by chance."""
        count = round(self.count)
        return log_tail(min(count, round(self.share * self.count)), count, CHANCE)


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
    paper = cv2.blur(paper, (reach, reach)).astype(np.float32)
    return np.clip((paper - grey) / (paper + _BLACK), 0, 1)


def find_pieces(printed: np.ndarray, unwritten: np.ndarray) -> np.ndarray:
    """Find the pieces of a template that can be told from their surroundings.

    Args:
        printed: float32 (height, width), of `print_of`.
        unwritten: uint8 (height, width), 0 where something may be filled in.

    Returns:
        int (N, 2), x and y of each piece's left upper corner.
    """
    height, width = printed.shape
    around, step, places = _padded(printed), _step(printed), []
    middle = slice(REACH - NEAR, REACH + NEAR + 1)
    for y in range(0, height - SIDE + 1, step):
        for x in range(0, width - SIDE + 1, step):
            piece = printed[y : y + SIDE, x : x + SIDE]
            compared = _compared(unwritten, x, y)
            shown = piece if compared is None else piece[compared > 0]
            if not shown.size or shown.std() < _FAINTEST:
                continue
            likeness = _likeness(piece, _around(around, x, y), compared)
            likeness[middle, middle] = -1
            if likeness.max() < _ALONE:
                places.append((x, y))
    return np.array(places, int).reshape(-1, 2)


def measure(
    printed: np.ndarray,
    unwritten: np.ndarray,
    pieces: np.ndarray,
    seen: np.ndarray,
    inside: np.ndarray,
) -> Agreement:
    """Look for the pieces of a template on a picture that is aligned to it.

    Args:
        printed: float32 (height, width), the template's print.
        unwritten: uint8 (height, width), 0 where something may be filled in.
        pieces: int (N, 2), of `find_pieces`.
        seen: float32 (height, width), the aligned picture's.
        inside: uint8 (height, width), 255 where the picture reaches.
    """
    around, offsets, weights = _padded(seen), [], []
    clear = _OUT_OF_GRAIN * max(_grain(printed, seen, inside), 1e-3)
    for x, y in pieces:
        place = np.s_[y : y + SIDE, x : x + SIDE]
        if inside[place].min() > 0:
            # Writing is thick and dark: it counts as no darker than the print of the piece.
            capped = np.minimum(_around(around, x, y), printed[place].max())
            likeness = _likeness(printed[place], capped, _compared(unwritten, x, y))
            best = np.unravel_index(int(likeness.argmax()), likeness.shape)
            offsets.append((best[1] - REACH, best[0] - REACH))
            weights.append(min(1.0, float(printed[place].std()) / clear) ** 2)
    return Agreement(
        np.array(offsets, np.float32).reshape(-1, 2),
        np.array(weights, np.float32),
        (_step(printed) / SIDE) ** 2,
    )


def _step(printed: np.ndarray) -> int:
    """Return how far pieces are apart, pixels."""
    return SIDE // 2 if max(printed.shape) <= _OVERLAPPING else SIDE


def _padded(printed: np.ndarray) -> np.ndarray:
    """Continue a picture beyond its edges, as far as pieces are looked for."""
    return cv2.copyMakeBorder(printed, *[REACH] * 4, cv2.BORDER_REPLICATE)


def _grain(printed: np.ndarray, seen: np.ndarray, inside: np.ndarray) -> float:
    """Return the deviation of a picture's darkness where the template is bare paper."""
    bare = seen[(printed < _FAINTEST) & (inside > 0)]
    if not bare.size:
        return 0.0
    return 1.48 * float(np.median(np.abs(bare - np.median(bare))))


def _around(padded: np.ndarray, x: int, y: int) -> np.ndarray:
    """Return where a piece, whose left upper corner is given, is looked for."""
    whole = SIDE + 2 * REACH
    return padded[y : y + whole, x : x + whole]


def _compared(unwritten: np.ndarray, x: int, y: int) -> np.ndarray | None:
    """Return what of a piece is compared, float32 (SIDE, SIDE), 0 or 1; None: all of it."""
    part = unwritten[y : y + SIDE, x : x + SIDE]
    return None if part.all() else (part > 0).astype(np.float32)


def _likeness(piece: np.ndarray, around: np.ndarray, compared: np.ndarray | None) -> np.ndarray:
    """Return how like a piece is to what stands at each offset: float32 (2 REACH + 1, …)."""
    likeness = cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED, mask=compared)
    # Where all that is compared is alike, rounding makes any number of it.
    likeness[~(np.abs(likeness) < _POSSIBLE)] = 0
    return likeness
