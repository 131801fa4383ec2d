"""Every page of a TIFF and a GIF is the picture that it shows."""

import struct

import numpy as np
import pytest
from PIL import Image

from mnister.documents.page import FilePage, pages_of
from mnister.errors import UserError
from mnister.images.files import load_picture
from tests.documents.written import GREY, RGB, TWO

PAGES = [Image.fromarray(page) for page in (GREY, RGB, TWO > 0, GREY[:300, ::-1])]


def tiff_of(path, *pages, **options):
    pages[0].save(path, save_all=True, append_images=pages[1:], **options)
    return path


def all_pages(path):
    first = pages_of(path)
    return [FilePage(path, first.kind, n + 1, first.count) for n in range(first.count)]


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_every_page_of_a_tiff_is_read(tmp_path, compression):
    pages = all_pages(tiff_of(tmp_path / "scan.tif", *PAGES, compression=compression))
    assert [str(page).rpartition("#")[2] for page in pages] == ["1", "2", "3", "4"]
    for page, shown in zip(pages, PAGES, strict=True):
        np.testing.assert_array_equal(page.load().pixels, np.asarray(shown.convert("RGB")))


def test_each_page_of_a_tiff_is_turned_as_it_says(tmp_path):
    tifffile = pytest.importorskip("tifffile", reason="tifffile is not installed")
    with tifffile.TiffWriter(tmp_path / "scan.tif") as writer:
        for number in (1, 6, 3):
            writer.write(GREY, metadata=None, extratags=[(274, "H", 1, number, True)])
    shown = [page.load().pixels[..., 0] for page in all_pages(tmp_path / "scan.tif")]
    for pixels, turns in zip(shown, (0, -1, 2), strict=True):
        np.testing.assert_array_equal(pixels, np.rot90(GREY, turns))


def test_thumbnails_are_no_pages(tmp_path):
    tifffile = pytest.importorskip("tifffile", reason="tifffile is not installed")
    with tifffile.TiffWriter(tmp_path / "scan.tif") as writer:
        for subfile, page in ((0, GREY), (1, GREY[::4, ::4]), (2, 255 - GREY)):
            writer.write(page, metadata=None, subfiletype=subfile)
    shown = [page.load().pixels[..., 0] for page in all_pages(tmp_path / "scan.tif")]
    np.testing.assert_array_equal(shown, [GREY, 255 - GREY])


def test_every_page_of_a_gif_is_read(tmp_path):
    pages = [Image.fromarray(page) for page in (GREY, 255 - GREY, TWO)]
    for page, shown in zip(all_pages(tiff_of(tmp_path / "a.gif", *pages)), pages, strict=True):
        difference = page.load().pixels[..., 0].astype(int) - np.asarray(shown)
        assert np.abs(difference).max() <= 1


def test_a_file_of_one_page_is_a_picture(tmp_path):
    for name in ("one.tif", "one.gif", "one.png"):
        PAGES[0].save(tmp_path / name)
        assert pages_of(tmp_path / name) == tmp_path / name
    assert pages_of(tmp_path / "missing.tif") == tmp_path / "missing.tif"


def test_a_page_that_is_damaged_or_too_large_leaves_the_others(tmp_path):
    path = tiff_of(tmp_path / "scan.tif", *PAGES[:2], compression="raw")
    data = bytearray(path.read_bytes())
    second = data.rindex(struct.pack("<HHII", 0x0100, 4, 1, GREY.shape[1]))
    data[second + 8 : second + 12] = struct.pack("<I", 1_000_000)
    path.write_bytes(data)
    first, other = all_pages(path)
    np.testing.assert_array_equal(first.load().pixels[..., 0], GREY)
    with pytest.raises(UserError, match=r"scan\.tif#2 is too"):
        other.load()
    with pytest.raises(UserError, match="too large"):
        first.load(most_pixels=1000)


def test_of_a_tiff_with_damaged_pixels_the_other_pages_are_read(tmp_path):
    path = tiff_of(tmp_path / "scan.tif", *PAGES[:2], compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    data[-6000:-4000] = bytes(2000)
    path.write_bytes(data)
    first, other = all_pages(path)
    np.testing.assert_array_equal(first.load().pixels[..., 0], GREY)
    with pytest.raises(UserError, match=r"scan\.tif#2 is damaged"):
        other.load()


def cut_chain(path, pages, kept):
    """Let the chain of a TIFF's pages lead beyond its end behind so many of them."""
    data, place = bytearray(tiff_of(path, *pages).read_bytes()), 4
    for _ in range(kept):
        (start,) = struct.unpack_from("<I", data, place)
        place = start + 2 + 12 * struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, place, len(data) + 100)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kept", [1, 2])
def test_where_the_chain_of_a_tiff_is_cut_its_last_page_knows(tmp_path, kept):
    path = cut_chain(tmp_path / "scan.tif", PAGES, kept)
    assert load_picture(path).is_cut
    loaded = [FilePage(path, "tiff", n + 1, kept).load() for n in range(kept)]
    assert [picture.is_cut for picture in loaded] == [False] * (kept - 1) + [True]
    assert (kept == 1 and pages_of(path) == path) or pages_of(path).count == kept
    assert not load_picture(tiff_of(path, *PAGES)).is_cut


def test_a_picture_and_the_page_of_a_file_are_loaded_alike(tmp_path):
    path = tiff_of(tmp_path / "scan.tif", *PAGES[:2])
    loaded = load_picture(FilePage(path, "tiff", 1, 2))
    np.testing.assert_array_equal(loaded.pixels, load_picture(path).pixels)
    assert (loaded.pages, load_picture(path).pages) == (1, 2)
