"""The TIFFs of `variants.py`'s page: name, how it is written, what a viewer shows.

A fourth value, where there is one, is by how much a pixel may differ; None: their mean counts.
"""

import itertools

import numpy as np
from PIL import Image

from tests.images.variants import (
    GREY,
    OPACITY,
    RGB,
    STORED,
    TWO,
    by_imagemagick,
    by_netpbm,
    by_pillow,
    by_tifffile,
    of_levels,
    on_white,
    to_16,
    with_opacity,
)


def of_pillow():
    for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "zstd",
                 "lzma"):  # fmt: skip
        yield f"grey-{kind}.tif", by_pillow(GREY, compression=kind), GREY
        yield f"rgb-{kind}.tif", by_pillow(RGB, compression=kind), RGB
    for kind in ("raw", "group3", "group4", "tiff_ccitt", "packbits", "tiff_lzw"):
        yield f"bilevel-{kind}.tif", by_pillow(TWO, "1", compression=kind), TWO
    yield "jpeg.tif", by_pillow(RGB, compression="jpeg", quality=95), RGB, None
    yield "cmyk.tif", by_pillow(RGB, "CMYK"), RGB, 1
    yield "ycbcr.tif", by_pillow(RGB, "YCbCr"), RGB, 4
    palette = Image.fromarray(RGB).quantize(256, dither=0)
    yield "palette.tif", palette.save, np.asarray(palette.convert("RGB"))
    yield "grey-opaque.tif", by_pillow(with_opacity(GREY)), GREY
    yield "rgb-opaque.tif", by_pillow(with_opacity(RGB)), RGB


def of_tifffile():
    layouts = itertools.product(("le", "be"), (None, (16, 32)), (None, "zlib"), (False, True))
    for order, tile, compression, predictor in layouts:
        if predictor and not compression:
            continue
        options = {"byteorder": "<>"[order == "be"], "tile": tile, "compression": compression,
                   "predictor": predictor}  # fmt: skip
        words = (order, tile and "tiled", compression, predictor and "predicted")
        yield from _layout("-".join(word for word in words if word), options)
    for order in ("le", "be"):
        yield from _alphas(order)
        yield from _inks(order)


def _layout(name, options):
    for bits, change in ((8, np.asarray), (16, to_16)):
        black = options | {"photometric": "minisblack"}
        yield f"grey{bits}-{name}.tif", by_tifffile(change(GREY), **black), GREY
        white = options | {"photometric": "miniswhite"}
        yield f"white0-{bits}-{name}.tif", by_tifffile(~change(GREY), **white), GREY
        colour = options | {"photometric": "rgb"}
        yield f"rgb{bits}-{name}.tif", by_tifffile(change(RGB), **colour), RGB
        planes = np.ascontiguousarray(change(RGB).transpose(2, 0, 1))
        colour |= {"planarconfig": "separate"}
        yield f"planar{bits}-{name}.tif", by_tifffile(planes, **colour), RGB


def _alphas(order):
    for bits, kind, planes in itertools.product((8, 16), ("unass", "assoc"), (False, True)):
        change = to_16 if bits == 16 else np.asarray
        options = {"byteorder": "<>"[order == "be"], "extrasamples": [f"{kind}alpha"],
                   "planarconfig": "separate" if planes else "contig"}  # fmt: skip
        inks = {"rgb": RGB, "grey": GREY} if bits == 8 and not planes else {"rgb": RGB}
        for ink, array in inks.items():
            alpha = OPACITY if ink == "grey" else OPACITY[..., None]
            stored = np.rint(array / 255 * alpha).astype(np.uint8) if kind == "assoc" else array
            stored = change(np.dstack([stored, OPACITY]))
            stored = np.ascontiguousarray(stored.transpose(2, 0, 1)) if planes else stored
            photometric = "minisblack" if ink == "grey" else "rgb"
            name = f"{ink}{bits}-{kind}alpha-{'planar-' * planes}{order}.tif"
            yield name, by_tifffile(stored, photometric=photometric, **options), on_white(array), 3


def _inks(order):
    options = {"byteorder": "<>"[order == "be"]}
    yield f"bilevel-{order}.tif", by_tifffile(TWO > 0, photometric="minisblack", **options), TWO
    yield f"fax-{order}.tif", by_tifffile(TWO == 0, photometric="miniswhite", **options), TWO
    cmyk = with_opacity(255 - RGB, 0)
    planes = np.ascontiguousarray(cmyk.transpose(2, 0, 1))
    for bits, change in ((8, np.asarray), (16, to_16)):
        for array, layout in ((cmyk, "contig"), (planes, "separate")):
            ink = options | {"photometric": "separated", "planarconfig": layout}
            yield f"cmyk{bits}-{layout}-{order}.tif", by_tifffile(change(array), **ink), RGB, 1
    levels = np.arange(256)
    colors = np.stack([levels, levels[::-1], np.full(256, 27)])
    stored = by_tifffile(GREY, photometric="palette", colormap=to_16(colors), **options)
    yield f"palette-{order}.tif", stored, colors.T[GREY].astype(np.uint8)


def turned():
    for number, store in STORED.items():
        for tile in (None, (16, 16)):
            options = {"tile": tile, "extratags": [(274, "H", 1, number, True)]}
            name = f"turned{number}{'-tiled' if tile else ''}.tif"
            yield f"rgb-{name}", by_tifffile(store(RGB), photometric="rgb", **options), RGB
            yield f"grey16-{name}", by_tifffile(store(to_16(GREY)), **options), GREY
            if not tile:
                yield (
                    f"bilevel-{name}",
                    by_tifffile(store(TWO > 0), photometric="minisblack", **options),
                    TWO,
                )
        exif = Image.Exif()
        exif[274] = number
        lzw = by_pillow(store(RGB), compression="tiff_lzw", tiffinfo={274: number})
        yield f"lzw-turned{number}.tif", lzw, RGB
        yield f"turned{number}.png", by_pillow(store(RGB), exif=exif), RGB
        yield f"turned{number}.webp", by_pillow(store(RGB), exif=exif, lossless=True), RGB
        yield f"turned{number}.jpg", by_pillow(store(RGB), exif=exif, quality=95), RGB, None
        two = {
            "format": "MPO",
            "quality": 95,
            "save_all": True,
            "append_images": [Image.fromarray(255 - RGB)],
        }
        yield f"mpo-turned{number}.jpg", by_pillow(store(RGB), exif=exif, **two), RGB, None


def of_imagemagick():
    more = ("", "-interlace plane", "-define tiff:tile-geometry=16x16", "-define tiff:predictor=2")
    forms = itertools.cycle(itertools.product((8, 16), ("lsb", "msb"), (GREY, RGB)))
    for kind, option in itertools.product(("None", "LZW", "Zip", "RLE"), more):
        if "predictor" in option and kind not in ("LZW", "Zip"):
            continue
        for bits, order, array in itertools.islice(forms, 3):
            words = f"-depth {bits} -compress {kind} -define tiff:endian={order} {option}".split()
            name = f"im-{kind}{option[-6:].strip()}-{bits}-{order}-{array.ndim}.tif"
            yield name, by_imagemagick(array, *words), array
    for bits, order in itertools.product((1, 2, 4), "lm"):
        words = f"-depth {bits} -compress LZW -define tiff:fill-order={order}sb".split()
        shown = of_levels(bits)
        yield f"im-{bits}-bits-{order}sb.tif", by_imagemagick(shown, *words), shown
    yield "im-12-bits.tif", by_imagemagick(GREY, "-depth", "12"), GREY
    for kind in ("associated", "unassociated"):
        form = ("-depth", "16", "-define", f"tiff:alpha={kind}")
        mixed = by_imagemagick(np.dstack([RGB, OPACITY]), *form)
        yield f"im-{kind}.tif", mixed, on_white(RGB), 2
    cmyk = ("-colorspace", "CMYK", "-compress", "JPEG", "-quality", "95")
    yield "im-cmyk-jpeg.tif", by_imagemagick(RGB, *cmyk), RGB, None
    halved = ("-colorspace", "YCbCr", "-sampling-factor", "2x2")
    yield "im-ycbcr-halved.tif", by_imagemagick(RGB, *halved), RGB, None
    for kind in ("Fax", "Group4"):
        yield f"im-{kind}.tif", by_imagemagick(TWO, "-monochrome", "-compress", kind), TWO
    for bits in ("8", "16"):
        cmyk = by_imagemagick(RGB, "-colorspace", "CMYK", "-depth", bits)
        yield f"im-cmyk{bits}.tif", cmyk, RGB, 2
    yield "im-jpeg.tif", by_imagemagick(RGB, "-compress", "JPEG", "-quality", "95"), RGB, None
    yield "im-ycbcr.tif", by_imagemagick(RGB, "-colorspace", "YCbCr"), RGB, 4
    yield "im-lab.tif", by_imagemagick(RGB, "-colorspace", "Lab"), RGB, None


def of_netpbm():
    arrays = itertools.cycle((GREY, RGB))
    for kind, more in itertools.product(
        ("none", "packbits", "lzw", "flate", "adobeflate"),
        ("", "-lsb2msb", "-msb2lsb", "-predictor=2", "-truecolor"),
    ):
        if more == "-predictor=2" and kind not in ("lzw", "flate"):
            continue
        array = next(arrays)
        yield (
            f"net-{kind}{more}.tif",
            by_netpbm(array, "pamtotiff", f"-{kind}", *more.split()),
            array,
        )
    for bits, ink in itertools.product((1, 2, 4, 8), ("black", "white")):
        words, most = ["pamtotiff", f"-minis{ink}"], 2**bits - 1
        shown = of_levels(bits)
        yield f"net-{bits}-bits-{ink}0.tif", by_netpbm(shown, *words, maximum=most), shown
