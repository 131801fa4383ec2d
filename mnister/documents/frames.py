"""The pages of a TIFF and of a GIF. Of a file no more is in memory than the page that is read."""

import contextlib
import mmap
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from mnister.errors import UserError
from mnister.images.decode import decode_frame
from mnister.images.files import Picture, check_size, reduction
from mnister.images.headers import Header, read_header, tiff_frames


def count_pages(path: Path) -> int:
    """Count the pages of a TIFF, thumbnails and masks left out, or of a GIF.

    Raises:
        UserError: The file is damaged.
    """
    return len(_frames(path))


def load_page(path: Path, number: int, most_pixels: int, name: str) -> Picture:
    """Load a page.

    Args:
        path: A TIFF or a GIF.
        number: From 1.
        most_pixels: Refuse larger pictures, before decoding.
        name: What an error calls it.

    Raises:
        UserError: It is damaged, of a kind that cannot be decoded, too large or too small.
    """
    frames = _frames(path)
    if number > len(frames):
        raise UserError(f"There is no page {name}", expected=f"1 to {len(frames)}")
    frame, header = frames[number - 1]
    check_size(header.width, header.height, most_pixels, name)
    step = reduction(header.width * header.height)
    with path.open("rb") as file:
        pixels = decode_frame(file, frame, header, step, name)
    return Picture(pixels, *header.upright_size, is_cut=header.is_cut)


def _frames(path: Path) -> list[tuple[int, Header]]:
    """Return where each page stands among the file's pictures, and what is said of it."""
    with _explained(path), path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[:4] != b"GIF8":
                return tiff_frames(data)
            header = read_header(data[:16])
        with Image.open(file, formats=["GIF"]) as image:
            return [(frame, header) for frame in range(image.n_frames)]


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say of any damage which file it is in."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # the libraries raise whatever a damaged file leads them to
        raise UserError(f"{path} is damaged", expected="an undamaged TIFF or GIF") from error
