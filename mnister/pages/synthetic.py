"""Turn MNIST digits into what the reader cuts out of real photos, and into what is no digit.

The digits of a page reach the network thresholded, thinner or thicker than MNIST's, slanted,
stretched, cut at an edge, with a rest of a rule through them. They are composed here on a larger
canvas and then pass through the reader's own `normalize_digit`, so that training sees exactly what
reading produces. The class `NONE` gets fragments and pairs of digits, digits lying on their side
and drawn clutter.

Sources: affine and smooth random distortions after P. Simard, D. Steinkraus, J. Platt, "Best
practices for convolutional neural networks applied to visual document analysis", ICDAR 2003.
"""

import cv2
import numpy as np

from mnister.images.normalize import normalize_digit
from mnister.pages.clutter import draw_clutter

NONE = 10  # the class "no digit"
_CANVAS = 56  # pixels: side of the canvas that a digit is distorted on; MNIST's 28 twice
_CORNERS = np.arange(_CANVAS, dtype=np.float32)
_SPREAD = cv2.resize(np.eye(5, dtype=np.float32), (5, _CANVAS), interpolation=cv2.INTER_CUBIC)
_TURNABLE = (2, 3, 4, 5, 6, 7, 9)  # no digit any more when they lie on their side
_UPENDABLE = (3, 4, 7)  # no digit any more when they stand on their head


def reader_batch(
    images: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    *,
    none_share: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Make one training batch of what the reader sees.

    Args:
        images: uint8 (N, 28, 28), MNIST training digits, white on black.
        labels: int (N,), 0 to 9.
        rng: Where all randomness comes from: the same generator state, the same batch.
        none_share: Part of the batch that becomes "no digit", 0 to 1.

    Returns:
        uint8 (N, 28, 28) and int32 (N,), labels 0 to 9 and 10 for "no digit".
    """
    made = np.empty_like(images)
    made_labels = np.asarray(labels).astype(np.int32)
    becomes_none = rng.random(len(images)) < none_share
    for i, image in enumerate(images):
        if not becomes_none[i]:
            made[i] = normalize_digit(_as_written(image, int(labels[i]), rng))
        else:
            other = rng.integers(len(images))
            digits = (image, int(labels[i])), (images[other], int(labels[other]))
            ink = no_digit(*digits, rng)  # sometimes too faint for any to be left
            made[i] = normalize_digit(ink if ink.any() else draw_clutter(rng, _CANVAS))
            made_labels[i] = NONE
    return made, made_labels


def _as_written(image: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    """Return one digit as the reader would cut it out: uint8 (56, 56), still that digit."""
    chance = rng.random(6)
    if label == 1 and chance[0] < 0.25:
        image = _european_one(rng)
    elif label == 7 and chance[0] < 0.35:
        image = _crossed_seven(image, rng)
    ink = threshold_artefacts(change_stroke(distort(image, rng), rng), rng)
    if chance[1] < 0.1:
        ink = _with_rule(ink, rng)
    if chance[2] < 0.12:
        ink = _cut_at_edge(ink, 0.14, rng)
    if chance[3] < 0.1:
        ink = _with_neighbour_bit(ink, rng)
    if chance[4] < (0.3 if label == 0 else 0.08):  # a ring that is not closed is a 0 yet
        ink = with_gap(ink, rng, widest=8 if label == 0 else 4)
    return ink


def distort(image: np.ndarray, rng: np.random.Generator, *, reach: float = 1.0) -> np.ndarray:
    """Turn, slant, stretch and bend one digit smoothly, at twice its size.

    Args:
        image: uint8 (28, 28).
        rng: Where all randomness comes from.
        reach: How far; 1 is what training uses.

    Returns:
        uint8 (56, 56).
    """
    turn, slant, stretch, narrow = rng.normal(0, 1, 4) * reach * (0.1, 0.18, 0.15, 0.05)
    scale = 0.47  # source pixels per canvas pixel, a little margin left for the slant
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    wide, tall = np.exp(stretch), np.exp(narrow)
    bend_x, bend_y = _SPREAD @ rng.normal(0, 0.7 * reach, (2, 5, 5)).astype(np.float32) @ _SPREAD.T
    x = (_CORNERS - _CANVAS / 2)[None, :] * np.float32(wide)
    y = (_CORNERS - _CANVAS / 2)[:, None] * np.float32(tall)
    x = x + np.float32(slant) * y
    map_x = np.float32(cos) * x - np.float32(sin) * y + bend_x + np.float32(13.5)
    map_y = np.float32(sin) * x + np.float32(cos) * y + bend_y + np.float32(13.5)
    return cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR)


def change_stroke(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make the strokes of a 56 × 56 digit thinner or thicker, as another pen would."""
    step = rng.choice([-3, -2, 0, 2, 3, 5], p=[0.1, 0.18, 0.34, 0.2, 0.12, 0.06])
    if step == 0:
        return ink
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(step) + 1, abs(step) + 1))
    changed = cv2.dilate(ink, kernel) if step > 0 else cv2.erode(ink, kernel)
    return changed if np.count_nonzero(changed > 127) > 40 else ink


def threshold_artefacts(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Threshold a digit as a photo would be: ragged outlines, gaps in faint ink, or soft edges."""
    kind = rng.random()
    if kind < 0.2:
        return ink
    if kind < 0.35:
        return cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.8, 2.2))
    level = rng.uniform(90, 160)
    if kind < 0.7:
        return ((ink > level) * 255).astype(np.uint8)
    cells = int(rng.integers(10, 56))
    grain = rng.normal(0, rng.uniform(15, 50), (cells, cells)).astype(np.float32)
    grain = cv2.resize(grain, ink.shape[::-1], interpolation=cv2.INTER_LINEAR)
    ragged = ((ink + grain * (ink > 0) > level) * 255).astype(np.uint8)
    return ragged if np.count_nonzero(ragged) > 40 else ink


def no_digit(
    first: tuple[np.ndarray, int], second: tuple[np.ndarray, int], rng: np.random.Generator
) -> np.ndarray:
    """Make something that is no digit out of two digits, or draw clutter.

    Args:
        first: uint8 (28, 28) and its label.
        second: Another.
        rng: Where all randomness comes from.

    Returns:
        uint8, white on black, about 56 × 56.
    """
    kind = rng.random()
    (image, label), (other, _) = first, second
    if kind < 0.34:
        return _pair(image, other, rng)
    if kind < 0.56 and label != 1:
        return _fragment(image, rng)
    if kind < 0.66 and label in _TURNABLE:
        ink = threshold_artefacts(change_stroke(distort(image, rng), rng), rng)
        upended = label in _UPENDABLE and rng.random() < 0.34
        return np.ascontiguousarray(np.rot90(ink, 2 if upended else rng.choice([1, 3])))
    ink = cv2.resize(draw_clutter(rng, _CANVAS), (28, 28), interpolation=cv2.INTER_AREA)
    return threshold_artefacts(distort(ink, rng), rng)


def _pair(left: np.ndarray, right: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put two digits side by side, touching or nearly; sometimes only a part of the second."""
    inks = []
    for image in (left, right):
        ink = threshold_artefacts(change_stroke(distort(image, rng), rng), rng)
        x, y, width, height = cv2.boundingRect(ink)
        inks.append(ink[y : y + height, x : x + width])
    if min(ink.size for ink in inks) == 0:
        return _fragment(left, rng)
    (left_ink, right_ink), gap = inks, int(rng.normal(0, 3))
    if rng.random() < 0.3:
        right_ink = right_ink[:, : max(6, int(right_ink.shape[1] * rng.uniform(0.4, 0.8)))]
    drop = int(rng.normal(0, 5))
    gap = max(gap, -min(left_ink.shape[1], right_ink.shape[1]) // 3)
    tops = max(0, -drop), max(0, drop)
    height = max(tops[0] + left_ink.shape[0], tops[1] + right_ink.shape[0])
    start = left_ink.shape[1] + gap
    canvas = np.zeros((height, max(start + right_ink.shape[1], left_ink.shape[1])), np.uint8)
    for ink, top, x in zip((left_ink, right_ink), tops, (0, start), strict=True):
        part = canvas[top : top + ink.shape[0], x : x + ink.shape[1]]
        np.maximum(part, ink, out=part)
    return canvas if rng.random() < 0.85 else np.ascontiguousarray(canvas.T)


def _fragment(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keep a part of a digit: left, right, top or bottom of a slanted cut."""
    ink = threshold_artefacts(change_stroke(distort(image, rng), rng), rng)
    x, y, width, height = cv2.boundingRect(ink)
    ink = ink[y : y + height, x : x + width].copy()
    if ink.size == 0:
        return draw_clutter(rng, _CANVAS)
    turns = int(rng.choice([0, 2, 1, 3], p=[0.35, 0.35, 0.15, 0.15]))
    part = np.ascontiguousarray(np.rot90(ink, turns))
    rows, columns = part.shape
    ends = columns * (rng.uniform(0.3, 0.62) + rng.normal(0, 0.1, 2))
    gone = np.array([[ends[0], 0], [columns, 0], [columns, rows], [ends[1], rows]], np.int32)
    cv2.fillPoly(part, [gone], 0)
    return np.ascontiguousarray(np.rot90(part, -turns))


def _european_one(rng: np.random.Generator) -> np.ndarray:
    """Draw a 1 with an up-stroke, short or nearly as long as the stem; sometimes with a foot."""
    canvas = np.zeros((56, 56), np.float32)
    top = np.array([rng.uniform(26, 38), rng.uniform(7, 11)])
    foot = np.array([top[0] + rng.normal(-3, 4), rng.uniform(45, 49)])
    drop = rng.uniform(8, 36)  # the up-stroke descends at 45° or more: a 7 has its bar level
    start = top + np.array([-rng.uniform(0.35, 0.95), 1]) * drop
    middle = (start + top) / 2 + rng.normal(0, 1.5, 2)
    points = [np.array([start, middle, top, (top + foot) / 2 + rng.normal(0, 1, 2), foot])]
    if rng.random() < 0.2:
        half = rng.uniform(5, 12)
        points.append(foot + np.array([[-half, 0], [half, 0]]))
    thickness = int(rng.integers(4, 7))
    canvas = np.zeros((56, 56), np.uint8)
    for line in points:
        cv2.polylines(canvas, [line.astype(np.int32)], False, 255, thickness, cv2.LINE_AA)
    return cv2.resize(canvas, (28, 28), interpolation=cv2.INTER_AREA)


def _crossed_seven(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a bar through the stem of a 7."""
    crossed = image.copy()
    row = int(rng.uniform(13, 18))
    columns = np.flatnonzero(image[row] > 100)
    if columns.size == 0:
        return crossed
    middle, half = columns.mean() + rng.normal(0, 1), rng.uniform(3, 7)
    tilt = rng.normal(0, 1.2)
    start = (int(middle - half), int(row + tilt))
    end = (int(middle + half), int(row - tilt))
    cv2.line(crossed, start, end, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    return crossed


def _with_rule(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave a rest of a rule under, over or through a digit."""
    ruled = ink.copy()
    x, y, width, height = cv2.boundingRect(ink)
    row = int(y + height * rng.choice([rng.uniform(-0.05, 0.1), rng.uniform(0.85, 1.1)]))
    left, right = np.sort(rng.uniform(x - 0.1 * width, x + 1.1 * width, 2))
    row = min(max(row, 0), _CANVAS - 1)
    cv2.line(ruled, (int(left), row), (int(right), row), 255, int(rng.integers(1, 3)))
    return ruled


def _cut_at_edge(ink: np.ndarray, most: float, rng: np.random.Generator) -> np.ndarray:
    """Cut up to `most` of a digit's height or width off one side."""
    x, y, width, height = cv2.boundingRect(ink)
    cut = rng.uniform(0, most)
    side = rng.integers(4)
    if side == 0:
        y += int(cut * height)
    elif side == 2:
        x += int(cut * width)
    box = ink[y : y + int(height * (1 - cut)), x : x + int(width * (1 - cut))]
    return np.ascontiguousarray(box) if cv2.countNonZero(box) > 40 else ink


def with_gap(ink: np.ndarray, rng: np.random.Generator, *, widest: int = 4) -> np.ndarray:
    """Lift the pen for a moment: leave out a short piece of a stroke, mostly near the top.

    Args:
        ink: uint8 (H, W), one digit, white on black.
        rng: Where all randomness comes from.
        widest: Largest radius of what is left out, pixels.

    Returns:
        uint8 (H, W); as it was where there is little ink.
    """
    rows, columns = np.nonzero(ink > 127)
    if rows.size < 80:
        return ink
    place = np.argsort(rows)[int(rows.size * rng.beta(1, 2))]
    broken = ink.copy()
    radius = int(rng.integers(2, widest + 1))
    cv2.circle(broken, (int(columns[place]), int(rows[place])), radius, 0, -1)
    return broken


def _with_neighbour_bit(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave a speck or the tip of a neighbour's stroke beside a digit."""
    touched = ink.copy()
    height, width = ink.shape
    x, y, w, h = cv2.boundingRect(ink)
    centre = (int(rng.choice([x - 2, x + w + 1])), int(rng.uniform(y, y + h)))
    end = (centre[0] + int(rng.normal(0, 2)), centre[1] + int(rng.normal(0, 4)))
    centre = (min(max(centre[0], 0), width - 1), min(max(centre[1], 0), height - 1))
    cv2.line(touched, centre, end, 255, int(rng.integers(1, 4)))
    return touched
