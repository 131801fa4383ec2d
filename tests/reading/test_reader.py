"""A page is read whatever its size, light and paper; what cannot be read is said."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.errors import UserError
from mnister.pages.made import PRINTED, make_page
from mnister.reading.reader import Reader
from mnister.reading.report import page_text
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import DIGITS, LINES, misread, page


def test_a_clean_page_is_read(reader, clean):
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert read.text == "".join(LINES)
    assert (read.width, read.height) == clean.shape[::-1]
    assert read.polarity is read.threshold is None  # it needs to know neither
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


def test_shade_changes_nothing(reader, clean):
    light = (
        np.linspace(0.45, 1, clean.shape[1])[None, :]
        * np.linspace(1, 0.7, clean.shape[0])[:, None]
    )
    assert list(reader.read((clean * light).astype(np.uint8)).lines) == LINES


def test_a_narrow_shadow_across_a_page_changes_nothing(reader, clean):
    light = np.ones(clean.shape)
    height, width = clean.shape
    corners = np.array([[0, 0], [width // 8, 0], [width, height // 2]])
    cv2.fillConvexPoly(light, corners.astype(np.int32), 0.5)
    light = cv2.GaussianBlur(light, (0, 0), 4)
    assert misread(reader.read((clean * light).astype(np.uint8))) <= 1


def test_a_dark_shadow_across_a_wide_page_changes_nothing(reader, clean):
    wide = np.pad(clean, ((60, 60), (300, 300)), mode="edge")
    height, width = wide.shape
    corners = [[0, 0.95], [0.35, 0.5], [1, 0.45], [0.5, 0.8]]
    light = np.ones(wide.shape)
    cv2.fillConvexPoly(light, (np.array(corners) * (width, height)).astype(np.int32), 0.45)
    light = cv2.GaussianBlur(light, (0, 0), 10)
    assert list(reader.read((wide * light).astype(np.uint8)).lines) == LINES


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


def test_rules_of_another_color_change_nothing(reader, clean):
    rows, columns = np.indices(clean.shape)
    on_grid = (rows % 24 < 3) | (columns % 24 < 3)
    blank = clean[..., None] / clean.max()  # 1 on paper
    light = blank + (1 - blank) * (0.25, 0.4, 0.85)
    light[on_grid] *= (0.9, 0.3, 0.25)
    assert misread(reader.read((225 * light).astype(np.uint8))) <= 1


def test_bottom_to_top(classifier, detector, clean):
    read = Reader(classifier, detector=detector, reading_order="bottom_to_top").read(clean)
    assert list(read.lines) == LINES[::-1]


def test_uncertain_digits_are_question_marks(classifier, detector, reader, clean):
    least = float(np.median([digit.probability for digit in reader.read(clean).digits]))
    read = Reader(classifier, detector=detector, min_confidence=least).read(clean)
    assert "?" in read.text
    assert all((digit.name == "?") == (digit.probability < least) for digit in read.digits)


def test_a_class_for_no_digit_is_no_answer(detector, clean):
    eleven = Reader(NearestClassifier(), detector=detector)
    assert eleven.class_names == tuple(DIGITS)
    assert list(eleven.read(clean).lines) == LINES


def test_the_page_network_reads_alone(detector, clean):
    read = Reader(None, detector=detector).read(clean)
    assert list(read.lines) == LINES
    assert read.digits[0].image.shape == (28, 28)


def test_with_neither_network_nothing_is_read(detector):
    for options in ({}, {"detector": detector, "threshold": "otsu"}):
        with pytest.raises(UserError, match="no network to read with"):
            Reader(None, **options)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_page_on_its_side_or_head_is_turned(classifier, detector, reader, rotation):
    lines = ["23457", "34725", "47235"]  # which are no digits on their head
    upright = page(lines)
    lying = np.ascontiguousarray(np.rot90(upright, -rotation // 90))
    read = reader.read(lying)
    assert (read.rotation, list(read.lines)) == (rotation, lines)
    assert (read.width, read.height) == upright.shape[::-1]
    as_asked = Reader(classifier, detector=detector, rotation=rotation).read(lying)
    assert [digit.box for digit in as_asked.digits] == [digit.box for digit in read.digits]


def test_digits_that_touch_come_apart(reader):
    assert list(reader.read(page(["2968"], pitch=0.72)).lines) == ["2968"]


def test_printed_digits_are_read_on_request(classifier, detector, reader):
    made = next(
        page
        for number in range(200)
        if (page := make_page(3, number, unseen=True)).image.std() > 30
        and (page.kinds == PRINTED).sum() >= 4
    )
    read = reader.read(made.image)
    told = Reader(classifier, detector=detector, read_printed=True).read(made.image)
    printed = [rejected for rejected in read.rejected if rejected.reason == "printed"]
    assert len(printed) >= 2
    assert len(told.digits) == len(read.digits) + len(printed)


@pytest.mark.parametrize("grey", [255, 128, 0])
def test_a_blank_page_says_so(reader, mode_readers, grey):
    blank = np.full((200, 300), grey, np.uint8)
    read = reader.read(blank)
    assert read.lines == ()
    assert "No digit found" in read.note
    with pytest.raises(UserError, match="No digit found"):
        mode_readers["single_digit"].read(blank)


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
    with pytest.raises(UserError, match="11 names"):
        Reader(classifier, class_names=["a", "b"])
