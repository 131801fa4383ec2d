"""What a page says beside its digits: why there are none, what was left out."""

from collections.abc import Sequence

from mnister.errors import UserError
from mnister.images.files import Picture
from mnister.images.ink import Ink

_EVENLY, _MUCH_THE_SAME = 3, 12  # grey levels: a picture without ink; a T like the one used


def no_digit(picture: Picture, reasons: Sequence[str]) -> UserError:
    """Say that a page network found no digit.

    Args:
        picture: Where none was found.
        reasons: Why what it did find is not read.
    """
    seen = " or ".join(sorted(set(reasons)))
    what = f"{len(reasons)} places, {seen}" if reasons else "nothing that looks like one"
    return UserError(
        "No digit found",
        expected="handwritten digits that stand out from the paper",
        received=f"{picture.width} × {picture.height} pixels; {what}",
        instead="a sharper picture, or one taken from nearer by",
    )


def no_digit_in_ink(picture: Picture, ink: Ink, *, has_ink: bool) -> UserError:
    """Say that no digit was found, with which T, and what would show or find more.

    Args:
        picture: Where none was found.
        ink: What was taken for ink.
        has_ink: Whether any of it was looked at.
    """
    used = max(0.0, ink.threshold)
    darkest, paper = float(ink.even.min()), ink.paper_level
    halfway = round((paper + darkest) / 2)
    halfway = 255 - halfway if ink.is_light_on_dark else halfway
    if paper - darkest < _EVENLY:
        instead = "another picture: on this one nothing stands out"
    elif abs(halfway - used) < _MUCH_THE_SAME:
        instead = "debug_images=true shows what is taken for ink; preprocessing.threshold=… sets T"
    else:
        instead = f"preprocessing.threshold={halfway}, or a picture with darker, larger writing"
    size = f"{picture.width} × {picture.height} pixels"
    what = "ink, but none that reads as a digit" if has_ink else "no ink"
    return UserError(
        "No digit found",
        expected="digits whose ink stands out from the paper",
        received=f"{size}; with T = {used:.0f} {what}",
        instead=instead,
    )


def only_the_largest(pieces: int) -> UserError:
    """Say that a picture has more on it than was looked at.

    Args:
        pieces: How many were.
    """
    return UserError(
        f"Only the largest {pieces:,} pieces of ink were looked at",
        instead="a picture of a part of the page",
    )


def other_pages(pages: int) -> UserError:
    """Say that a file has more pages than the one that was read.

    Args:
        pages: All that it has.
    """
    return UserError(
        f"Only the first of {pages} pages was read", instead="save each page as a file of its own"
    )


def lost_pages() -> UserError:
    """Say that a file has, or had, pages that cannot be found."""
    return UserError(
        "Pages of this file may be lost",
        expected="a TIFF whose pages each tell where the next one is",
        received="one whose chain of pages breaks off",
        instead="the file once more, from where it comes",
    )
