"""What is written on: paper plain, ruled, squared, with a guilloche; wood and cloth beside it.

A surface is float32 (size, size), grey from 0 to 255; a pattern is how much of each pixel it
covers, float32 0 to 1.
"""

import numpy as np

from mnister.hands.drawing import enlarge, field, log_uniform, pick, stroke, wave


def lines_of(phase: np.ndarray, share: float) -> np.ndarray:
    """Return a line for every whole turn of a phase, as broad as a share of it: 0 to 1, soft."""
    return np.clip((wave(phase) - (1 - 2 * share)) * 3, 0, 1)


def _grid(size: int, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each pixel lies along and across a direction, pixels."""
    steps = np.arange(size, dtype=np.float32)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * steps[None] + sin * steps[:, None], cos * steps[:, None] - sin * steps[None]


def empty(rng: np.random.Generator, size: int, height: float) -> np.ndarray:  # noqa: ARG001
    """Print nothing."""
    return np.zeros((size, size), np.float32)


def ruled(rng: np.random.Generator, size: int, height: float) -> np.ndarray:
    """Rule lines, at times with a margin."""
    layer, width = np.zeros((size, size), np.uint8), log_uniform(rng, 0.4, 2)
    spacing, tilt = max(6.0, height * log_uniform(rng, 0.9, 2.6)), rng.normal(0, 0.02) * size
    for y in np.arange(rng.uniform(0, spacing) - spacing, size + spacing, spacing):
        stroke(layer, np.array([(0, y), (size, y + tilt)]), width)
    if rng.random() < 0.25:
        x = rng.uniform(0, size)
        stroke(layer, np.array([(x, 0), (x - tilt, size)]), width)
    layer = np.ascontiguousarray(layer.T) if rng.random() < 0.08 else layer
    return layer / np.float32(255)


def squared(rng: np.random.Generator, size: int, height: float) -> np.ndarray:
    """Rule squares."""
    layer, width = np.zeros((size, size), np.uint8), log_uniform(rng, 0.4, 1.6)
    spacing, tilt = max(5.0, height * log_uniform(rng, 0.35, 1.8)), rng.normal(0, 0.02) * size
    for at in np.arange(rng.uniform(0, spacing) - spacing, size + spacing, spacing):
        stroke(layer, np.array([(0, at), (size, at + tilt)]), width)
        stroke(layer, np.array([(at, 0), (at - tilt, size)]), width)
    return layer / np.float32(255)


def guilloche(rng: np.random.Generator, size: int, height: float) -> np.ndarray:  # noqa: ARG001
    """Print the fine waves of cheques and tickets, one family or two across each other."""
    pattern = np.zeros((size, size), np.float32)
    bend = field(rng, (size, size), (4, 4)) * np.float32(rng.uniform(0, 1.5))
    for _ in range(int(rng.integers(1, 3))):
        along, across = _grid(size, rng.uniform(0, np.pi))
        swing = wave(along / np.float32(rng.uniform(14, 90))) * np.float32(rng.uniform(0, 1.2))
        phase = across / np.float32(rng.uniform(2.6, 9)) + swing + bend
        pattern = np.maximum(pattern, lines_of(phase, rng.uniform(0.15, 0.45)))
    return pattern


def rings(rng: np.random.Generator, size: int, height: float) -> np.ndarray:  # noqa: ARG001
    """Print rings round some point, as a security print or a target has them."""
    steps = np.arange(size, dtype=np.float32)
    x, y = (rng.uniform(-0.3, 1.3, 2) * size).astype(np.float32)
    away = np.sqrt((steps[None] - x) ** 2 + (steps[:, None] - y) ** 2)
    bend = field(rng, (size, size), (6, 6)) * np.float32(rng.uniform(0, 0.8))
    return lines_of(away / np.float32(rng.uniform(3, 12)) + bend, rng.uniform(0.12, 0.4))


def shaded(rng: np.random.Generator, size: int, height: float) -> np.ndarray:
    """Print bands or fields of a tint, as forms have them behind what is to be filled in."""
    pattern = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(-0.3, 0.9, 2) * size
        width, tall = rng.uniform(0.2, 1.5) * size, height * rng.uniform(1, 4)
        rows, columns = (
            slice(max(0, int(a)), max(0, int(a + b))) for a, b in ((y, tall), (x, width))
        )
        pattern[rows, columns] = rng.uniform(0.3, 1)
    return pattern


def dotted(rng: np.random.Generator, size: int, height: float) -> np.ndarray:
    """Print a dot at each corner of a grid (validation only)."""
    steps = np.arange(size, dtype=np.float32) / np.float32(max(6.0, height * rng.uniform(0.4, 1)))
    dots = wave(steps)[None] + wave(steps)[:, None]
    return np.clip((dots - np.float32(1.75)) * 4, 0, 1)


def staves(rng: np.random.Generator, size: int, height: float) -> np.ndarray:
    """Rule staves of five lines, as for music (validation only)."""
    layer, spacing = np.zeros((size, size), np.uint8), max(4.0, height * rng.uniform(0.25, 0.5))
    for top in np.arange(rng.uniform(0, 1) * spacing, size, 8 * spacing):
        for y in top + np.arange(5) * spacing:
            stroke(layer, np.array([(0, y), (size, y)]), log_uniform(rng, 0.5, 1.5))
    return layer / np.float32(255)


def hatched(rng: np.random.Generator, size: int, height: float) -> np.ndarray:  # noqa: ARG001
    """Print straight fine lines aslant, two ways (validation only)."""
    angle = rng.uniform(0.5, 1.1)
    pattern = np.zeros((size, size), np.float32)
    for turn in (angle, -angle):
        phase = _grid(size, turn)[1] / np.float32(rng.uniform(4, 10))
        pattern = np.maximum(pattern, lines_of(phase, 0.2))
    return pattern


TRAINING = (
    (empty, 0.45), (ruled, 0.15), (squared, 0.12), (guilloche, 0.17), (rings, 0.05),
    (shaded, 0.06),
)  # fmt: skip
UNSEEN = ((dotted, 0.34), (staves, 0.33), (hatched, 0.33))


def surface(rng: np.random.Generator, size: int, level: float) -> np.ndarray:
    """Make bare paper of a grey level: even, blotchy, with fibres, creased or marbled."""
    paper = np.full((size, size), level, np.float32)
    kind = rng.random()
    if kind < 0.3:
        return paper
    if kind < 0.6:
        cells = int(rng.integers(8, 70))
        return paper + field(rng, (size, size), (cells, cells)) * np.float32(rng.uniform(0.5, 5))
    if kind < 0.8:
        return paper + field(rng, (size, size), (3, 3)) * np.float32(level * rng.uniform(0, 0.1))
    if kind < 0.9:
        return _creased(rng, paper)
    strength = rng.uniform(1, 7)
    coarse = rng.standard_normal((size // 2, size // 2), dtype=np.float32)
    return paper + enlarge(coarse, (size, size)) * np.float32(strength)


def _creased(rng: np.random.Generator, paper: np.ndarray) -> np.ndarray:
    """Fold paper: on either side of a crease it is a little lighter or darker."""
    size = paper.shape[0]
    for _ in range(int(rng.integers(1, 5))):
        _, across = _grid(size, rng.uniform(0, 3.2))
        off = across - across[size // 2, size // 2] - np.float32(rng.normal(0, 40))
        side = np.clip(off / np.float32(rng.uniform(1, 8)), -1, 1)
        fading = np.clip(1 - np.abs(off) / np.float32(rng.uniform(10, 90)), 0, 1)
        paper = paper + side * fading * np.float32(rng.uniform(2, 14))
    return paper


def wood(rng: np.random.Generator, size: int) -> np.ndarray:
    """Make a wooden board: long grain, lighter and darker."""
    grain = field(rng, (size, size), (int(rng.integers(20, 100)), int(rng.integers(2, 6))))
    rough = field(rng, (size, size), (size // 2, 6))
    level, strength = rng.uniform(60, 190), rng.uniform(4, 22)
    board = level + strength * (wave(grain * np.float32(0.7)) + np.float32(0.4) * rough)
    return np.ascontiguousarray(board.T) if rng.random() < 0.5 else board


def cloth(rng: np.random.Generator, size: int) -> np.ndarray:
    """Weave cloth, fine or coarse, plain or checked."""
    along, across = _grid(size, rng.uniform(0, 3.2))
    pitch = rng.uniform(2.2, 7)
    weave = wave(along / np.float32(pitch)) + wave(
        across / np.float32(pitch * rng.uniform(0.8, 1.2))
    )
    checks = (
        wave(along / np.float32(40))
        * wave(across / np.float32(40))
        * np.float32(rng.uniform(0, 30))
    )
    return np.float32(rng.uniform(50, 200)) + weave * np.float32(rng.uniform(2, 14)) + checks


def flat(rng: np.random.Generator, size: int) -> np.ndarray:
    """Make a smooth table, dark or light."""
    shade = field(rng, (size, size), (2, 2)) * np.float32(rng.uniform(0, 15))
    return np.float32(rng.uniform(15, 230)) + shade


TABLES = ((wood, 0.4), (cloth, 0.3), (flat, 0.3))


def draw_table(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw what a page lies on."""
    return pick(rng, TABLES)(rng, size)
