"""Where a picture shows a template: points that pair, or a sheet's corners; then the print itself.

A guess comes from pairs of points (RANSAC's kin MAGSAC++, D. Barath 2020), on a photo too small
for them from the corners of a sheet. The print of the template is moved from there onto that of
the picture (ECC, G. Evangelidis and E. Psarakis 2008), and what agrees then decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from mnister.forms.agreement import Agreement, measure, print_of
from mnister.forms.features import find_features, pair
from mnister.forms.sheets import find_sheets
from mnister.forms.template import FINEST, Print, Template

LEAST_SHARE = 0.5  # of the print is where the template has it: most of what can be told
MOST_CHANCE = -4.0  # common logarithm: by chance as much agrees once in 10,000 guesses
_NO_DOUBT = 2 * MOST_CHANCE  # less may be half of the form, the other half beside its place
_SIDES = (600, 1400)  # pixels of a picture's long side, on which points are found
_OFF = 2.0  # pixels of that, by which a pair may be off
_ROUGH = 250  # pixels of a template's long side: the print is moved there first
_FINE = 500  # … and then here at most; it is compared on what is finer still
_BLURS = (9, 5, 3)  # pixels by which the print is blurred while it is moved, first to last
_HOPELESS = LEAST_SHARE / 2  # of the print, rough: with less there is no need to look closer
_NEARBY = np.ones((9, 9), np.uint8)  # pixels: no ink is darker than the print so near to it
_STEPS = 30  # of a move
_LOOKED_AT = 4  # sheets, with their way up, that are looked at closely
_MOST_ASKEW = 4  # times: the scales at two sides of a sheet


@dataclass(frozen=True)
class Alignment:
    """Where a template is on a picture.

    Attributes:
        homography: float64 (3, 3), from the template's pixels to the picture's.
        agreement: Of the print.
    """

    homography: np.ndarray
    agreement: Agreement

    @property
    def fits(self) -> bool:
        """Whether the picture shows the template: most of its print, and not by chance."""
        return self.agreement.share >= LEAST_SHARE and self.agreement.log_chance <= MOST_CHANCE


def align(template: Template, grey: np.ndarray) -> Alignment | None:
    """Find a template on a picture, whatever its size, its way up and the camera's place.

    Args:
        template: The empty form.
        grey: uint8 (height, width).

    Returns:
        The first alignment that fits beyond doubt, else that of which most agrees by other than
        chance; None: there is no guess.
    """
    best: Alignment | None = None
    for guess in _guesses(template, grey):
        found = _settle(template, grey, guess)
        if best is None or _rank(found) < _rank(best):
            best = found
        if best.fits and best.agreement.log_chance <= _NO_DOUBT:
            break
    return best


def aligned(grey: np.ndarray, homography: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return a picture as it lies below a template.

    Args:
        grey: uint8 (h, w) or (h, w, 3).
        homography: From the template's pixels to the picture's.
        shape: Height and width of the template.
    """
    return cv2.warpPerspective(
        grey,
        _by_middles(homography),
        shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def is_sane(homography: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Tell whether a camera could see a sheet so: whole, from before, not all too askew.

    Args:
        homography: From the sheet's pixels to the picture's.
        shape: Height and width of the sheet.
    """
    height, width = shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    seen = np.c_[corners, np.ones(4)] @ homography.T
    if not np.isfinite(seen).all() or (seen[:, 2] * seen[0, 2] <= 0).any():
        return False
    seen = seen[:, :2] / seen[:, 2:]
    sides = np.roll(seen, -1, axis=0) - seen
    behind = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * behind[:, 1] - sides[:, 1] * behind[:, 0]
    scales = np.linalg.norm(sides, axis=1) / (width, height, width, height)
    return bool((turns > 0).all() and scales.max() < _MOST_ASKEW * scales.min())


def _rank(alignment: Alignment) -> tuple[bool, float]:
    return not alignment.fits, alignment.agreement.log_chance


def _guesses(template: Template, grey: np.ndarray) -> Iterator[np.ndarray]:
    """Yield where the template may be, the likeliest first; each is sane."""
    found = find_features(grey, int(np.clip(max(grey.shape), *_SIDES)))
    for features in template.features:
        here, there = pair(features, found)
        if len(here) < 4:
            continue
        homography, _ = cv2.findHomography(
            here, there, cv2.USAC_MAGSAC, _OFF * found.scale, maxIters=5000, confidence=0.9999
        )
        if homography is not None and is_sane(homography, template.shape):
            yield homography
    yield from _sheets(template, grey)


def _sheets(template: Template, grey: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the sheets on which, at a glance, most of the print is where it should be."""
    rated = []
    for sheet in find_sheets(grey):
        for turn in range(4):
            corners = np.roll(sheet, turn, axis=0)
            guess = cv2.getPerspectiveTransform(template.corners, corners)
            if is_sane(guess, template.shape):
                like, moved = _move(template.glance, grey, guess, _BLURS[1])
                if moved is not None and is_sane(moved, template.shape):
                    rated.append((like, moved))
    rated.sort(key=lambda pair: -pair[0])
    yield from (moved for _, moved in rated[:_LOOKED_AT])


def _settle(template: Template, grey: np.ndarray, guess: np.ndarray) -> Alignment:
    """Move the template's print onto the picture's, rough and then fine, and see what agrees."""
    size = template.size_on(guess)
    shrunk, to_shrunk = _shrunk(grey, size)
    homography = to_shrunk @ guess
    agreement = _compare(template.printed(min(size, _ROUGH)), shrunk, homography)
    for side, blur in ((_ROUGH, _BLURS[0]), (_FINE, _BLURS[1]), (_FINE, _BLURS[2])):
        printed = template.printed(min(size, side))
        _, moved = _move(printed, shrunk, homography, blur)
        if moved is None or not is_sane(moved, template.shape):
            continue
        after = _compare(printed, shrunk, moved)
        if side != _ROUGH or after.share >= agreement.share:
            homography, agreement = moved, after
        if agreement.share < _HOPELESS:
            break
    else:
        agreement = _compare(template.printed(size), shrunk, homography)
    whole = np.linalg.inv(to_shrunk) @ homography
    return Alignment(whole / whole[2, 2], agreement)


def _shrunk(grey: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Shrink a picture on which the template is larger than it is compared; and how: (3, 3)."""
    if size <= FINEST:
        return grey, np.eye(3)
    sides = [max(1, round(side * FINEST / size)) for side in grey.shape[::-1]]
    shrunk = cv2.resize(grey, sides, interpolation=cv2.INTER_AREA)
    return shrunk, np.diag([sides[0] / grey.shape[1], sides[1] / grey.shape[0], 1.0])


def _move(
    printed: Print, grey: np.ndarray, homography: np.ndarray, blur: int
) -> tuple[float, np.ndarray | None]:
    """Move a print onto that of a picture: how like they are then, and the new homography."""
    up = np.diag([printed.scale, printed.scale, 1.0])
    seen, inside = _seen(printed, grey, homography)
    seen = np.minimum(seen, cv2.dilate(printed.darkness, _NEARBY))  # thick writing would win
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, 1e-4)
    try:
        like, move = cv2.findTransformECCWithMask(
            printed.darkness, seen, printed.unwritten, inside, np.eye(3, dtype=np.float32),
            cv2.MOTION_HOMOGRAPHY, criteria, blur,
        )  # fmt: skip
    except cv2.error:  # it does not converge
        return 0.0, None
    moved = homography @ up @ _by_edges(move.astype(np.float64)) @ np.linalg.inv(up)
    return float(like), moved / moved[2, 2]


def _compare(printed: Print, grey: np.ndarray, homography: np.ndarray) -> Agreement:
    seen, inside = _seen(printed, grey, homography)
    return measure(printed.darkness, printed.unwritten, printed.pieces, seen, inside)


def _seen(
    printed: Print, grey: np.ndarray, homography: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the print of a picture below that of a template, and where the picture reaches."""
    view = homography @ np.diag([printed.scale, printed.scale, 1.0])
    shape = printed.darkness.shape
    inside = cv2.warpPerspective(
        np.full_like(grey, 255),
        _by_middles(view),
        shape[::-1],
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    return print_of(aligned(grey, view, shape)), inside


def _by_middles(homography: np.ndarray) -> np.ndarray:
    """Return a homography for OpenCV, to which whole numbers are the middles of pixels."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(half) @ homography @ half


def _by_edges(homography: np.ndarray) -> np.ndarray:
    """Return a homography of OpenCV's for places counted from the edges of pixels."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return half @ homography @ np.linalg.inv(half)
