"""Draw what lies on paper and is no digit: letters, scribbles, rules, table corners, specks.

Every function draws one thing, white on a black square, from its random generator alone. They
teach a network the class "none", so that it can say "no digit" instead of guessing.
"""

import functools
from pathlib import Path
from typing import Any

import cv2
import numpy as np

_LETTERS = "AEFHJKLMNPRTUVWXYadefhjkmnprtuvwxy+=-*?%&#<>~^()\"'@"
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_PRINTED = "AEFHKMNPRTUVWXYadefhkmnprtuvwxy"  # of _LETTERS those that no stick looks like
_PRINT_FONTS = ("DejaVuSans*", "DejaVuSerif*", "cmr10", "cmb10", "cmti10", "cmss10", "cmtt10")
_PRINT_SIZE = 48  # points at 72 an inch: pixels


def letters(rng: np.random.Generator, side: int) -> np.ndarray:
    """Write one to three letters or signs that no digit looks like."""
    text = "".join(rng.choice(list(_LETTERS), size=rng.choice([1, 1, 1, 2, 3])))
    font, thickness = int(rng.choice(_FONTS)), int(rng.integers(1, 5))
    (width, height), _ = cv2.getTextSize(text, font, 1.0, thickness)
    scale = 0.7 * side / max(width, height)
    canvas = np.zeros((side, side), np.uint8)
    origin = (int(0.12 * side), int(0.82 * side))
    cv2.putText(canvas, text, origin, font, scale, 255, thickness, cv2.LINE_AA)
    return canvas


def printed(rng: np.random.Generator, side: int) -> np.ndarray:
    """Print one or two letters that no digit looks like, as books do."""
    fonts = _print_fonts()
    font = fonts[rng.integers(len(fonts))]
    font.set_text("".join(rng.choice(list(_PRINTED), size=rng.choice([1, 1, 1, 2]))))
    font.draw_glyphs_to_bitmap()
    ink = np.asarray(font.get_image())
    scale = 0.76 * side / max(ink.shape)
    ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((side, side), np.uint8)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return canvas


@functools.cache
def _print_fonts() -> list[Any]:
    """Load the fonts that come with Matplotlib: upright, oblique and bold, with serifs or not."""
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    folder = Path(get_data_path(), "fonts", "ttf")
    paths = [path for name in _PRINT_FONTS for path in sorted(folder.glob(f"{name}.ttf"))]
    fonts = [FT2Font(str(path)) for path in paths if "Display" not in path.stem]
    for font in fonts:
        font.set_size(_PRINT_SIZE, 72)
    return fonts


def scribble(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw one to three long smooth curves through random points."""
    canvas = np.zeros((side, side), np.uint8)
    thickness = int(rng.integers(2, 7))
    for _ in range(rng.integers(1, 4)):
        knots = rng.uniform(0.1 * side, 0.9 * side, (rng.integers(4, 8), 2)).astype(np.float32)
        curve = cv2.resize(knots, (2, 40), interpolation=cv2.INTER_CUBIC)
        cv2.polylines(canvas, [curve.astype(np.int32)], False, 255, thickness, cv2.LINE_AA)
    return canvas


def rules(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw a piece of ruling: bars lying flat, corners, crossings, tees, combs, boxes."""
    canvas = np.zeros((side, side), np.uint8)
    thickness = int(rng.integers(1, 6))
    low, high = (int(v) for v in (rng.uniform(0.1, 0.3) * side, rng.uniform(0.7, 0.9) * side))
    across = [low, high, int(rng.uniform(0.3, 0.7) * side)]
    count_flat = rng.integers(1, 4)
    for y in across[:count_flat]:
        tilt = int(rng.normal(0, 0.04) * side)
        cv2.line(canvas, (low, y), (high, y + tilt), 255, thickness, cv2.LINE_AA)
    if rng.random() < 0.6 or count_flat > 1:
        for x in rng.permutation(across)[: rng.integers(1, 4)]:
            tilt = int(rng.normal(0, 0.04) * side)
            cv2.line(canvas, (int(x), low), (int(x) + tilt, high), 255, thickness, cv2.LINE_AA)
    return canvas


def specks(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw filled blobs and grains: dirt, dots, smears, finger tips, corners of shadows, noise."""
    canvas = np.zeros((side, side), np.uint8)
    kind = rng.random()
    if kind < 0.25:
        return _shadow_corner(rng, side)
    if kind < 0.55:
        coarse = rng.integers(4, 24)
        grain = rng.uniform(0, 255, (coarse, coarse)).astype(np.float32)
        noise = cv2.resize(grain, (side, side), interpolation=cv2.INTER_CUBIC)
        return ((noise > rng.uniform(110, 200)) * 255).astype(np.uint8)
    for _ in range(rng.integers(1, 5)):
        centre = tuple(int(v) for v in rng.uniform(0.2 * side, 0.8 * side, 2))
        axes = tuple(int(v) for v in rng.uniform(0.05 * side, 0.3 * side, 2))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return canvas


def _shadow_corner(rng: np.random.Generator, side: int) -> np.ndarray:
    """Fill what a slanted line cuts off the corner of a picture or off its side."""
    canvas = np.zeros((side, side), np.uint8)
    low, high = 0.1 * side, 0.9 * side
    near, slant = rng.uniform(0, 0.5) * side, rng.uniform(0.25, 0.6) * side
    corners = [(low, low), (low + near, low), (low + near + slant, high), (low, high)]
    cv2.fillPoly(canvas, [np.array(corners, np.int32)], 255, cv2.LINE_AA)
    turned = np.rot90(canvas, rng.integers(4))
    return np.ascontiguousarray(turned if rng.random() < 0.5 else turned.T)


def arcs(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw short arcs, commas, brackets and hooks: pieces of strokes lying at any angle."""
    canvas = np.zeros((side, side), np.uint8)
    centre = tuple(int(v) for v in rng.uniform(0.35 * side, 0.65 * side, 2))
    axes = tuple(int(v) for v in rng.uniform(0.08 * side, 0.35 * side, 2))
    start, sweep = float(rng.uniform(0, 360)), float(rng.uniform(60, 200))
    turn, thickness = float(rng.uniform(0, 180)), int(rng.integers(2, 7))
    cv2.ellipse(canvas, centre, axes, turn, start, start + sweep, 255, thickness, cv2.LINE_AA)
    return canvas


KINDS = (letters, printed, printed, scribble, rules, specks, arcs)


def draw_clutter(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw one thing that is no digit.

    Args:
        rng: Where all randomness comes from.
        side: Pixels of the square, at least 16.

    Returns:
        uint8 (side, side), white on black.
    """
    return KINDS[rng.integers(len(KINDS))](rng, side)
