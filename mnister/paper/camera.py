"""How a page becomes a picture: bent and seen aslant, lit, cut, covered, blurred, compressed.

Pictures are (size, size), grey from 0 to 255: float32 where light falls on them, uint8 else.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from mnister.hands.drawing import field, log_uniform, look_up, wave
from mnister.paper.papers import draw_table


@dataclass(frozen=True)
class View:
    """From where on the page to where on the picture.

    Attributes:
        matrix: float64 (3, 3), of a perspective, after the bending.
        zoom: How many times larger the picture is.
        bend: How far rows move down, pixels, …
        wavelength: … in a wave along the columns, pixels.
    """

    matrix: np.ndarray
    zoom: float
    bend: float
    wavelength: float

    def points(self, points: np.ndarray) -> np.ndarray:
        """Return where points of the page, (2, K), are on the picture: float32 (2, K)."""
        x, y = points[0].astype(float), points[1] + self._fall(points[0])
        across, down, away = (a * x + b * y + c for a, b, c in self.matrix)
        return np.stack([across / away, down / away]).astype(np.float32)

    def picture(self, page: np.ndarray) -> np.ndarray:
        """Return the page, uint8 (size, size), as it looks from here, of the same size."""
        middles = np.arange(page.shape[0], dtype=np.float32) + np.float32(0.5)
        one, two, three = self.matrix.T  # the inverse, but for a factor that falls out
        rows = np.stack([np.cross(two, three), np.cross(three, one), np.cross(one, two)])
        across, down, away = (
            a * middles[None] + b * middles[:, None] + c for a, b, c in rows.astype(np.float32)
        )
        columns = across / away
        half = np.float32(0.5)
        lines = down / away - self._fall(columns) - half
        return look_up(page, columns - half, lines, cv2.BORDER_REPLICATE)

    def _fall(self, columns: np.ndarray) -> np.ndarray:
        """Return how far each column's rows move down."""
        return wave(columns / np.float32(self.wavelength)) * np.float32(self.bend)


def to_grey(picture: np.ndarray) -> np.ndarray:
    """Round to whole grey values: uint8 of the same shape."""
    return np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8)


def draw_view(rng: np.random.Generator, size: int) -> View | None:
    """Draw from where a page is seen; None: straight from above."""
    if rng.random() < 0.55:
        return None
    turn = rng.normal(0, 0.06)
    zoom = 1 + abs(turn) * 2 + rng.uniform(0.05, 0.2)  # nothing beyond the page comes into view
    cos, sin, middle = math.cos(turn) * zoom, math.sin(turn) * zoom, size / 2
    tilt_x, tilt_y = (rng.normal(0, 0.12, 2) / size).tolist()
    away = np.array([tilt_x, tilt_y, 1 - middle * (tilt_x + tilt_y)])
    across = np.array([cos, -sin, -middle * (cos - sin)]) + middle * away
    down = np.array([sin, cos, -middle * (sin + cos)]) + middle * away
    bend = float(rng.uniform(0.5, 5)) if rng.random() < 0.3 else 0.0
    wavelength = float(rng.uniform(1, 4) * size)
    return View(np.stack([across, down, away]), zoom, bend, wavelength)


def light(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Let light fall on it: from one side, darker corners, shadows with soft or sharp edges."""
    size = picture.shape[0]
    kind = rng.random()
    if kind < 0.35:
        return picture
    steps = np.linspace(-1, 1, size, dtype=np.float32)
    slope = rng.normal(0, 0.12, 2).astype(np.float32)
    shine = 1 + slope[0] * steps[None] + slope[1] * steps[:, None]
    if kind < 0.55:
        round_ = (steps[None] ** 2 + steps[:, None] ** 2) * np.float32(rng.uniform(0, 0.2))
        shine = shine - round_
    if kind > 0.75:
        shine = shine * _shadow(rng, size)
    return picture * shine


def _shadow(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return how much light is left beside the edge of a shadow, or in a round one."""
    steps = np.arange(size, dtype=np.float32)
    soft, depth = np.float32(log_uniform(rng, 1, 60)), np.float32(rng.uniform(0.08, 0.5))
    if rng.random() < 0.7:
        angle = rng.uniform(0, 2 * np.pi)
        off = np.float32(np.cos(angle)) * steps[None] + np.float32(np.sin(angle)) * steps[:, None]
        off = off - off[size // 2, size // 2] - np.float32(rng.normal(0, 0.3) * size)
    else:
        x, y = rng.uniform(0, size, 2).astype(np.float32)
        away = np.sqrt((steps[None] - x) ** 2 + (steps[:, None] - y) ** 2)
        off = away - np.float32(rng.uniform(0.1, 0.6) * size)
    return 1 - depth * np.clip(0.5 - off / (2 * soft), 0, 1)


def cover(rng: np.random.Generator, picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Lay something over a part of it: the table beyond the paper's edge, fingers, a spiral.

    Args:
        rng: Where all randomness comes from.
        picture: float32 (size, size).
        hidden: bool (size, size); set where the page is covered.

    Returns:
        The picture, changed or not.
    """
    kind, size = rng.random(), picture.shape[0]
    if kind < 0.07:
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.48) * size
        steps = np.arange(size, dtype=np.float32) - size / 2
        beyond = np.cos(angle) * steps[None] + np.sin(angle) * steps[:, None] > reach
        return _covered(picture, draw_table(rng, size), beyond, hidden)
    if kind < 0.1:
        mask = np.zeros((size, size), np.uint8)
        tip = rng.uniform(0.05, 0.95, 2) * size * rng.permutation([0.25, 1])
        root = tip + (tip - size / 2) * 3
        ends = np.round(np.array([tip, root])).astype(np.int32)
        cv2.line(mask, ends[0].tolist(), ends[1].tolist(), 255, int(rng.uniform(14, 50)))
        skin = np.float32(rng.uniform(80, 210)) + 6 * field(rng, (size, size), (9, 9))
        return _covered(picture, skin, mask > 0, hidden)
    if kind < 0.13:
        return _spiral(rng, picture, hidden)
    return picture


def _covered(
    picture: np.ndarray, over: np.ndarray, where: np.ndarray, hidden: np.ndarray
) -> np.ndarray:
    """Lay one picture over another where a mask is set."""
    hidden |= where
    return np.where(where, over, picture)


def _spiral(rng: np.random.Generator, picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Bind the page with a wire: a row of holes and loops along one of its sides."""
    size, mask = picture.shape[0], np.zeros(picture.shape, np.uint8)
    pitch, depth = rng.uniform(8, 24), rng.uniform(6, 18)
    for at in np.arange(rng.uniform(0, pitch), size, pitch):
        centre, axes = (int(at), 0), (max(1, int(pitch * 0.18)), int(depth))
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1 if rng.random() < 0.5 else 2)
    side = np.ascontiguousarray(np.rot90(mask, int(rng.integers(4))))
    return _covered(picture, np.float32(rng.uniform(10, 120)) + 0 * picture, side > 0, hidden)


def cut_out(
    rng: np.random.Generator,
    picture: np.ndarray,
    hidden: np.ndarray,
    around: tuple[float, float, float, float] | None,
    tall: float,
) -> np.ndarray:
    """Keep a part of it, as of a small picture; around it stands one grey, or its own edge.

    Args:
        rng: Where all randomness comes from.
        picture: float (size, size).
        hidden: bool (size, size); set where the page is cut off.
        around: x, y, width, height of what is cut out, but for a margin; None: any part.
        tall: Height of a digit, pixels; margins are up to a half of it, or cut a little off.

    Returns:
        Of the same shape.
    """
    size = picture.shape[0]
    if around is None:
        width, height = (int(v) for v in rng.uniform(0.3, 1.0, 2) * size)
        left, top = (int(rng.integers(0, size - side + 1)) for side in (width, height))
    else:
        before, behind = rng.uniform(-0.06, 0.5, (2, 2)) * tall
        starts = np.clip(np.array(around[:2]) - before, 0, size - 1).astype(int)
        ends = np.array(around[:2]) + around[2:] + behind
        (left, top), (width, height) = starts, np.clip(ends.astype(int), starts + 1, size) - starts
    inner = picture[top : top + height, left : left + width]
    ends = (top, size - top - height, left, size - left - width)
    way = cv2.BORDER_REPLICATE if rng.random() < 0.4 else cv2.BORDER_CONSTANT
    grey = rng.choice([0.0, 127.0, 255.0, float(np.median(inner))])
    outside = np.ones_like(hidden)
    outside[top : top + height, left : left + width] = False
    hidden |= outside
    return cv2.copyMakeBorder(inner, *ends, way, value=grey)


def focus(rng: np.random.Generator, picture: np.ndarray, height: float) -> np.ndarray:
    """Blur it, no more than digits of a height bear; some pictures are sharp to the pixel."""
    kind = rng.random()
    if kind < 0.3:
        return picture
    if kind < 0.85:
        sigma = rng.uniform(0.25, max(0.5, (0.03 if kind < 0.75 else 0.05) * height))
        return cv2.GaussianBlur(picture, (0, 0), min(sigma, 2.5))
    if kind < 0.92:
        length = int(rng.integers(2, max(3, min(6, height / 7))))
        kernel = np.zeros((length, length), np.float32)
        kernel[np.arange(length), np.arange(length) if rng.random() < 0.5 else 0] = 1 / length
        return cv2.filter2D(picture, -1, kernel if rng.random() < 0.5 else kernel.T.copy())
    factor = rng.uniform(0.4, 0.9) if height > 26 else rng.uniform(0.75, 0.95)
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_NEAREST if rng.random() < 0.2 else cv2.INTER_LINEAR
    return cv2.resize(small, picture.shape[::-1], interpolation=way)


def develop(rng: np.random.Generator, picture: np.ndarray, contrast: float) -> np.ndarray:
    """Add grain, turn it to grey values, and compress it as cameras do.

    Args:
        rng: Where all randomness comes from.
        picture: uint8 (size, size).
        contrast: Between ink and paper, grey values; grain stays well below it.

    Returns:
        uint8 (size, size).
    """
    grain = rng.choice([0.0, 0.02, 0.06, 0.14], p=[0.35, 0.37, 0.21, 0.07]) * contrast
    if grain:
        noise = rng.standard_normal(picture.shape, dtype=np.float32)
        noise = cv2.blur(noise, (2, 2)) * 2 if rng.random() < 0.3 else noise
        picture = picture + noise * np.float32(grain)
    if rng.random() < 0.03:
        picture = (picture - round(float(picture.mean()))) * np.float32(
            rng.uniform(2, 5)
        ) + np.float32(140)
    if rng.random() < 0.07:
        picture = 255 - picture
    grey = to_grey(picture)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        grey = cv2.imdecode(cv2.imencode(".jpg", grey, quality)[1], cv2.IMREAD_GRAYSCALE)
    return grey
