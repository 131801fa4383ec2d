"""From a picture file's bytes to upright RGB, as a viewer shows it.

Pillow decodes TIFF, BMP and Netpbm's, which OpenCV often makes other pictures of; BMP with masks
is decoded here, as Pillow knows only some of them; opened.py has the kinds that a library opens
before it decodes. OpenCV decodes the rest, JPEG at a reduced size where that suffices.
"""

import io
import struct
import warnings
from collections.abc import Mapping
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin

from mnister.errors import UserError
from mnister.images import opened
from mnister.images.headers import Header, essential_png, grey_key

KINDS = "PNG, JPEG, TIFF, HEIC, AVIF, JPEG 2000, BMP, GIF, WebP, PBM, PGM or PPM"
_AS_PNG = "open it in any picture viewer and save it as PNG"
_FRINGE = 2  # pixels along the edges of ink: not quite of its colour
_LEAST_WRITING = 1 / 1000  # of a paper that is cut out: what is dark in it
_MOST_INK = 2 / 3  # of a picture: what covers more of it is paper
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_PILLOW_FORMATS = {"tiff": "TIFF", "bmp": "BMP", "netpbm": "PPM"}
_BITS, _PHOTOMETRIC = 0x0102, 0x0106  # tags of a TIFF
_WHITE_IS_ZERO = 0
_FOREIGN = {  # what a TIFF may hold that Pillow cannot decode, by the number of its compression
    **dict.fromkeys((33003, 33004, 33005, 34712), "JPEG 2000"),
    **dict.fromkeys((34661, 34715), "JBIG"),
    **dict.fromkeys((50002, 52546), "JPEG XL"),
    34887: "LERC",
}

# Pillow's own reader of what is not compressed mixes up planes of 16 bits; libtiff does not.
TiffImagePlugin.READ_LIBTIFF = True
# The one layout of 16-bit grey that Pillow's table leaves out.
TiffImagePlugin.OPEN_INFO.setdefault(
    (b"MM", _WHITE_IS_ZERO, (1,), 1, (16,), ()), ("I;16B", "I;16B")
)


def decode(data: bytes, header: Header, step: int, name: str) -> np.ndarray:
    """Decode a picture file.

    Args:
        data: The whole file.
        header: What it says of itself.
        step: By how much to scale it down: 1, 2, 4 or 8.
        name: What an error calls it.

    Returns:
        uint8 (height, width, 3), upright; of several pages or frames the first.

    Raises:
        UserError: The file is damaged, or of a kind that cannot be decoded.
    """
    refuse_foreign(header, name)
    try:
        if header.kind == "jpeg":
            return _upright(_decode_jpeg(data, step), header.orientation)
        pixels = _decode_whole(data, header)
    except Exception as error:  # Pillow raises whatever a damaged file leads it to
        received = f"a {header.kind} header, and behind it nothing that can be decoded"
        raise _no_picture(name, received) from error
    small = shrink(to_rgb(pixels, name), step)
    return small if header.kind == "tiff" else _upright(small, header.orientation)


def decode_frame(file: BinaryIO, frame: int, header: Header, step: int, name: str) -> np.ndarray:
    """Decode one of the pictures of a TIFF or a GIF.

    Args:
        file: Open; only what this picture needs is read of a TIFF.
        frame: Which, from 0.
        header: What is said of this one.
        step: By how much to scale it down: 1, 2, 4 or 8.
        name: What an error calls it.

    Returns:
        uint8 (height, width, 3), upright.

    Raises:
        UserError: It is damaged, or of a kind that cannot be decoded.
    """
    refuse_foreign(header, name)
    try:
        pixels = _decode_with_pillow(file, header, frame)
    except Exception as error:  # Pillow raises whatever a damaged file leads it to
        raise _no_picture(name, f"a page of {header.kind} that cannot be decoded") from error
    return shrink(to_rgb(pixels, name), step)


def refuse_foreign(header: Header, name: str) -> None:
    """Refuse a TIFF that Pillow cannot decode, or would decode as something else.

    Raises:
        UserError: Naming what is in it.
    """
    if not header.is_unsigned:
        raise _no_type(name, "pixels that are fractions, or may be negative")
    if header.kind == "tiff" and header.compression not in TiffImagePlugin.COMPRESSION_INFO:
        number = header.compression
        inside = _FOREIGN.get(number, f"a compression unknown here, number {number},")
        raise _no_picture(name, f"a TIFF with {inside} inside")


def _no_picture(name: str, received: str) -> UserError:
    return UserError(
        f"{name} is damaged or of a kind that cannot be decoded",
        expected=f"an undamaged {KINDS} file",
        received=received,
        instead=_AS_PNG,
    )


def _no_type(name: str, received: str) -> UserError:
    return UserError(
        f"{name} has a type of pixel that cannot be read",
        expected="8 or 16 bit whole numbers",
        received=received,
        instead=_AS_PNG,
    )


def _decode_jpeg(data: bytes, step: int) -> np.ndarray:
    """Decode to uint8 RGB, scaled down, not yet turned."""
    flags = _REDUCED[step] | cv2.IMREAD_IGNORE_ORIENTATION
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), flags), cv2.COLOR_BGR2RGB)


def _decode_whole(data: bytes, header: Header) -> np.ndarray:
    """Decode to what `to_rgb` takes. A TIFF comes upright, all else not yet turned."""
    if header.kind in opened.KINDS:
        return pixels_of(opened.load_opened(data, header))
    if header.has_masks:
        return _decode_masked_bmp(data)
    if header.kind in _PILLOW_FORMATS:
        return _decode_with_pillow(io.BytesIO(data), header)
    if header.kind == "png":
        return _decode_with_opencv(essential_png(data), grey_key(data))
    return _decode_with_opencv(data)


def _decode_with_opencv(data: bytes, key: int | None = None) -> np.ndarray:
    """Decode PNG, GIF and WebP; of a grey PNG, the level `key` is transparent."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if key is not None:  # which OpenCV leaves out
        opacity = (pixels != key).astype(pixels.dtype) * np.iinfo(pixels.dtype).max
        return np.dstack([pixels, pixels, pixels, opacity])
    if pixels.ndim == 2:
        return pixels
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return cv2.cvtColor(pixels, code)


def _decode_with_pillow(file: BinaryIO, header: Header, frame: int = 0) -> np.ndarray:
    is_tiff = header.kind == "tiff"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it thinks large, and of odd tags
        image = Image.open(file, formats=[_PILLOW_FORMATS.get(header.kind, "GIF")])
        image.seek(frame)
        expected = header.upright_size if is_tiff else (header.width, header.height)
        if image.size != expected:  # no limit is got round
            raise ValueError("the size is not that of the header")
        image.info.pop("xmp", None)  # of a TIFF, only the tag says how it is turned
        image.load()
        pixels = pixels_of(image)
    if header.kind == "netpbm" and pixels.dtype == np.int32:
        return pixels.astype(np.uint16)  # which Pillow has scaled it to
    return _whole_range(pixels, image.tag_v2) if is_tiff and pixels.dtype == np.uint16 else pixels


def _whole_range(pixels: np.ndarray, tags: Mapping[int, Any]) -> np.ndarray:
    """Bring a TIFF's grey of up to 16 bits to 0 for black and 65,535 or nearly so for white."""
    pixels = pixels << (16 - tags[_BITS][0])
    return ~pixels if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else pixels


def pixels_of(image: Image.Image) -> np.ndarray:
    """Take the pixels out of a Pillow picture: grey as it is, all else as RGB or RGBA."""
    if image.mode[0] in "IF":  # of 16 bits, or of a type that is refused
        numbers = np.asarray(image)
        return numbers.astype(numbers.dtype.newbyteorder("="), copy=False)
    if image.has_transparency_data:
        straight = image.convert("LA") if image.mode == "La" else image
        return np.asarray(straight.convert("RGBA"))
    # To convert is to copy, even to the mode that the picture has.
    return np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def _decode_masked_bmp(data: bytes) -> np.ndarray:
    """Decode a BMP whose pixels are numbers of 16 or 32 bits with a mask for each channel.

    Returns:
        uint8 (height, width, 3 or 4), RGB or RGBA. Alpha of zero all over was left empty: such a
        picture is opaque.
    """
    offset, size, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", data, 10)
    has_alpha = size >= 56 or compression == 6
    masks = struct.unpack_from("<4I" if has_alpha else "<3I", data, 54)
    stride = (width * bits + 31) // 32 * 4
    rows = np.frombuffer(data, np.uint8, stride * abs(height), offset).reshape(-1, stride)
    numbers = np.ascontiguousarray(rows[:, : width * bits // 8]).view(f"<u{bits // 8}")
    if height > 0:
        numbers = numbers[::-1]  # the lowest row comes first
    channels = [_channel(numbers, mask) for mask in masks]
    return np.dstack(channels if has_alpha and channels[3].any() else channels[:3])


def _channel(numbers: np.ndarray, mask: int) -> np.ndarray:
    """Return what a mask selects of each number, from 0 to 255."""
    shift = max(0, (mask & -mask).bit_length() - 1)
    most = mask >> shift
    if most > 0xFFFF:
        raise ValueError("a mask of more than 16 bits")
    levels = np.rint(np.arange(most + 1) * (255 / max(1, most))).astype(np.uint8)
    return levels[(numbers & mask) >> shift]


def to_rgb(array: np.ndarray, name: str = "The picture") -> np.ndarray:
    """Bring grey, RGB or RGBA of 8 or 16 bits to RGB of 8 bits.

    What is transparent shows white, or black behind light ink: where what can be seen has nothing
    dark in it, but for a fringe, and covers less than two thirds of the picture.

    Args:
        array: uint8, uint16 or bool (height, width) or (height, width, 1, 3 or 4).
        name: What an error calls it.

    Returns:
        uint8 (height, width, 3).

    Raises:
        UserError: When the type is another.
    """
    if array.dtype == np.uint16:
        array = (array >> 8).astype(np.uint8)
    elif array.dtype == bool:
        array = array.astype(np.uint8) * 255
    elif array.dtype != np.uint8:
        raise _no_type(name, str(array.dtype))
    if array.ndim == 2 or array.shape[2] == 1:
        return cv2.cvtColor(np.ascontiguousarray(array), cv2.COLOR_GRAY2RGB)
    if array.shape[2] == 4:
        return _lay_on_paper(np.ascontiguousarray(array))
    return array


def _lay_on_paper(rgba: np.ndarray) -> np.ndarray:
    """Show what is transparent white, or black behind light ink: uint8 RGBA → RGB."""
    opacity = np.ascontiguousarray(rgba[..., 3])
    colours = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)
    if opacity.min() == 255:
        return colours
    alpha = cv2.cvtColor(opacity, cv2.COLOR_GRAY2RGB)
    laid = cv2.multiply(colours, alpha, scale=1 / 255)
    return laid if _is_light_ink(colours, opacity) else laid + (255 - alpha)


def _is_light_ink(colours: np.ndarray, opacity: np.ndarray) -> bool:
    """Tell whether what can be seen is light ink, and not light paper, with dark ink or empty."""
    is_seen = (opacity > opacity.max() / 2).astype(np.uint8)
    inside = cv2.erode(is_seen, np.ones((2 * _FRINGE + 1,) * 2, np.uint8))
    is_thin = not inside.any()
    levels = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)[(is_seen if is_thin else inside) > 0]
    most_dark = levels.size * (1 / 2 if is_thin else _LEAST_WRITING)
    return np.count_nonzero(levels < 128) < most_dark and is_seen.mean() < _MOST_INK


def shrink(pixels: np.ndarray, step: int) -> np.ndarray:
    """Scale down by a whole number, each pixel the mean of those it replaces."""
    if step == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, width // step), max(1, height // step))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror as the Exif orientation says, so that the picture stands upright."""
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    quarter_turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns))
