"""The small page of variants.py as HEIC, AVIF and JPEG 2000; see tiff_variants.py for the rows."""

from pathlib import Path

from PIL import Image

from tests.images.variants import GREY, OPACITY, RGB, STORED, by_pillow, on_white, with_opacity

FILES = Path(__file__).parent / "files"


def by_copy(name):
    return lambda path: path.write_bytes((FILES / name).read_bytes())


def heics():
    yield "lossless.heic", by_copy("lossless.heic"), RGB, 2
    yield "grey.heic", by_copy("grey.heic"), GREY, 2
    yield "ten.heic", by_copy("ten.heic"), RGB, None
    yield "turned.heic", by_copy("turned.heic"), RGB, None
    yield "two.heic", by_copy("two.heic"), RGB, None
    yield "mixed.heic", by_copy("mixed.heic"), on_white(RGB), None


def avifs():
    best = {"quality": 100, "subsampling": "4:4:4"}
    for number, store in STORED.items():
        exif = Image.Exif()
        exif[274] = number
        yield f"turned{number}.avif", by_pillow(store(RGB), exif=exif, **best), RGB, 4
    yield "grey.avif", by_pillow(GREY, **best), GREY, 2
    mixed = by_pillow(with_opacity(RGB, OPACITY), **best)
    yield "mixed.avif", mixed, on_white(RGB), None
    more = {"save_all": True, "append_images": [Image.fromarray(255 - RGB)]}
    yield "two.avif", by_pillow(RGB, **best, **more), RGB, 4


def jpeg_2000s():
    yield "rgb.jp2", by_pillow(RGB), RGB
    yield "grey.jp2", by_pillow(GREY), GREY
    yield "bare.j2k", by_pillow(RGB), RGB
    yield "lossy.jp2", by_pillow(RGB, irreversible=True, quality_layers=[5]), RGB, None
    yield "mixed.jp2", by_pillow(with_opacity(RGB, OPACITY)), on_white(RGB), 1
    sixteen = Image.fromarray(GREY.astype("uint16") * 257)
    yield "sixteen.jp2", sixteen.save, GREY
