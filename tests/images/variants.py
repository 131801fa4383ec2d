"""One small page, and how it is written by Pillow, tifffile, ImageMagick, Netpbm and by hand."""

import io
import shutil
import struct
import subprocess

import cv2
import numpy as np
import pytest
from PIL import Image

HEIGHT, WIDTH = 43, 61  # neither a multiple of 8, nor of a tile's side
GREY = np.full((HEIGHT, WIDTH), 250, np.uint8)
cv2.putText(GREY, "257", (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 2, cv2.LINE_AA)
GREY[:5, :20] = np.arange(20) * 12
TWO = np.where(GREY < 128, 0, 255).astype(np.uint8)
_share = GREY[..., None] / 255  # of paper
RGB = np.rint(_share * (255, 240, 215) + (1 - _share) * (30, 50, 140)).astype(np.uint8)
OPACITY = np.tile(np.linspace(0, 255, WIDTH), (HEIGHT, 1)).astype(np.uint8)

STORED = {  # how an upright picture lies in a file of each orientation
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}
STORED = {number: lambda a, f=f: np.ascontiguousarray(f(a)) for number, f in STORED.items()}


def to_16(array):
    return array.astype(np.uint16) * 257


def with_opacity(array, opacity=255):
    return np.dstack([array, np.broadcast_to(np.uint8(opacity), array.shape[:2])])


def on_white(array):
    alpha = OPACITY if array.ndim == 2 else OPACITY[..., None]
    return np.rint((array * float(1) * alpha + 255.0 * (255 - alpha)) / 255).astype(np.uint8)


def of_levels(bits):
    """Return the page with 2 to the power of `bits` grey levels."""
    return (GREY >> (8 - bits)) * np.uint8(255 // (2**bits - 1))


def by_pillow(array, mode=None, **options):
    image = Image.fromarray(array)
    image = image.convert(mode) if mode else image
    return lambda path: image.save(path, **options)


def by_tifffile(array, **options):
    def write(path):
        _tifffile().imwrite(path, array, metadata=None, **options)

    return write


def precompressed(array, form, compression):
    """Write a TIFF whose only strip is a picture file of another kind."""

    def write(path):
        inside = io.BytesIO()
        Image.fromarray(array).save(inside, form)
        layout = {"shape": array.shape, "dtype": array.dtype, "photometric": "rgb"}
        layout["rowsperstrip"] = len(array)
        # As deflated, which tifffile has without its codecs; the tag then names what it is.
        by_tifffile(iter([inside.getvalue()]), compression="adobe_deflate", **layout)(path)
        with _tifffile().TiffFile(path, mode="r+") as file:
            file.pages[0].tags["Compression"].overwrite(compression)

    return write


def _tifffile():
    return pytest.importorskip("tifffile", reason="tifffile is not installed")


def _run(command, path=None):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, check=True, capture_output=True)
    if path is not None:
        path.write_bytes(done.stdout)


def _source(path, array, suffix):
    order = [2, 1, 0, 3][: array.shape[2]] if array.ndim == 3 else slice(None)
    source = path.with_name(f"source{suffix}")
    source.write_bytes(cv2.imencode(suffix, array[..., order] if array.ndim == 3 else array)[1])
    return str(source)


def by_imagemagick(array, *options, form=""):
    def write(path):
        tool = "convert" if shutil.which("convert") else "magick"
        _run([tool, _source(path, array, ".png"), *options, f"{form}{path}"])

    return write


def by_netpbm(array, *command, maximum=255):
    def write(path):
        source = _source(path, array, ".pgm" if array.ndim == 2 else ".ppm")
        if maximum != 255:
            _run(["pamdepth", str(maximum), source], path.with_name("scaled"))
            source = str(path.with_name("scaled"))
        _run([*command, source], path)

    return write


def masked_bmp(masks, bits, size, is_top_down=False, opacity=None, compression=3):
    """Write a BMP whose pixels are numbers of 16 or 32 bits, by the header's own definition."""

    def write(path):
        channels = [*RGB.transpose(2, 0, 1), *([] if opacity is None else [opacity])]
        numbers = np.zeros((HEIGHT, WIDTH), np.uint64)
        for mask, channel in zip(masks, channels, strict=True):
            shift = (mask & -mask).bit_length() - 1
            level = np.rint(channel / 255 * (mask >> shift)).astype(np.uint64)
            numbers |= level << np.uint64(shift)
        rows = numbers.astype(f"<u{bits // 8}")
        padding = bytes(-WIDTH * bits // 8 % 4)
        body = b"".join(row.tobytes() + padding for row in (rows if is_top_down else rows[::-1]))
        more = struct.pack("<4I", *masks, *[0] * (4 - len(masks))) + bytes(68)
        more = more[: max(12 if compression == 3 else 0, size - 40)]
        height = -HEIGHT if is_top_down else HEIGHT
        head = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, *[0] * 5)
        start = 14 + 40 + len(more)
        path.write_bytes(struct.pack("<2sIII", b"BM", start + len(body), 0, start))
        path.write_bytes(path.read_bytes() + head + more + body)

    return write
