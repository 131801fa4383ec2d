"""BMP, PNG, JPEG, GIF, WebP and Netpbm's files of `variants.py`'s page, as in tiff_variants.py."""

import itertools

import cv2
import numpy as np
from PIL import Image

from tests.images.variants import (
    GREY,
    HEIGHT,
    OPACITY,
    RGB,
    TWO,
    WIDTH,
    by_imagemagick,
    by_netpbm,
    by_pillow,
    masked_bmp,
    of_levels,
    on_white,
    to_16,
    with_opacity,
)

PALETTE = Image.fromarray(RGB).quantize(200, dither=0)
IN_PALETTE = np.asarray(PALETTE.convert("RGB"))
KEYED = np.where(GREY == 250, 255, GREY)  # the page with 250 transparent, on white


def bmps():
    yield "24.bmp", by_pillow(RGB), RGB
    yield "8.bmp", by_pillow(GREY), GREY
    yield "1.bmp", by_pillow(TWO, "1"), TWO
    yield "palette.bmp", PALETTE.save, IN_PALETTE
    # Without a mask for alpha, the fourth byte says nothing: programs leave anything there.
    yield "fourth-byte.bmp", by_pillow(np.dstack([RGB, OPACITY])), RGB
    for system, bits in itertools.product(("os2", "windows"), (1, 4, 8)):
        shown, words = of_levels(bits), ("ppmtobmp", f"-{system}", f"-bpp={bits}")
        yield f"net-{bits}-{system}.bmp", by_netpbm(shown, *words), shown
    for system in ("os2", "windows"):
        yield f"net-24-{system}.bmp", by_netpbm(RGB, "ppmtobmp", f"-{system}"), RGB
    for form in ("BMP2", "BMP3", "BMP"):
        yield f"im-24-{form}.bmp", by_imagemagick(RGB, form=f"{form}:"), RGB
        yield f"im-8-{form}.bmp", by_imagemagick(GREY, form=f"{form}:"), GREY
        rle = by_imagemagick(TWO, "-type", "palette", "-compress", "RLE", form=f"{form}:")
        yield f"im-rle-{form}.bmp", rle, TWO
    for kind in ("RGB565", "RGB555", "ARGB4444", "ARGB1555"):
        array = with_opacity(RGB) if kind[0] == "A" else RGB
        yield f"im-{kind}.bmp", by_imagemagick(array, "-define", f"bmp:subtype={kind}"), RGB, 17
    yield from _masked_bmps()


def _masked_bmps():
    usual = (0xFF0000, 0xFF00, 0xFF)
    masks = {
        "usual": (usual, 32, 0),
        "reversed": (usual[::-1], 32, 0),
        "high": ((0xFF000000, 0xFF0000, 0xFF00), 32, 0),
        "10-bits": ((0x3FF00000, 0xFFC00, 0x3FF), 32, 0),
        "565": ((0xF800, 0x7E0, 0x1F), 16, 5),
        "555": ((0x7C00, 0x3E0, 0x1F), 16, 5),
        "444": ((0xF00, 0xF0, 0xF), 16, 9),
    }
    sizes = itertools.product((40, 52, 56, 108, 124), (False, True))
    for (size, is_top_down), (name, (of_channels, bits, most)) in itertools.product(
        sizes, masks.items()
    ):
        written = masked_bmp(of_channels, bits, size, is_top_down)
        yield f"{name}-{size}{'-top' * is_top_down}.bmp", written, RGB, most
    for size in (40, 56, 108, 124):
        raw = masked_bmp(usual, 32, size, compression=0)
        yield f"unmasked-{size}.bmp", raw, RGB
        fifteen = masked_bmp(masks["555"][0], 16, size, compression=0)
        yield f"unmasked-16-{size}.bmp", fifteen, RGB, 5
    for size, (name, opacity, shown) in itertools.product(
        (56, 108, 124),
        (
            ("opaque", np.full((HEIGHT, WIDTH), 255, np.uint8), RGB),
            ("empty", np.zeros((HEIGHT, WIDTH), np.uint8), RGB),  # left empty, not transparent
            ("mixed", OPACITY, on_white(RGB)),
        ),
    ):
        written = masked_bmp((*usual, 0xFF000000), 32, size, opacity=opacity)
        yield f"alpha-{name}-{size}.bmp", written, shown, 1


def pngs():
    yield "1.png", by_pillow(TWO, "1"), TWO
    yield "palette.png", PALETTE.save, IN_PALETTE
    yield "keyed-grey.png", by_pillow(GREY, transparency=250), KEYED
    yield "keyed-rgb.png", by_pillow(RGB, transparency=(1, 2, 3)), RGB
    keyed = Image.fromarray(GREY).convert("P")
    yield "keyed-palette.png", lambda path: keyed.save(path, transparency=250), KEYED
    sixteen = to_16(GREY)
    yield "16.png", lambda path: path.write_bytes(cv2.imencode(".png", sixteen)[1]), GREY
    yield "grey-mixed.png", by_pillow(np.dstack([GREY, OPACITY])), on_white(GREY), 1
    yield "rgb-mixed.png", by_pillow(np.dstack([RGB, OPACITY])), on_white(RGB), 1
    for bits, interlaced in itertools.product((1, 2, 4, 8, 16), ("none", "PNG")):
        shown = of_levels(min(bits, 8))
        rgb_bits = max(8, bits)
        options = ("-interlace", interlaced, "-define")
        for name, kind, depth, array in (
            ("grey", 0, bits, shown),
            ("alpha", 4, rgb_bits, with_opacity(cv2.cvtColor(shown, cv2.COLOR_GRAY2RGB))),
            ("rgb", 2, rgb_bits, RGB),
        ):
            form = (f"png:color-type={kind}", "-define", f"png:bit-depth={depth}")
            written = by_imagemagick(array, *options, *form)
            yield f"im-{name}-{bits}-{interlaced}.png", written, RGB if kind == 2 else shown
    yield "net-interlaced.png", by_netpbm(RGB, "pnmtopng", "-interlace"), RGB
    transparent = ("pnmtopng", "-force", "-transparent", "rgb:fa/fa/fa")
    yield "net-keyed.png", by_netpbm(GREY, *transparent), KEYED


def others():
    yield "grey.gif", by_pillow(GREY), GREY
    yield "keyed.gif", by_pillow(GREY, transparency=250), KEYED
    yield "net.gif", by_netpbm(GREY, "pamtogif"), GREY
    yield "net-interlaced.gif", by_netpbm(GREY, "pamtogif", "-interlace"), GREY
    yield "two.gif", by_imagemagick(TWO, "(", "-clone", "0", "-negate", ")"), TWO
    yield "lossless.webp", by_pillow(RGB, lossless=True), RGB
    yield "lossy.webp", by_pillow(RGB, quality=95), RGB, None
    mixed = by_pillow(np.dstack([RGB, OPACITY]), lossless=True, exact=True)
    yield "mixed.webp", mixed, on_white(RGB), 1
    two = {"save_all": True, "append_images": [Image.fromarray(255 - RGB)]}
    yield "two.webp", by_pillow(RGB, lossless=True, **two), RGB
    yield "baseline.jpg", by_pillow(RGB, quality=95), RGB, None
    yield "progressive.jpg", by_pillow(RGB, quality=95, progressive=True), RGB, None
    yield "grey.jpg", by_pillow(GREY, quality=95), GREY, None
    yield "cmyk.jpg", by_pillow(RGB, "CMYK", quality=95), RGB, None
    yield "im-cmyk.jpg", by_imagemagick(RGB, "-colorspace", "CMYK", "-quality", "95"), RGB, None
    yield "im-444.jpg", by_imagemagick(RGB, "-sampling-factor", "4:4:4"), RGB, None


def netpbms():
    for name, array in (("grey.pgm", GREY), ("rgb.ppm", RGB)):
        yield f"pillow-{name}", by_pillow(array), array
        yield f"im-{name}", by_imagemagick(array), array
        yield f"im-plain-{name}", by_imagemagick(array, "-compress", "none"), array
        yield f"im-16-{name}", by_imagemagick(array, "-depth", "16"), array
        for most in (15, 100, 1000, 65535):
            written = by_netpbm(array, "pamdepth", str(most))
            yield f"net-{most}-{name}", written, array, 1 + 255 // (2 * most)
        plain = by_netpbm(array, "pnmtoplainpnm", maximum=100)
        yield f"net-plain-100-{name}", plain, array, 2
    yield "im.pbm", by_imagemagick(TWO), TWO
    yield "im-plain.pbm", by_imagemagick(TWO, "-compress", "none"), TWO
