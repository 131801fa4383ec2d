"""What a page says beside its digits: why there are none, what was left out."""

from collections.abc import Sequence

from mnister.errors import UserError
from mnister.images.files import Picture


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


def no_digit_in_ink(picture: Picture, threshold: float, reasons: Sequence[str]) -> UserError:
    """Say that no digit was found, and with which T.

    Args:
        picture: Where none was found.
        threshold: T that ink was told from paper with.
        reasons: Why what is ink is not read.
    """
    seen = ", ".join(sorted(set(reasons)))
    what = f"{len(reasons)} pieces of ink, {seen}" if reasons else "no ink"
    return UserError(
        "No digit found",
        expected="digits whose ink stands out from the paper",
        received=f"{picture.width} × {picture.height} pixels; with T = {threshold:.0f} {what}",
        instead="debug_images=true shows what is taken for ink; preprocessing.threshold=… sets T",
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
