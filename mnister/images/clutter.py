"""Draw what lies on paper and is no digit: letters, scribbles, rules, specks, streaks.

Every function draws one thing, white on a black square, from its random generator alone. They
teach a network the class "none", so that it can say "no digit" instead of guessing.
"""

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
    """Draw filled blobs and grains: dirt, dots, smears, finger tips, noise."""
    canvas = np.zeros((side, side), np.uint8)
    if rng.random() < 0.4:
        coarse = rng.integers(4, 24)
        grain = rng.uniform(0, 255, (coarse, coarse)).astype(np.float32)
        noise = cv2.resize(grain, (side, side), interpolation=cv2.INTER_CUBIC)
        return ((noise > rng.uniform(110, 200)) * 255).astype(np.uint8)
    for _ in range(rng.integers(1, 5)):
        centre = tuple(int(v) for v in rng.uniform(0.2 * side, 0.8 * side, 2))
        axes = tuple(int(v) for v in rng.uniform(0.05 * side, 0.3 * side, 2))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return canvas


def arcs(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw short arcs, commas, brackets and hooks: pieces of strokes lying at any angle."""
    canvas = np.zeros((side, side), np.uint8)
    centre = tuple(int(v) for v in rng.uniform(0.35 * side, 0.65 * side, 2))
    axes = tuple(int(v) for v in rng.uniform(0.08 * side, 0.35 * side, 2))
    start, sweep = float(rng.uniform(0, 360)), float(rng.uniform(60, 200))
    turn, thickness = float(rng.uniform(0, 180)), int(rng.integers(2, 7))
    cv2.ellipse(canvas, centre, axes, turn, start, start + sweep, 255, thickness, cv2.LINE_AA)
    return canvas


def stick(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw a straight stroke that leans too far to be a 1."""
    canvas = np.zeros((side, side), np.uint8)
    lean = np.radians(rng.choice([-1, 1]) * rng.uniform(55, 90))  # from upright
    half = rng.uniform(0.25, 0.4) * side * np.array([np.sin(lean), -np.cos(lean)])
    start, end = side / 2 - half, side / 2 + half
    thickness = int(rng.integers(2, 10))
    ends = [tuple(int(v) for v in point) for point in (start, end)]
    cv2.line(canvas, *ends, 255, thickness, cv2.LINE_AA)
    return canvas


def grain(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw streaks, as of wood, cloth, hair or light on metal, that run in any one direction."""
    across, along = int(rng.integers(6, 20)), int(rng.integers(1, 4))
    levels = rng.uniform(0, 255, (along + 1, across)).astype(np.float32)
    streaks = cv2.resize(levels, (2 * side, 2 * side), interpolation=cv2.INTER_CUBIC)
    turn = cv2.getRotationMatrix2D((side, side), float(rng.uniform(0, 180)), 1.0)
    turned = cv2.warpAffine(streaks, turn, (2 * side, 2 * side))
    middle = turned[side // 2 : side // 2 + side, side // 2 : side // 2 + side]
    ink = ((middle > np.quantile(middle, rng.uniform(0.55, 0.9))) * 255).astype(np.uint8)
    count, numbers, measures, _ = cv2.connectedComponentsWithStats(ink)
    if count > 1 and rng.random() < 0.7:  # the reader cuts out single streaks
        largest = 1 + int(np.argmax(measures[1:, cv2.CC_STAT_AREA]))
        ink[numbers != largest] = 0
    return ink


KINDS = (letters, letters, scribble, rules, specks, arcs, grain, stick)


def draw_clutter(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw one thing that is no digit.

    Args:
        rng: Where all randomness comes from.
        side: Pixels of the square, at least 16.

    Returns:
        uint8 (side, side), white on black.
    """
    return KINDS[rng.integers(len(KINDS))](rng, side)
