"""What is transparent is laid on the paper that its ink stands out from."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from mnister.images.decode import to_rgb
from mnister.images.files import load_picture

INK = np.zeros((60, 80), np.uint8)
cv2.putText(INK, "47", (8, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 255, 3, cv2.LINE_AA)


def rgba(colours, opacity):
    return np.dstack([np.broadcast_to(colours, (*INK.shape, 3)), opacity]).astype(np.uint8)


@pytest.mark.parametrize("level", [0, 60, 120, 136, 200, 255])
def test_the_paper_is_what_the_ink_stands_out_from(level):
    shown = to_rgb(rgba(np.uint8(level), INK))
    assert (shown[0, 0] == (0 if level >= 128 else 255)).all()
    assert (shown[INK == 255] == level).all()


def test_faint_ink_counts_as_ink_does():
    assert to_rgb(rgba(np.uint8(255), INK // 3))[0, 0].max() == 0
    assert to_rgb(rgba(np.uint8(0), INK // 3))[0, 0].min() == 255


def test_the_shadow_of_light_ink_does_not_make_it_dark():
    shadow = np.roll(INK, (2, 2), (0, 1)) // 3
    drawn = rgba(np.where(INK[..., None] > 0, 255, 0), np.maximum(INK, shadow))
    assert to_rgb(drawn)[0, 0].max() == 0


def test_paper_that_is_cut_out_is_laid_on_white():
    cut_out = np.zeros_like(INK)
    cut_out[4:-4, 4:-4] = 255
    for page in (255 - INK, 255 - INK // 3, INK):  # dark and pale ink; chalk on a board
        shown = to_rgb(rgba(page[..., None], cut_out))
        assert shown[0, 0].min() == 255
        assert (shown[4:-4, 4:-4, 0] == page[4:-4, 4:-4]).all()


def test_the_dark_fringe_of_light_ink_does_not_make_it_paper():
    for ink in (INK, cv2.erode(INK, np.ones((2, 2), np.uint8))):  # broad, and thin
        shown = to_rgb(rgba(ink[..., None], np.where(ink > 0, 255, 0)))  # smoothed over black
        assert shown[0, 0].max() == 0


def test_a_small_paper_with_dark_ink_is_laid_on_white():
    wide = np.pad(255 - INK, 30, constant_values=255)
    cut_out = np.pad(np.full_like(INK, 255), 30)
    assert to_rgb(np.dstack([wide] * 3 + [cut_out]))[0, 0].min() == 255


def test_where_nothing_can_be_seen_is_white():
    assert to_rgb(rgba(np.uint8(255), np.zeros_like(INK))).min() == 255


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour_of_16_bits_is_the_exact_one(tmp_path, channels):
    """Two greys that differ in their last bits alone: one of them is transparent."""
    levels = np.where(INK > 127, 0x1234, 0x1235).astype(np.uint16)
    pixels = levels if channels == 1 else np.dstack([levels] * 3)
    data = cv2.imencode(".png", pixels)[1].tobytes()
    chunk = b"tRNS" + struct.pack(">H", 0x1235) * channels
    crc = struct.pack(">I", zlib.crc32(chunk))
    path = tmp_path / "page.png"
    path.write_bytes(data[:33] + struct.pack(">I", 2 * channels) + chunk + crc + data[33:])
    shown = load_picture(path).pixels[..., 0]
    np.testing.assert_array_equal(shown, np.where(INK > 127, 0x12, 255))
