"""HEIC, AVIF and JPEG 2000: kinds whose size and turn their library tells, before it decodes.

pi-heif opens HEIC (libheif, without any encoder), Pillow the other two.
"""

import io
from typing import Any

from PIL import AvifImagePlugin, Image, Jpeg2KImagePlugin

from mnister.images.headers import Header

KINDS = ("heic", "avif", "jpeg2000")
_JPEG_2000 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")  # in a file of its own; bare
_BRANDS = {  # of a file in boxes (ISO 14496-12): what it says it can be read as
    "avif": {b"avif", b"avis"},
    "heic": {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"},
}
_MOST_BRANDS = 64
_ORIENTATION = 0x0112


def open_header(data: bytes) -> Header | None:
    """Read kind, size and orientation; nothing is decoded.

    Args:
        data: The whole file.

    Returns:
        None when this is none of these kinds, or damaged.
    """
    kind = _kind_of(data)
    if kind is None:
        return None
    try:
        return _HEADERS[kind](data)
    except Exception:  # the libraries raise whatever a damaged file leads them to
        return None


def load_opened(data: bytes, header: Header) -> Image.Image:
    """Decode a file of these kinds.

    Args:
        data: The whole file.
        header: As `open_header` gave it.

    Returns:
        Of 8 or 16 bits; turned as `header.orientation` still says.

    Raises:
        ValueError: The picture has another size than was promised; other damage raises whatever
            the library does.
    """
    image = _heif(data).to_pillow() if header.kind == "heic" else _OPENERS[header.kind](data)
    image.load()
    if image.size != (header.width, header.height):
        raise ValueError("the size is not that of the header")
    return image


def _kind_of(data: bytes) -> str | None:
    if data.startswith(_JPEG_2000):
        return "jpeg2000"
    if data[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(data[:4]), 16 + 4 * _MOST_BRANDS)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    return next((kind for kind, known in _BRANDS.items() if brands & known), None)


def _heif(data: bytes) -> Any:
    """Open a HEIC; its first picture, without those beside it."""
    import pi_heif

    file = pi_heif.HeifFile(data)
    return file[file.primary_index]


def _heic_header(data: bytes) -> Header:
    """Read what libheif says: the file's own turn (`irot`) is made, that of Exif says nothing."""
    import pi_heif

    file = pi_heif.HeifFile(data)
    return Header("heic", *file.size, pages=len(file))


def _avif(data: bytes) -> Image.Image:
    return AvifImagePlugin.AvifImageFile(io.BytesIO(data))


def _avif_header(data: bytes) -> Header:
    """Read what libavif says: its own turn goes before that of Exif, as Pillow gives it."""
    image = _avif(data)
    return Header("avif", *image.size, orientation=image.getexif().get(_ORIENTATION, 1))


def _jpeg_2000(data: bytes) -> Image.Image:
    return Jpeg2KImagePlugin.Jpeg2KImageFile(io.BytesIO(data))


def _jpeg_2000_header(data: bytes) -> Header:
    return Header("jpeg2000", *_jpeg_2000(data).size)


_OPENERS = {"avif": _avif, "jpeg2000": _jpeg_2000}
_HEADERS = {"heic": _heic_header, "avif": _avif_header, "jpeg2000": _jpeg_2000_header}
