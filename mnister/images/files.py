"""From a file to an upright RGB picture, whatever its kind, depth and size.

Every file that cannot be read is a `UserError` that says why. The pixel count is checked from the
header, before anything is decoded.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from mnister.errors import UserError
from mnister.images.decode import KINDS, decode, shrink, to_rgb
from mnister.images.headers import read_header
from mnister.images.opened import open_header

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"),
    *(".heic", ".heif", ".hif", ".avif", ".jp2", ".jpx", ".j2k", ".pbm", ".pgm", ".ppm", ".pnm"),
)
LEAST_SIDE = 8  # pixels: nothing can be read in less
MOST_OBLONG = 200  # times as long as wide: a strip that holds no line of digits
MOST_PIXELS = 150_000_000
MOST_BYTES = 2_000_000_000  # of a file: more than MOST_PIXELS of 16-bit RGBA take
WORKING_PIXELS = 3_200_000  # a 12-megapixel photo is read at half its size


@dataclass(frozen=True)
class Picture:
    """An upright picture, perhaps scaled down for work.

    Attributes:
        pixels: uint8 (height, width, 3), RGB.
        width: Pixels of the upright original.
        height: Pixels of the upright original.
        pages: Pages of its file; this is the first.
        is_cut: Whether further pages of its file are lost, as it is damaged.
    """

    pixels: np.ndarray
    width: int
    height: int
    pages: int = 1
    is_cut: bool = False

    @property
    def scale(self) -> float:
        """Original pixels for each pixel of `pixels`."""
        return self.width / self.pixels.shape[1]


@runtime_checkable
class LoadsItself(Protocol):
    """A picture that is no file of its own, such as a page of a document."""

    def load(self, most_pixels: int) -> Picture:
        """Load it as `load_picture` does a file."""


def turned(picture: Picture, rotation: int) -> Picture:
    """Turn a picture counter-clockwise by quarter turns.

    Args:
        picture: To be turned.
        rotation: 0, 90, 180 or 270 degrees.
    """
    if rotation == 0:
        return picture
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, rotation // 90))
    width, height = (picture.width, picture.height)[:: -1 if rotation in (90, 270) else 1]
    return replace(picture, pixels=pixels, width=width, height=height)


def load_picture(path: str | Path | LoadsItself, *, most_pixels: int = MOST_PIXELS) -> Picture:
    """Read one picture file.

    Args:
        path: The file: 8 or 16 bit, grey, colour, palette, transparent (`to_rgb` says on what);
            or what loads itself.
        most_pixels: Refuse larger pictures, before decoding.

    Returns:
        The picture, turned as its Exif orientation says; of several pages the first.

    Raises:
        UserError: When the file is missing, empty, damaged, no picture, too large or too small.
    """
    if isinstance(path, LoadsItself):
        return path.load(most_pixels)
    path = Path(path)
    return picture_from_bytes(_bytes_of(path), str(path), most_pixels=most_pixels)


def picture_from_bytes(
    data: bytes, name: str = "The picture", *, most_pixels: int = MOST_PIXELS
) -> Picture:
    """Read a picture from what its file holds.

    Args:
        data: The whole file.
        name: What an error calls it.
        most_pixels: Refuse larger pictures, before decoding.

    Returns:
        The picture, as `load_picture` does.

    Raises:
        UserError: When it is damaged, no picture, too large or too small.
    """
    header = read_header(data) or open_header(data)
    if header is None:
        raise UserError(
            f"{name} is not a picture that can be read",
            expected=f"{KINDS}, undamaged",
            received=f"{len(data):,} bytes beginning {data[:8]!r}",
            instead="remove it, or open it in any picture viewer and save it as PNG",
        )
    if header.is_reduced:
        raise UserError(
            f"{name} begins with a thumbnail or a mask of its picture",
            expected="the picture first",
            received=f"{header.width} × {header.height} pixels, said to be no page",
            instead="open it in any picture viewer and save it as PNG",
        )
    check_size(header.width, header.height, most_pixels, name)
    step = reduction(header.width * header.height)
    pixels = decode(data, header, step, name)
    return Picture(pixels, *header.upright_size, header.pages, header.is_cut)


def picture_from_array(array: np.ndarray | Picture, *, most_pixels: int = MOST_PIXELS) -> Picture:
    """Take an array as a picture.

    Args:
        array: (height, width), (height, width, 1), RGB (…, 3) or RGBA (…, 4); uint8, uint16, or
            floats from 0 to 1. A picture is returned as it is.
        most_pixels: Refuse larger pictures.

    Returns:
        The picture, scaled down as a file of this size would be.

    Raises:
        UserError: When the shape, the type or the size does not fit.
    """
    if isinstance(array, Picture):
        return array
    array = np.asarray(array)
    if array.dtype.kind == "f":
        array = (np.clip(np.nan_to_num(array), 0, 1) * 255).astype(np.uint8)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise UserError(
            "This array is not a picture",
            expected="shape (height, width) or (height, width, 1, 3 or 4)",
            received=f"shape {array.shape}",
        )
    height, width = array.shape[:2]
    check_size(width, height, most_pixels, "The picture")
    return Picture(shrink(to_rgb(array), reduction(height * width)), width, height)


def check_size(width: int, height: int, most_pixels: int, name: str) -> None:
    """Refuse pictures too small or too narrow to hold a digit, or too large for memory.

    Raises:
        UserError: Naming both the limit and what was found.
    """
    if min(width, height) < LEAST_SIDE:
        raise UserError(
            f"{name} is too small to read",
            expected=f"at least {LEAST_SIDE} × {LEAST_SIDE} pixels",
            received=f"{width} × {height}",
        )
    if max(width, height) > MOST_OBLONG * min(width, height):
        raise UserError(
            f"{name} is too narrow to read",
            expected=f"sides of which one is at most {MOST_OBLONG} times the other",
            received=f"{width} × {height}",
        )
    if width * height > most_pixels:
        raise UserError(
            f"{name} is too large to read",
            expected=f"at most {most_pixels:,} pixels",
            received=f"{width} × {height} = {width * height:,} pixels",
            instead="scale it down first",
        )


def reduction(pixels: int) -> int:
    """Return by which factor, 1, 2, 4 or 8, a picture of so many pixels is scaled down."""
    return next((step for step in (1, 2, 4) if pixels <= WORKING_PIXELS * step**2), 8)


def _bytes_of(path: Path) -> bytes:
    if path.is_char_device() or path.is_block_device():  # one such as /dev/zero has no end
        raise UserError(f"{path} is a device", expected="a picture file")
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UserError(
                f"{path} is too large to read",
                expected=f"at most {MOST_BYTES:,} bytes",
                received=f"{size:,} bytes",
                instead="scale it down first",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"There is no file {path}", expected="a picture file") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read", received=error.strerror) from None
    if not data:
        raise UserError(f"{path} is empty", expected=f"a {KINDS} file", received="0 bytes")
    return data
