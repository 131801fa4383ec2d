import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mnister.errors import UserError
from mnister.images.files import (
    MOST_BYTES,
    load_picture,
    picture_from_array,
    reduction,
    to_rgb,
)
from mnister.images.headers import read_header
from mnister.images.opened import open_header
from tests.images import opened_variants
from tests.images.variants import RGB

F = np.zeros((24, 16), np.uint8)
F[2:22, 3:6] = F[2:5, 3:13] = F[10:13, 3:10] = 200  # the letter F tells all eight ways apart


def write(path: Path, array: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, array)[1].tobytes())
    return path


def exif(orientation: int) -> bytes:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + b"\0\0\0\0"


def jpeg_with_orientation(path: Path, array: np.ndarray, orientation: int) -> Path:
    data = cv2.imencode(".jpg", array, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    body = b"Exif\0\0" + exif(orientation)
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:])
    return path


def png_with(path: Path, array: np.ndarray, name: bytes, body: bytes) -> Path:
    """Write a PNG with one more chunk, behind the first."""
    data = cv2.imencode(".png", array)[1].tobytes()
    crc = struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(data[:33] + struct.pack(">I", len(body)) + name + body + crc + data[33:])
    return path


def png_with_orientation(path: Path, array: np.ndarray, orientation: int) -> Path:
    return png_with(path, array, b"eXIf", exif(orientation))


STORED = {  # how an upright picture lies in a file of each orientation
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [jpeg_with_orientation, png_with_orientation])
def test_pictures_are_turned_as_exif_says(tmp_path, make, orientation):
    stored = np.ascontiguousarray(STORED[orientation](F))
    suffix = ".jpg" if make is jpeg_with_orientation else ".png"
    picture = load_picture(make(tmp_path / f"f{suffix}", stored, orientation))
    assert (picture.width, picture.height) == (16, 24)
    assert np.abs(picture.pixels[..., 0].astype(int) - F).max() < 40


def test_what_looks_like_exif_inside_a_webp_turns_nothing(tmp_path):
    path = write(tmp_path / "f.webp", F)
    data = path.read_bytes()
    inside = b"junk" + struct.pack("<I", 34) + b"EXIF" + bytes(4) + exif(6)
    path.write_bytes(data + inside)
    assert read_header(path.read_bytes()).orientation == 1


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("grey8.png", F),
        ("grey16.png", F.astype(np.uint16) * 257),
        ("colour.png", cv2.cvtColor(F, cv2.COLOR_GRAY2BGR)),
        ("colour16.tif", cv2.cvtColor(F, cv2.COLOR_GRAY2BGR).astype(np.uint16) * 257),
        ("grey.bmp", F),
        ("grey.webp", F),
    ],
)
def test_every_depth_gives_the_same_picture(tmp_path, name, array):
    picture = load_picture(write(tmp_path / name, array))
    assert picture.pixels.shape == (24, 16, 3)
    assert picture.pixels.dtype == np.uint8
    assert np.abs(picture.pixels[..., 1].astype(int) - F).max() < 12


def tiff_of(*subfiles):
    """Return the bytes of a TIFF of 24 × 16 pixels a directory, each of this NewSubfileType."""
    content, start = b"II*\0", 8
    for number, subfile in enumerate(subfiles, start=1):
        tags = b"".join(
            struct.pack("<HHII", tag, 4, 1, value)
            for tag, value in ((0x00FE, subfile), (0x0100, 24), (0x0101, 16))
        )
        following = start + 2 + len(tags) + 4
        content += struct.pack("<I", start) if number == 1 else b""
        content += struct.pack("<H", 3) + tags
        content += struct.pack("<I", following if number < len(subfiles) else 0)
        start = following
    return content


def test_the_pages_of_a_tiff_are_counted_without_thumbnails_and_masks():
    counts = [read_header(tiff_of(*kinds)).pages for kinds in ((0,), (0, 1, 4), (0, 2, 2))]
    assert counts == [1, 1, 3]
    assert read_header(tiff_of(0, 0)[:-9]).pages == 1  # the second is cut short
    last = tiff_of(0, 0)[:-4] + struct.pack("<I", 8)  # it leads back to the first
    assert read_header(last).pages == 2


def test_a_tiff_that_begins_with_a_thumbnail_is_refused(tmp_path):
    path = tmp_path / "thumbnail.tif"
    path.write_bytes(tiff_of(1, 0))
    with pytest.raises(UserError, match=r"thumbnail(?s:.*)24 × 16 pixels, said to be no page"):
        load_picture(path)
    assert not read_header(tiff_of(1)).is_reduced  # there is nothing else to read


def test_what_follows_the_end_of_a_png_is_no_part_of_it(tmp_path):
    content = cv2.imencode(".png", np.full((20, 30), 90, np.uint8))[1].tobytes()
    path = tmp_path / "edited.png"
    path.write_bytes(content + content[40:])
    assert (load_picture(path).pixels == 90).all()


def test_tiff_directories_that_overlap_are_not_followed_far():
    content = bytearray(tiff_of(0) + bytes(20_000))
    content[46:50] = struct.pack("<I", 50)  # behind the first, 400 of 1,000 tags each
    for at in range(50, 3_250, 8):
        content[at : at + 2] = struct.pack("<H", 1_000)
        content[at + 12_002 : at + 12_006] = struct.pack("<I", at + 8)
    assert read_header(bytes(content)).pages == 2  # 20,050 bytes hold one of 12,006


def test_of_several_pages_the_first_is_read(tmp_path):
    path = tmp_path / "scan.tif"
    assert cv2.imwritemulti(str(path), [F, 255 - F, F])
    picture = load_picture(path)
    assert picture.pages == 3
    np.testing.assert_array_equal(picture.pixels[..., 0], F)


def test_colours_come_as_rgb(tmp_path):
    red = np.zeros((10, 10, 3), np.uint8)
    red[..., 2] = 255  # BGR as OpenCV writes it
    assert load_picture(write(tmp_path / "red.png", red)).pixels[0, 0].tolist() == [255, 0, 0]


def test_transparent_shows_white(tmp_path):
    clear = np.zeros((10, 10, 4), np.uint8)
    clear[2:5, 2:5, 3] = 255
    pixels = load_picture(write(tmp_path / "clear.png", clear)).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[3, 3].tolist() == [0, 0, 0]


def test_what_is_half_transparent_is_mixed_with_white():
    value, alpha = np.meshgrid(np.arange(256), np.arange(256))
    mixed = to_rgb(np.dstack([value, value, value, alpha]).astype(np.uint8))
    np.testing.assert_array_equal(
        mixed[..., 0], np.rint((value * alpha + 255 * (255 - alpha)) / 255)
    )


def test_large_photos_are_scaled_down_and_know_their_size(tmp_path):
    large = np.full((2000, 2400), 200, np.uint8)
    for name in ("large.png", "large.jpg"):
        picture = load_picture(write(tmp_path / name, large))
        assert (picture.width, picture.height) == (2400, 2000)
        assert picture.pixels.shape == (1000, 1200, 3)
        assert picture.scale == 2
    assert [reduction(n) for n in (1, 3_200_000, 12_000_000, 50_000_000, 150_000_000)] == [
        *(1, 1, 2, 4, 8)
    ]


def test_every_bad_file_says_why(tmp_path):
    empty = tmp_path / "empty.png"
    empty.touch()
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    whole = write(tmp_path / "whole.png", np.random.default_rng(0).integers(0, 255, (90, 90)))
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:40])
    strip = write(tmp_path / "strip.png", np.zeros((8, 2000), np.uint8))
    floats = write(tmp_path / "floats.tif", np.zeros((10, 10), np.float32))
    tiny = write(tmp_path / "tiny.png", F[:4, :4])
    for path, words in [
        (tmp_path / "missing.png", "no file"),
        (empty, "is empty"),
        (text, "not a picture"),
        (cut, "damaged"),
        (tiny, "too small"),
        (strip, "too narrow"),
        (floats, "floats.tif has a type of pixel"),
        (tmp_path, "cannot be read"),
        (Path("/dev/zero"), "is a device"),
    ]:
        with pytest.raises(UserError, match=words):
            load_picture(path)
    with pytest.raises(UserError, match="too large"):
        load_picture(whole, most_pixels=8000)


def test_a_bad_color_profile_is_no_matter(tmp_path, capfd):
    bad = png_with(tmp_path / "bad.png", F, b"iCCP", b"icc\0\0" + zlib.compress(b"none"))
    assert np.array_equal(load_picture(bad).pixels[..., 0], F)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("place", [-8, -20, 37])
def test_a_png_with_a_wrong_byte_is_refused_in_our_words_alone(tmp_path, capfd, place):
    data = bytearray(cv2.imencode(".png", F)[1].tobytes())
    data[place] ^= 1
    (tmp_path / "wrong.png").write_bytes(data)
    with pytest.raises(UserError, match=r"wrong.png is (damaged|not a picture)"):
        load_picture(tmp_path / "wrong.png")
    assert capfd.readouterr().err == ""


def test_a_huge_picture_is_refused_before_decoding(tmp_path):
    bomb = tmp_path / "bomb.png"
    head = struct.pack(">II", 60_000, 60_000) + b"\x08\0\0\0\0"
    bomb.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + b"\0" * 4)
    with pytest.raises(UserError, match="3,600,000,000"):
        load_picture(bomb)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "disk.tif"
    path.write_bytes(tiff_of(0))
    os.truncate(path, MOST_BYTES + 1)  # no block of the disk is behind the zeros
    with pytest.raises(UserError) as caught:
        load_picture(path)
    assert f"{MOST_BYTES + 1:,} bytes" in str(caught.value)


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_cut_headers_are_no_pictures(tmp_path, length):
    for suffix in (".png", ".jpg", ".tif", ".bmp", ".webp"):
        data = write(tmp_path / f"f{suffix}", F).read_bytes()[:length]
        header = read_header(data)
        assert header is None or header.width >= 0


def test_arrays_are_pictures():
    assert picture_from_array(F).pixels.shape == (24, 16, 3)
    assert picture_from_array(F / 255.0).pixels.max() == 200
    assert to_rgb(F > 0).max() == 255
    for bad in (np.zeros(5), np.zeros((9, 9, 2), np.uint8), np.zeros((9, 9), np.int64)):
        with pytest.raises(UserError):
            picture_from_array(bad)


@pytest.mark.parametrize("name", ["lossless.heic", "rgb.avif", "rgb.jp2"])
def test_what_a_library_opens_is_refused_when_large_or_cut_off(tmp_path, name):
    path = tmp_path / name
    if name.endswith("heic"):
        path.write_bytes((opened_variants.FILES / name).read_bytes())
    else:
        Image.fromarray(RGB).save(path)
    with pytest.raises(UserError, match="too large"):
        load_picture(path, most_pixels=1000)
    whole = path.read_bytes()
    for length in (4, 11, 30, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"not a picture|damaged"):
            load_picture(path)


def test_a_jpeg_2000_of_many_pixels_is_refused_before_decoding(tmp_path):
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "JPEG2000", no_jp2=True)
    data = bytearray(file.getvalue())
    data[8:16] = struct.pack(">II", 30_000, 30_000)  # Xsiz, Ysiz
    (tmp_path / "large.j2k").write_bytes(data)
    with pytest.raises(UserError, match="900,000,000"):
        load_picture(tmp_path / "large.j2k")


def test_the_pictures_of_a_heic_are_counted():
    data = (opened_variants.FILES / "two.heic").read_bytes()
    assert open_header(data).pages == 2
