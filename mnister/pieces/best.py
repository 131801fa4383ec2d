"""The best of several looks at a picture, and ways up, is chosen: the network is the judge."""

from mnister.images.components import connected_pieces
from mnister.images.files import Picture, turned
from mnister.pieces.finder import WHOLE, Finder, Found
from mnister.pieces.looks import other_looks, usual_look
from mnister.pieces.rotation import guess_rotation

_WELL_READ = 0.8  # of a page's ink, or so probable: with less, it is looked at again
_FAIRLY_READ, _SEVERAL = 0.5, 3  # with so much, and so many digits, a turn may be right
_CONVINCING = 0.65  # with so much, another look may be right
_CLEARLY = 0.15  # by how much more another look or way up must read


def find_best(picture: Picture, finder: Finder, rotation: str | int) -> tuple[Picture, Found, int]:
    """Find the digits of a picture, turned as asked or as the evidence says.

    Args:
        picture: As loaded.
        finder: Finds the digits of each look.
        rotation: Degrees counter-clockwise to turn the picture, or "auto".

    Returns:
        The picture as it was turned, what was found on it, and by how much it was turned.
    """
    asked = 0 if rotation == "auto" else int(rotation)
    picture = turned(picture, asked)
    found = _best_look(picture, finder, finder.find(usual_look(picture)))
    may_turn = rotation == "auto" and finder.is_page and found.success < _WELL_READ
    guessed = _guess_rotation(found, finder) if may_turn else 0
    if guessed != 0:
        other = turned(picture, guessed)
        found_other = finder.find(usual_look(other))
        if found_other.success > found.success:
            found_other = _best_look(other, finder, found_other)
        enough = max(_FAIRLY_READ, found.success + _CLEARLY)
        if found_other.count >= _SEVERAL and found_other.success >= enough:
            return other, found_other, guessed
    return picture, found, asked


def _best_look(picture: Picture, finder: Finder, found: Found) -> Found:
    """Where a picture is not well read, see whether it is as an unusual one.

    Of looks that read clearly better, the one that reads best is right.
    """
    if finder.none is None or finder.threshold != "auto" or found.success >= _WELL_READ:
        return found
    enough = max(_CONVINCING, found.success + _CLEARLY)
    convincing, seen = [], [found.ink.mask]
    for look in other_looks(picture):
        other = finder.find(look, seen)
        if other is None:
            continue
        seen.append(other.ink.mask)
        if other.success >= enough:
            convincing.append(other)
            if other.success >= WHOLE and other.count >= found.count:
                break
    return max(convincing, key=lambda other: other.success, default=found)


def _guess_rotation(found: Found, finder: Finder) -> int:
    """Guess how to turn a picture so that what was found on it stands upright; degrees."""
    pieces = connected_pieces(found.ink.mask, int(found.ink.stroke**2) + 1)
    return guess_rotation(pieces, found.ink.height, finder.predict, finder.none)
