"""What a picture file says about itself before anything is decoded: kind, size, orientation.

A few bytes decide whether a file is worth decoding: a hostile or huge picture is refused before it
takes memory. Sources: ISO 15948 (PNG), ITU T.81 (JPEG), TIFF 6.0, Exif 2.32, RFC 9649 (WebP), the
Windows headers BITMAPCOREHEADER to BITMAPV5HEADER (BMP), Netpbm's pbm(5) to ppm(5).
"""

import mmap
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mnister.images.tiff import read_directories

_ORIENTATION, _WIDTH, _HEIGHT = 0x0112, 0x0100, 0x0101  # TIFF and Exif tags
_COMPRESSION, _SAMPLE_FORMAT = 0x0103, 0x0153
_SUBFILE, _REDUCED_OR_MASK = 0x00FE, 0b101  # a TIFF's picture that is no page: thumbnail, mask
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # JPEG markers without a length
_NETPBM = re.compile(rb"P[1-6](?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s")
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG start of frame


@dataclass(frozen=True)
class Header:
    """What the first bytes of a picture file promise.

    Attributes:
        kind: png, jpeg, tiff, bmp, gif, webp or netpbm; or one of `opened.KINDS`.
        width: Pixels, as stored (before turning).
        height: Pixels, as stored.
        orientation: Exif orientation, 1 (upright) to 8.
        pages: Pages of a TIFF; what is said of the file holds for the first.
        compression: Of a TIFF, the number of its kind.
        is_unsigned: False where a TIFF says that its pixels may be negative, or fractions.
        is_reduced: True for a TIFF that begins with a thumbnail or a mask of the picture behind.
        is_cut: True for the last page of a TIFF whose chain of pages breaks off behind it, and of
            one read as a picture, whichever page it breaks off behind.
        has_masks: True for a BMP whose pixels are numbers, a mask of bits for each channel.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    pages: int = 1
    compression: int = 1
    is_unsigned: bool = True
    is_reduced: bool = False
    is_cut: bool = False
    has_masks: bool = False

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height once the picture is turned."""
        size = (self.width, self.height)
        return size[::-1] if self.orientation >= 5 else size


def read_header(data: bytes) -> Header | None:
    """Read kind, size and orientation from a file's bytes.

    Args:
        data: The whole file, or at least its beginning.

    Returns:
        None when this is no picture of a known kind, or its header is damaged.
    """
    for magic, reader in _READERS:
        if data.startswith(magic):
            try:
                return reader(data)
            except (struct.error, IndexError, KeyError, ValueError):
                return None
    return None


def essential_png(data: bytes) -> bytes:
    """Leave out of a PNG file what does not bear on its pixels: profiles, times, texts.

    libpng writes to the error stream what it has against them: of many a screenshot's profile.

    Args:
        data: The whole file.

    Raises:
        ValueError: Part of the picture is missing or does not have its checksum.
    """
    kept, kind = [data[:8]], b""
    for kind, chunk in _png_chunks(data):
        if kind == b"tRNS" or kind[:1].isupper():
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
                raise ValueError(f"{kind!r} is damaged")
            kept.append(chunk)
    if kind != b"IEND":
        raise ValueError("the end is missing")
    return b"".join(kept)


def grey_key(data: bytes) -> int | None:
    """Return the grey level that a PNG without colours shows as transparent, if it names one.

    Args:
        data: The whole file.

    Returns:
        As in the decoded picture: of 16 bits where that has them, else of 8.
    """
    depth, colours = data[24], data[25]
    bodies = [chunk[8:-4] for kind, chunk in _png_chunks(data) if kind == b"tRNS"]
    if colours != 0 or not bodies:
        return None
    level = int.from_bytes(bodies[0][:2]) & ((1 << depth) - 1)
    return level if depth == 16 else level * 255 // ((1 << depth) - 1)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each chunk's name and all of its bytes, uncopied, the last one's as far as they go.

    What follows the end is no part of the picture: phones left the rest of a longer file there.
    """
    whole, at, kind = memoryview(data), 8, b""
    while at + 8 <= len(data) and kind != b"IEND":
        length, kind = 12 + int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        yield kind, whole[at : at + length]
        at += length


def _png(data: bytes) -> Header:
    width, height = struct.unpack(">II", data[16:24])
    turned = [bytes(chunk[8:-4]) for kind, chunk in _png_chunks(data) if kind == b"eXIf"]
    return Header("png", width, height, _orientation(turned[-1]) if turned else 1)


def _jpeg(data: bytes) -> Header:
    orientation = 1
    for marker, body in _jpeg_segments(data):
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            orientation = _orientation(body[6:])
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", body[1:5])
            return Header("jpeg", width, height, orientation)
    raise ValueError("no frame")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker before the image data with its bytes."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ValueError("marker expected")
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def tiff_frames(data: bytes | mmap.mmap) -> list[tuple[int, Header]]:
    """List the pages of a whole TIFF: all of its pictures but thumbnails and masks.

    Returns:
        Of each page its number among the pictures, from 0, and what is said of it; at least one.
    """
    directories, is_cut = read_directories(data)
    every = list(enumerate(directories))
    if not every:
        raise ValueError("no picture")
    pages = [each for each in every if not each[1].get(_SUBFILE, 0) & _REDUCED_OR_MASK]
    *others, (number, tags) = pages or every[:1]
    last = (number, replace(_tiff_header(tags), is_cut=is_cut))
    return [*((number, _tiff_header(tags)) for number, tags in others), last]


def _tiff(data: bytes) -> Header:
    frames, (directories, is_cut) = tiff_frames(data), read_directories(data)
    header = _tiff_header(directories[0])
    if not header.width:
        raise ValueError("no size")
    is_reduced = frames[0][0] > 0
    return replace(header, pages=len(frames), is_reduced=is_reduced, is_cut=is_cut)


def _tiff_header(tags: dict[int, int]) -> Header:
    return Header(
        "tiff",
        tags.get(_WIDTH, 0),
        tags.get(_HEIGHT, 0),
        _valid(tags.get(_ORIENTATION, 1)),
        compression=tags.get(_COMPRESSION, 1),
        is_unsigned=tags.get(_SAMPLE_FORMAT, 1) in (1, 4),  # whole numbers, or not said
    )


def _bmp(data: bytes) -> Header:
    (size,) = struct.unpack("<I", data[14:18])
    if size == 12:  # of OS/2
        return Header("bmp", *struct.unpack("<HH", data[18:22]))
    width, height, _, _, compression = struct.unpack("<iiHHI", data[18:34])
    return Header("bmp", abs(width), abs(height), has_masks=compression in (3, 6))


def _netpbm(data: bytes) -> Header:
    found = _NETPBM.match(data[:10_000])
    if found is None:
        raise ValueError("not PBM, PGM or PPM")
    return Header("netpbm", int(found[1]), int(found[2]))


def _gif(data: bytes) -> Header:
    return Header("gif", *struct.unpack("<HH", data[6:10]))


def _webp(data: bytes) -> Header:
    if data[8:12] != b"WEBP":
        raise ValueError("not WebP")
    form = data[12:16]
    if form == b"VP8X":
        size = [int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27)]
    elif form == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        size = [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    else:
        size = [value & 0x3FFF for value in struct.unpack("<HH", data[26:30])]
    exif = next((body for kind, body in _riff_chunks(data) if kind == b"EXIF"), b"")
    return Header("webp", *size, _orientation(bytes(exif)))


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each chunk's name and body, uncopied."""
    whole, at = memoryview(data), 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], whole[at + 8 : at + 8 + length]
        at += 8 + length + length % 2  # each begins at an even place


def _orientation(exif: bytes) -> int:
    """Return the orientation that a block of Exif (a small TIFF) names, 1 when it names none."""
    try:
        directories, _ = read_directories(exif.removeprefix(b"Exif\0\0"))
        return _valid(directories[0].get(_ORIENTATION, 1)) if directories else 1
    except (struct.error, ValueError):
        return 1


def _valid(orientation: int) -> int:
    return orientation if 1 <= orientation <= 8 else 1


_READERS = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"BM", _bmp),
    (b"GIF8", _gif),
    (b"RIFF", _webp),
    (b"P", _netpbm),
)
