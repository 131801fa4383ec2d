"""A page is the same in every kind of file: what a viewer shows."""

import itertools

import cv2
import numpy as np
import pytest

from mnister.errors import UserError
from mnister.images.files import load_picture
from tests.images import opened_variants, other_variants, tiff_variants
from tests.images.variants import (
    GREY,
    OPACITY,
    RGB,
    by_imagemagick,
    by_tifffile,
    precompressed,
    to_16,
)

SLIGHT = 4.0  # grey levels: the mean error of what is not stored exactly
TABLES = (
    tiff_variants.of_pillow,
    tiff_variants.of_tifffile,
    tiff_variants.turned,
    tiff_variants.of_imagemagick,
    tiff_variants.of_netpbm,
    other_variants.bmps,
    other_variants.pngs,
    other_variants.others,
    other_variants.netpbms,
    opened_variants.heics,
    opened_variants.avifs,
    opened_variants.jpeg_2000s,
)
VARIANTS = list(itertools.chain.from_iterable(table() for table in TABLES))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant[0])
def test_a_page_is_what_a_viewer_shows(tmp_path, capfd, variant):
    name, write, shown, *most = variant
    write(tmp_path / name)
    if shown.ndim == 2:
        shown = cv2.cvtColor(shown, cv2.COLOR_GRAY2RGB)
    capfd.readouterr()
    picture = load_picture(tmp_path / name)
    assert (picture.height, picture.width) == picture.pixels.shape[:2] == shown.shape[:2]
    difference = np.abs(picture.pixels.astype(int) - shown)
    if most == [None]:
        assert difference.mean() < SLIGHT
    else:
        assert difference.max() <= (most[0] if most else 0)
    assert capfd.readouterr().err == ""  # the libraries have nothing to say


def test_no_name_stands_for_two_variants():
    names = [name for name, *_ in VARIANTS]
    assert len(names) == len(set(names)) > 300


NO_PICTURE, NO_TYPE = "of a kind that cannot be decoded", "a type of pixel that cannot be read"
REFUSED = {
    "jpeg2000": (precompressed(RGB, "JPEG2000", 34712), "JPEG 2000 inside"),
    "aperio": (precompressed(RGB, "JPEG2000", 33005), "JPEG 2000 inside"),
    "unknown": (precompressed(RGB, "PNG", 34933), "number 34933"),
    "float": (by_tifffile(GREY / np.float32(255)), NO_TYPE),
    "signed-8": (by_tifffile((GREY // 2).astype(np.int8)), NO_TYPE),
    "signed-16": (by_tifffile(GREY.astype(np.int16)), NO_TYPE),
    "rgb-float": (by_tifffile(RGB / np.float32(255), photometric="rgb"), NO_TYPE),
    "32-bits": (by_tifffile(GREY.astype(np.uint32), byteorder="<"), NO_TYPE),
    "grey-alpha-16": (by_tifffile(to_16(np.dstack([GREY, OPACITY])), photometric="minisblack",
                                  planarconfig="contig", extrasamples=["unassalpha"]), NO_PICTURE),
    "10-bits": (by_imagemagick(GREY, "-depth", "10"), NO_PICTURE),
    "rgb-12-bits": (by_imagemagick(RGB, "-depth", "12"), NO_PICTURE),
    "big": (by_tifffile(GREY, bigtiff=True), "not a picture that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_tiff_that_cannot_be_decoded_is_refused(tmp_path, name):
    write, words = REFUSED[name]
    path = tmp_path / f"{name}.tif"
    write(path)
    with pytest.raises(UserError, match=words):
        load_picture(path)


def test_an_orientation_in_xmp_turns_no_tiff(tmp_path):
    xmp = b'<x xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    by_tifffile(GREY, extratags=[(700, "B", len(xmp), xmp, True)])(tmp_path / "page.tif")
    pixels = load_picture(tmp_path / "page.tif").pixels
    np.testing.assert_array_equal(pixels[..., 0], GREY)
