"""How digits are written that MNIST has few of, as points that the pen passes.

A form is a list of strokes, a stroke its points as "x y; x y; …" from the top left corner of a box
that is as high as the digit. Strokes are smooth; where the form's name ends in a bar, they have
corners.
"""

from itertools import pairwise

import numpy as np

from mnister.hands.drawing import curve

_UNIT = 40  # points of a form are given in fortieths of its height, as those of thinned digits

# Of each digit: names and strokes.
_FORMS: dict[int, dict[str, list[str]]] = {
    0: {
        "closed with a loop": [
            "0.42 0.06; 0.12 0.16; 0.02 0.5; 0.16 0.92; 0.42 0.98; 0.64 0.7; "
            "0.64 0.3; 0.44 0.06; 0.22 0.12; 0.36 0.22; 0.7 0.08",
        ],
        "round": [
            "0.5 0.02; 0.14 0.16; 0 0.52; 0.16 0.88; 0.5 0.99; "
            "0.84 0.84; 0.97 0.5; 0.82 0.14; 0.48 0.02",
        ],
    },
    1: {
        "european|": [
            "0 0.38; 0.42 0; 0.4 1",
        ],
        "long up-stroke|": [
            "0 0.72; 0.5 0; 0.46 1",
        ],
        "with a foot|": [
            "0.06 0.26; 0.36 0; 0.35 1",
            "0.06 1; 0.66 0.98",
        ],
        "stick|": [
            "0.06 0; 0.04 0.5; 0 1",
        ],
        "with a tick": [
            "0 0.2; 0.14 0.12; 0.2 0; 0.19 0.5; 0.16 1",
        ],
    },
    2: {
        "with a loop": [
            "0.08 0.22; 0.3 0; 0.66 0.1; 0.62 0.42; 0.2 0.86; 0.04 0.94; "
            "0.12 0.8; 0.34 0.88; 0.6 1; 0.86 0.9",
        ],
        "flat": [
            "0.04 0.2; 0.36 0; 0.7 0.22; 0.46 0.6; 0.02 0.98; 0.3 0.97; 0.78 0.96",
        ],
    },
    3: {
        "flat top": [
            "0.06 0.02; 0.36 0.03; 0.68 0.02; 0.5 0.2; 0.34 0.38; "
            "0.64 0.5; 0.68 0.8; 0.36 1; 0 0.9",
        ],
        "long-tailed": [
            "0.1 0.08; 0.4 0; 0.56 0.18; 0.26 0.36; 0.56 0.48; 0.52 0.76; 0.2 0.98; -0.22 0.96",
        ],
    },
    4: {
        "open|": [
            "0.18 0; 0.02 0.58; 0.76 0.55",
            "0.6 0.2; 0.52 1",
        ],
        "open, long stem|": [
            "0.14 0.1; 0 0.52; 0.62 0.5",
            "0.6 0; 0.44 1",
        ],
        "like y": [
            "0.06 0; 0.04 0.3; 0.26 0.5; 0.56 0.38; 0.68 0.06; 0.62 0.5; 0.56 1",
        ],
        "closed|": [
            "0.52 1; 0.55 0; 0 0.66; 0.82 0.64",
        ],
        "in one stroke, like an alpha": [
            "0.5 0; 0.26 0.32; 0.02 0.62; 0.2 0.68; 0.56 0.56; "
            "0.78 0.3; 0.66 0.22; 0.56 0.5; 0.5 1",
        ],
    },
    5: {
        "long-tailed": [
            "0.2 0.02; 0.16 0.22; 0.12 0.42; 0.46 0.42; 0.6 0.66; 0.36 0.92; -0.2 1",
            "0.2 0.02; 0.5 0.03; 0.84 0",
        ],
        "in one stroke": [
            "0.8 0.02; 0.46 0.02; 0.22 0.1; 0.16 0.42; 0.5 0.44; 0.66 0.7; 0.4 0.98; 0 0.9",
        ],
        "bar apart": [
            "0.16 0.1; 0.14 0.3; 0.12 0.46; 0.5 0.48; 0.62 0.74; 0.36 1; 0 0.92",
            "0.24 0.02; 0.5 0; 0.86 -0.04",
        ],
    },
    6: {
        "high": [
            "0.56 0; 0.2 0.34; 0.06 0.74; 0.24 1; 0.52 0.88; 0.5 0.64; 0.26 0.6; 0.08 0.76",
        ],
        "curled": [
            "0.66 0.06; 0.36 0.04; 0.06 0.42; 0.12 0.88; 0.44 1; 0.66 0.76; 0.44 0.52; 0.1 0.68",
        ],
    },
    7: {
        "crossed|": [
            "0 0.06; 0.7 0; 0.3 1",
            "0.14 0.54; 0.74 0.48",
        ],
        "hooked|": [
            "0.02 0.2; 0.06 0.02; 0.66 0.02; 0.26 1",
        ],
        "hooked and crossed|": [
            "0 0.22; 0.04 0.04; 0.66 0.02; 0.34 1",
            "0.16 0.5; 0.68 0.5",
        ],
        "swung": [
            "0 0.14; 0.18 0.04; 0.44 0.12; 0.74 0; 0.44 0.5; 0.3 1",
        ],
    },
    8: {
        "two rings": [
            "0.34 0; 0.1 0.16; 0.16 0.4; 0.4 0.46; 0.58 0.26; 0.36 0",
            "0.36 0.46; 0.04 0.64; 0.12 0.94; 0.42 1; 0.66 0.78; 0.38 0.46",
        ],
        "open": [
            "0.64 0.12; 0.36 0; 0.1 0.18; 0.36 0.46; 0.62 0.74; "
            "0.36 1; 0.06 0.8; 0.34 0.48; 0.68 0.06",
        ],
    },
    9: {
        "hooked": [
            "0.64 0.14; 0.32 0; 0.04 0.24; 0.28 0.5; 0.6 0.26; "
            "0.64 0.1; 0.62 0.6; 0.42 0.98; 0.06 0.9",
        ],
        "straight": [
            "0.58 0.16; 0.3 0; 0.04 0.24; 0.28 0.46; 0.58 0.2; 0.58 0.5; 0.54 1",
        ],
        "curled": [
            "0.6 0.08; 0.26 0.02; 0.06 0.26; 0.32 0.44; 0.64 0.16; "
            "0.58 0.62; 0.3 1; -0.08 0.94; 0.08 0.8",
        ],
    },
}
FORM_COUNTS = tuple(len(_FORMS[digit]) for digit in range(10))
_SHAKE = 0.028  # deviation of a form's points, of its height


def write_form(rng: np.random.Generator, digit: int, form: int) -> tuple[np.ndarray, np.ndarray]:
    """Write a form of a digit, its points a little off their places.

    Args:
        rng: Where all randomness comes from.
        digit: 0 to 9.
        form: Which of its `FORM_COUNTS[digit]` forms.

    Returns:
        Points and pieces as `thinning.smooth_pieces` gives them, in fortieths of the height.
    """
    name, strokes = list(_FORMS[digit].items())[form]
    stretch = np.array([np.exp(rng.normal(0, 0.12)), 1.0])
    lines = []
    for stroke in strokes:
        given = np.array([point.split() for point in stroke.split("; ")], float)
        knots = given * stretch + rng.normal(0, _SHAKE, given.shape)
        lines.append(_straight(knots, rng) if name.endswith("|") else curve(knots))
    counts = [len(line) for line in lines]
    firsts = np.cumsum([0, *counts[:-1]])
    pieces = [np.arange(n - 1)[:, None] + [0, 1] + k for n, k in zip(counts, firsts, strict=True)]
    points = np.concatenate(lines) * np.float32(_UNIT)
    return points.astype(np.float32), np.concatenate(pieces).astype(np.int32)


def _straight(knots: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Join points by lines that are a little bent, with corners between."""
    parts = []
    for start, end in pairwise(knots):
        middle = (start + end) / 2 + rng.normal(0, _SHAKE / 2, 2)
        parts.append(curve(np.array([start, middle, end]), 3)[:-1])
    return np.concatenate([*parts, knots[-1:]]).astype(np.float32)
