"""From ink to candidates: every way in which neighbouring pieces could be digits.

Too many rather than too few: pieces by themselves, pieces that could belong together, parts of
pieces wide enough to be several digits that touch. The network says which of them are digits
(see `choose`).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mnister.images.components import Piece, bounds, connected_pieces, join
from mnister.images.cut import cut
from mnister.images.ink import Ink

_MOST_TOGETHER = 5  # pieces in one digit: atoms, or connected pieces with all their atoms
MOST_PIECES = 6000  # of a page that are looked at, connected or cut
_MOST_CANDIDATES, _MOST_OF_ATOM = 3000, 3  # of a page, or for each atom
_MOST_NEIGHBOURS = 6
_TALL, _APART = 0.75, 0.2  # heights: pieces as tall as this and as far apart are two digits
_SPECK = 0.12  # of a digit's height: smaller pieces are dust
_NEAR = 0.45  # gap between pieces of one digit, in heights


@dataclass(frozen=True)
class Limits:
    """What may be a digit; widths in heights of a digit.

    Attributes:
        uncut: Width below which a connected piece is one digit at most.
        widest: Width of a digit.
        bridges_gap: Pieces as tall as a digit that stand apart may be one.
    """

    uncut: float
    widest: float
    bridges_gap: bool


JUDGED = Limits(uncut=0.75, widest=1.45, bridges_gap=True)  # by a network that can say "no digit"
UNJUDGED = Limits(uncut=1.25, widest=1.3, bridges_gap=False)


@dataclass(frozen=True, eq=False)
class Candidate:
    """Pieces that could be one digit.

    It is joined to one piece whenever that is asked for: a page has thousands of candidates, whose
    masks together would take hundreds of megabytes.

    Attributes:
        members: Numbers of the atoms (smallest pieces) it is made of, ascending.
        atoms: They themselves.
        is_part: It leaves out some ink that is connected with it: a connected piece was cut.
        extent: Longer edge of the largest connected piece that it has a part of, pixels.
    """

    members: tuple[int, ...]
    atoms: tuple[Piece, ...]
    is_part: bool
    extent: int

    @property
    def piece(self) -> Piece:
        """Its atoms as one piece."""
        return join(self.atoms)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return x, y, width, height."""
        left, top, right, bottom = bounds(self.atoms)
        return left, top, right - left, bottom - top

    @property
    def area(self) -> int:
        """Pixels of ink; no two atoms share one."""
        return sum(atom.area for atom in self.atoms)


def find_pieces(ink: Ink) -> list[Piece]:
    """Return the connected pieces of ink from left to right, specks left out.

    Args:
        ink: Of one picture.
    """
    least = max(4, int(0.6 * ink.stroke**2))
    pieces = connected_pieces(ink.mask, least, MOST_PIECES)
    return [piece for piece in pieces if max(piece.box[2:]) > _SPECK * ink.height]


def find_atoms(pieces: list[Piece], ink: Ink, limits: Limits, most: int) -> list[Piece]:
    """Cut the ink into its smallest pieces.

    Args:
        pieces: Connected ones, of one picture.
        ink: The ink they are of.
        limits: Which pieces are wide enough to be cut.
        most: Keep only so many, the largest, so that a texture ends in reasonable time.

    Returns:
        Pieces from left to right, wide ones cut where digits may touch.
    """
    largest = sorted(pieces, key=lambda piece: -piece.area)[:most]
    atoms = [
        atom for piece in largest for atom in cut(piece, ink.height, ink.stroke, limits.uncut)
    ]
    largest = sorted(atoms, key=lambda atom: -max(atom.width, atom.height))[:most]
    return sorted(largest, key=lambda atom: (atom.x, atom.y))


def find_candidates(atoms: list[Piece], height: float, limits: Limits) -> list[Candidate]:
    """List every group of neighbouring atoms that could be one digit.

    Args:
        atoms: From left to right.
        height: Typical height of a digit, pixels.
        limits: What pieces together may be one digit.

    Returns:
        Each atom by itself, each connected piece whole and groups of up to five of these, all no
        larger than a digit.
    """
    most = max(_MOST_CANDIDATES, _MOST_OF_ATOM * len(atoms))
    wholes = _wholes(atoms)
    units = [{(i,), wholes[atom.whole]} for i, atom in enumerate(atoms)]
    near = neighbours(atoms, height)
    groups = {(i,) for i in range(len(atoms))}

    def is_new(group: tuple[int, ...]) -> bool:
        pieces = [atoms[i] for i in group]
        return (
            group not in groups
            and _is_unbroken(group, atoms, wholes)
            and fits_one_digit(pieces, height, limits.widest)
            and (limits.bridges_gap or not stand_apart(pieces, height))
        )

    groups |= set(filter(is_new, wholes.values()))
    newest = groups
    for _ in range(_MOST_TOGETHER - 1):
        wider = {
            tuple(sorted({*group, *unit}))
            for group in newest
            for other in set().union(*(near[i] for i in group)) - set(group)
            for unit in units[other]
        }
        newest = set(filter(is_new, wider))
        if len(groups) + len(newest) > most:
            break
        groups |= newest
    extents = {whole: _longer_edge(atoms, members) for whole, members in wholes.items()}
    return [_candidate(group, atoms, wholes, extents) for group in sorted(groups)]


def _wholes(atoms: list[Piece]) -> dict[int, tuple[int, ...]]:
    """Return the numbers of each connected piece's atoms, by the number of the piece."""
    wholes = defaultdict(list)
    for i, atom in enumerate(atoms):
        wholes[atom.whole].append(i)
    return {whole: tuple(members) for whole, members in wholes.items()}


def _is_unbroken(
    group: tuple[int, ...], atoms: list[Piece], wholes: dict[int, tuple[int, ...]]
) -> bool:
    """Tell whether a group leaves no gap in a connected piece: parts of it stand side by side."""
    for whole, taken in Counter(atoms[i].whole for i in group).items():
        if taken > 1:
            places = [place for place, i in enumerate(wholes[whole]) if i in group]
            if places[-1] - places[0] >= taken:
                return False
    return True


def _longer_edge(atoms: list[Piece], members: tuple[int, ...]) -> int:
    left, top, right, bottom = bounds([atoms[i] for i in members])
    return max(right - left, bottom - top)


def _candidate(
    group: tuple[int, ...],
    atoms: list[Piece],
    wholes: dict[int, tuple[int, ...]],
    extents: dict[int, int],
) -> Candidate:
    touched = {atoms[i].whole for i in group}
    return Candidate(
        group,
        tuple(atoms[i] for i in group),
        is_part=sum(len(wholes[whole]) for whole in touched) > len(group),
        extent=max(extents[whole] for whole in touched),
    )


def neighbours(atoms: list[Piece], height: float) -> list[set[int]]:
    """Find for each atom those near enough to belong to the same digit.

    Args:
        atoms: From left to right.
        height: Typical height of a digit, pixels.

    Returns:
        For each atom the numbers of its neighbours; a speck beside it is none, unless it was cut
        off the same piece.
    """
    boxes = np.array([atom.box for atom in atoms], float).reshape(-1, 4)
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    size = boxes[:, 2:].max(axis=1, initial=0)
    whole = np.array([atom.whole for atom in atoms], int)
    near: list[set[int]] = [set() for _ in atoms]
    for i in range(len(atoms)):
        reach = _NEAR * max(height * 0.6, boxes[i, 3])
        after = np.arange(i + 1, len(atoms))
        across = np.maximum(left[after] - right[i], 0)
        down = np.maximum(np.maximum(top[after] - bottom[i], top[i] - bottom[after]), 0)
        smaller, larger = np.minimum(size[after], size[i]), np.maximum(size[after], size[i])
        is_speck = (smaller < _SPECK * larger) & (whole[after] != whole[i])
        close = after[(across <= reach) & (down <= reach) & ~is_speck]
        distance = (across + down)[close - i - 1]
        for j in close[np.argsort(distance, kind="stable")[:_MOST_NEIGHBOURS]]:
            near[i].add(int(j))
            near[int(j)].add(i)
    return near


def fits_one_digit(pieces: list[Piece], height: float, widest: float) -> bool:
    """Tell whether several pieces together are no larger than a digit.

    Args:
        pieces: At least one.
        height: Typical height of a digit, pixels.
        widest: How many times its height a digit's width may be.
    """
    left, top, right, bottom = bounds(pieces)
    tallest = max(max(piece.height for piece in pieces), 0.8 * height)
    own_height = max(bottom - top, 0.8 * height)
    return bottom - top <= 1.45 * tallest and right - left <= widest * own_height


def stand_apart(pieces: list[Piece], height: float) -> bool:
    """Tell whether two of several pieces are as tall as digits and stand side by side.

    Args:
        pieces: At least one.
        height: Typical height of a digit, pixels.
    """
    tall = sorted((piece for piece in pieces if piece.height >= _TALL * height), key=lambda p: p.x)
    gaps = (right.x - left.x - left.width for left, right in pairwise(tall))
    return max(gaps, default=0) > _APART * height
