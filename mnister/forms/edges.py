"""Quadrangles by their sides: four straight edges, each lighter inside, as paper's are.

Edges vote for lines, each about where its own gradient points (D. Ballard 1981). A shadow over a
corner, or light that is uneven, parts the paper into regions but leaves its sides straight.
"""

from itertools import combinations

import cv2
import numpy as np

_EDGE = 88  # percent of the pixels have a weaker gradient than an edge
_TURNS = 120  # directions that are told apart, 3 degrees each
_ASTRAY = 2  # of them: so far a gradient may point from where its line faces
_LINES = 16  # the strongest, of which four make up a quadrangle
_APART = (6, 5)  # directions and pixels, by which two lines differ at least
_CORNERS = (55, 125)  # degrees between neighbouring sides: seen by a camera that is tilted
_BEYOND = 0.05  # of the long side: as far beyond the picture a corner may be
_WEAK = 0.4  # times an edge's gradient: so much a side has, blurred, where it is one
_SAMPLES = np.linspace(0.03, 0.97, 60)[:, None]  # of a side


def find_quadrangles(light: np.ndarray, least: float, most: int) -> list[np.ndarray]:
    """Find quadrangles whose sides are edges.

    Args:
        light: uint8 (height, width), of some 300 pixels, without the finest print.
        least: Of the picture's area.
        most: So many, those with the clearest sides first.

    Returns:
        float32 (4, 2), x and y, clockwise.
    """
    logarithm = np.log1p(cv2.GaussianBlur(light.astype(np.float32), (0, 0), 1))
    slopes = [cv2.Sobel(logarithm, -1, *order, scale=1 / 8) for order in ((1, 0), (0, 1))]
    steepness = cv2.magnitude(*slopes)
    edge = float(np.percentile(steepness, _EDGE))
    lines = _lines(*slopes, steepness > edge)
    blurred = [cv2.blur(slope, (5, 5)) for slope in slopes]
    rated = []
    for four in combinations(lines, 4):
        corners = _corners(np.array(sorted(four)), light.shape)
        if corners is not None and cv2.contourArea(corners, oriented=True) > least * light.size:
            rated.append((_clearness(corners, *blurred, _WEAK * edge), corners))
    rated.sort(key=lambda pair: -pair[0])
    return [corners for _, corners in rated[:most]]


def _lines(across: np.ndarray, down: np.ndarray, is_edge: np.ndarray) -> list[tuple[float, float]]:
    """Return the lines that most edges lie on: where each faces, radians, and its distance."""
    y, x = np.nonzero(is_edge)
    angles = np.arange(_TURNS) * 2 * np.pi / _TURNS
    facing = np.round(np.arctan2(down[y, x], across[y, x]) * _TURNS / (2 * np.pi)).astype(int)
    reach = sum(is_edge.shape)
    votes = np.zeros((_TURNS, 2 * reach), np.float32)
    for astray in range(-_ASTRAY, _ASTRAY + 1):
        turn = (facing + astray) % _TURNS
        distance = np.round(x * np.cos(angles[turn]) + y * np.sin(angles[turn])).astype(int)
        np.add.at(votes, (turn, distance + reach), 1)
    votes = cv2.GaussianBlur(votes, (0, 0), 1.2)
    found, (turns, pixels) = [], _APART
    for _ in range(_LINES):
        turn, distance = np.unravel_index(int(votes.argmax()), votes.shape)
        found.append((float(angles[turn]), float(distance - reach)))
        near = np.arange(turn - turns, turn + turns + 1) % _TURNS
        votes[near, max(0, distance - pixels) : distance + pixels + 1] = 0
    return found


def _corners(sides: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return where four lines meet, float32 (4, 2); None where no sheet has such sides.

    Args:
        sides: (4, 2), where each faces and its distance, by the first.
        shape: Of the picture.
    """
    turns = np.degrees(np.diff(sides[:, 0], append=sides[0, 0] + 2 * np.pi))
    if turns.min() < _CORNERS[0] or turns.max() > _CORNERS[1]:
        return None
    normals = np.stack([np.cos(sides[:, 0]), np.sin(sides[:, 0])], axis=1)
    meeting = np.stack([normals, np.roll(normals, -1, axis=0)], axis=1)
    distances = np.stack([sides[:, 1], np.roll(sides[:, 1], -1)], axis=1)
    corners = np.linalg.solve(meeting, distances[..., None])[..., 0].astype(np.float32)
    beyond = _BEYOND * max(shape)
    is_seen = (corners > -beyond).all() and (corners < np.array(shape[1::-1]) + beyond).all()
    return corners if is_seen and cv2.isContourConvex(corners) else None


def _clearness(corners: np.ndarray, across: np.ndarray, down: np.ndarray, least: float) -> float:
    """Return how much of each side is an edge, lighter inside: the shares, multiplied."""
    clearness, end = 1.0, np.array(across.shape[::-1]) - 1
    for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        x, y = np.clip(np.round(one + (other - one) * _SAMPLES), 0, end).astype(int).T
        along = (other - one) / np.linalg.norm(other - one)
        inwards = across[y, x] * -along[1] + down[y, x] * along[0]
        clearness *= float((inwards > least).mean())
    return clearness
