"""A page is read whatever its size and polarity, and a picture of one digit as that.

Both ways: with the page network, and by pieces of ink without it.
"""

import functools
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.errors import UserError
from mnister.images.files import LEAST_SIDE
from mnister.reading.reader import MODES, Reader
from mnister.reading.report import page_text
from tests.reading.pages import DIGITS, LINES, misread, page


@pytest.fixture(scope="module", params=["page network", "pieces"], name="make")
def _make(request, classifier, detector):
    """Give `Reader` with the networks of one of both ways."""
    found = detector if request.param == "page network" else None
    return functools.partial(Reader, classifier, detector=found)


@pytest.fixture(scope="module", name="reader")
def _reader(make):
    return make()


@pytest.fixture(scope="module", name="mode_readers")
def _mode_readers(make):
    return {mode: make(mode=mode) for mode in MODES}


@pytest.fixture(scope="module", name="single")
def _single(mode_readers):
    return mode_readers["single_digit"]


def test_a_clean_page_is_read(reader, clean):
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert read.text == "".join(LINES)
    assert (read.width, read.height) == clean.shape[::-1]
    assert read.rotation == 0
    for found in read.digits:
        x, y, width, height = found.box
        assert width > 3
        assert height > 30
        assert (clean[y : y + height, x : x + width] < 120).any()
        assert 0 <= found.second.probability <= found.probability <= 1


@given(st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=5, deadline=None)
def test_a_margin_or_a_shift_changes_nothing(reader, clean, above, left):
    moved = np.pad(clean, ((above, 20), (left, 20)), mode="edge")
    assert list(reader.read(moved).lines) == LINES


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.5, 2.0, 3.0])
def test_size_changes_nothing(reader, clean, scale):
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(clean, None, fx=scale, fy=scale, interpolation=method)
    assert list(reader.read(resized).lines) == LINES


def test_white_on_black_reads_the_same(reader, clean):
    assert list(reader.read(255 - clean).lines) == LINES


@pytest.mark.parametrize("depth", [12, 45])
def test_squares_printed_askew_change_nothing(reader, depth):
    squared = page(LINES, height=48, paper=225).astype(np.int16)
    rows, columns = np.indices(squared.shape)
    on_grid = ((rows + 0.08 * columns) % 24 < 2) | ((columns - 0.08 * rows) % 24 < 2)
    squared[on_grid] -= depth
    noise = np.random.default_rng(0).normal(0, 3, squared.shape)
    assert misread(reader.read(np.clip(squared + noise, 0, 255).astype(np.uint8))) <= 1


def test_a_page_of_more_than_a_thousand_digits_is_read_whole(reader):
    lines = [DIGITS * 4] * 30
    read = reader.read(page(lines, height=24))
    assert sum(map(len, read.lines)) == 1200
    assert read.note is None
    wrong = sum(a != b for a, b in zip(read.text, "".join(lines), strict=True))
    assert wrong <= 4 * 30  # one of the ten may look like another to this network


def test_bottom_to_top(make, clean):
    read = make(reading_order="bottom_to_top").read(clean)
    assert list(read.lines) == LINES[::-1]


def test_uncertain_digits_are_question_marks(make, reader, clean):
    least = float(np.median([digit.probability for digit in reader.read(clean).digits]))
    read = make(min_confidence=least).read(clean)
    assert "?" in read.text
    assert all((digit.name == "?") == (digit.probability < least) for digit in read.digits)


@pytest.mark.parametrize("grey", [255, 128, 0])
def test_a_blank_page_says_so(reader, single, grey):
    blank = np.full((200, 300), grey, np.uint8)
    read = reader.read(blank)
    assert read.lines == ()
    assert "No digit found" in read.note
    with pytest.raises(UserError, match="No digit found"):
        single.read(blank)


def test_a_file_of_more_pages_says_that_the_first_was_read(reader, clean, tmp_path):
    path = tmp_path / "scan.tif"
    cv2.imwritemulti(str(path), [clean, page(["9"])])
    read = reader.read(path)
    assert list(read.lines) == LINES
    assert read.note.startswith("Only the first of 2 pages was read.\n  Instead:")
    name, *printed = [line.strip() for line in page_text(read).plain.splitlines()]
    written, said = printed[: len(LINES)], printed[len(LINES) :]
    assert (name, [line.replace(" ", "") for line in written]) == ("scan.tif", LINES)
    assert said == [line.strip() for line in read.note.splitlines()]


def test_a_file_whose_other_pages_are_lost_says_so(reader, clean, tmp_path):
    path = tmp_path / "scan.tif"
    cv2.imwritemulti(str(path), [clean, page(["9"])])
    data = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", data, 4)
    (tags,) = struct.unpack_from("<H", data, start)
    struct.pack_into("<I", data, start + 2 + 12 * tags, len(data))  # where the next page would be
    path.write_bytes(data)
    read = reader.read(path)
    assert list(read.lines) == LINES
    assert read.note.startswith("Pages of this file may be lost.\n  Expected: a TIFF")


def test_single_digits(single):
    for value in range(10):
        grey = page([str(value)], height=60, margin=20)
        assert single.read(grey).lines == (str(value),)


def test_a_single_digit_in_a_picture_of_8_pixels(single):
    one = page(["1"], height=6, margin=1)
    assert one.shape == (14, 10)
    assert single.read(one[:8, :8]).lines == ("1",)


@given(st.integers(LEAST_SIDE, 24), st.integers(LEAST_SIDE, 24), st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_pictures_of_a_few_pixels_are_read_or_refused(mode_readers, height, width, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    read = mode_readers["multi_digit"].read(noise)
    assert (read.width, read.height) == (width, height)
    try:
        said = mode_readers["single_digit"].read(noise).text
    except UserError as error:
        said = str(error)
    assert said in list(DIGITS) or "No digit found" in said


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_beside_a_broad_faint_band(single, value):
    grey = page([str(value)], height=60, margin=20)
    banded = np.pad(grey, ((0, 0), (0, 40)), mode="edge")
    banded[:, -22:-4] = 0.87 * banded[:, -22:-4]
    assert single.read(banded).lines == (str(value),)


@pytest.mark.parametrize(
    "option",
    [
        {"mode": "digit"},
        {"threshold": "ostu"},
        {"threshold": 300},
        {"rotation": 45},
        {"min_confidence": 2},
        {"reading_order": "left"},
    ],
)
def test_options_are_checked(classifier, option):
    (name,) = option
    with pytest.raises(UserError, match=name):
        Reader(classifier, **option)


def test_class_names_must_fit(classifier):
    with pytest.raises(UserError, match="10 names"):
        Reader(classifier, class_names=["a", "b"])
