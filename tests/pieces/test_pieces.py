"""A page is read whatever its size, light and paper; what cannot be read is said."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.errors import UserError
from mnister.reading.reader import Reader
from mnister.reading.report import page_text
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import DIGITS, LINES, misread, page


def test_a_clean_page_is_read(reader, clean):
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert read.text == "".join(LINES)
    assert (read.width, read.height) == clean.shape[::-1]
    assert read.polarity == "dark_on_light"
    assert read.look == "usual"
    assert read.rotation == 0
    assert 0 < read.threshold < 255
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
    read = reader.read(255 - clean)
    assert list(read.lines) == LINES
    assert read.polarity == "light_on_dark"


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


def test_that_not_all_was_looked_at_is_said(reader, clean, monkeypatch):
    monkeypatch.setattr("mnister.pieces.finder.MOST_PIECES", 5)
    read = reader.read(clean)
    assert len(read.digits) == 5
    assert "Only the largest 5 pieces of ink were looked at" in read.note


def test_rules_of_another_color_change_nothing(reader, clean):
    rows, columns = np.indices(clean.shape)
    on_grid = (rows % 24 < 3) | (columns % 24 < 3)
    blank = clean[..., None] / clean.max()  # 1 on paper
    light = blank + (1 - blank) * (0.25, 0.4, 0.85)
    light[on_grid] *= (0.9, 0.3, 0.25)
    assert misread(reader.read((225 * light).astype(np.uint8))) <= 1


@pytest.mark.parametrize("shape", ["circle", "box", "row of boxes"])
def test_what_is_drawn_around_digits_changes_nothing(reader, shape):
    grey = page(LINES, margin=60, pitch=2.25)
    for line, digits in enumerate(LINES):
        for i in range(len(digits)):
            x, y = 84 + i * 108, 84 + line * 96
            if shape == "circle":
                cv2.circle(grey, (x, y), 46, 60, 2, cv2.LINE_AA)
            else:
                half = 54 if shape == "row of boxes" else 44
                cv2.rectangle(grey, (x - half, y - 34), (x + half, y + 34), 60, 2)
    assert misread(reader.read(grey)) <= 1


@pytest.mark.parametrize("threshold", ["otsu", "sauvola", 130])
def test_thresholds_on_request(classifier, clean, threshold):
    assert misread(Reader(classifier, threshold=threshold).read(clean)) <= 2


def test_bottom_to_top(classifier, clean):
    read = Reader(classifier, reading_order="bottom_to_top").read(clean)
    assert list(read.lines) == LINES[::-1]


def test_uncertain_digits_are_question_marks(classifier, clean):
    read = Reader(classifier, min_confidence=0.999).read(clean)
    assert "?" in read.text
    unsure = [found for found in read.digits if found.name == "?"]
    assert all(found.probability < 0.999 for found in unsure)


def test_networks_with_and_without_a_class_for_no_digit(reader, clean):
    assert reader.class_names == tuple("0123456789")
    assert all(found.name != "none" for found in reader.read(clean).digits)
    ten = Reader(NearestClassifier(with_none=False))
    assert ten.class_names == tuple("0123456789")
    assert list(ten.read(clean).lines) == LINES


@pytest.mark.parametrize("grey", [255, 128, 0])
def test_a_blank_page_says_so(reader, classifier, grey):
    blank = np.full((200, 300), grey, np.uint8)
    read = reader.read(blank)
    assert read.lines == ()
    assert "No digit found" in read.note
    with pytest.raises(UserError, match="No digit found"):
        Reader(classifier, mode="single_digit").read(blank)


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


def test_what_would_find_ink_is_named(classifier, clean):
    note = Reader(classifier, threshold=5).read(clean).note
    assert "T = 5 no ink" in note
    assert "preprocessing.threshold=" in note


def test_ink_that_is_no_digit_is_told_from_none(classifier):
    sign = np.full((200, 300), 255, np.uint8)
    cv2.putText(sign, "@", (90, 140), cv2.FONT_HERSHEY_SIMPLEX, 3.5, 0, 6)
    note = Reader(classifier).read(sign).note
    assert "ink, but none that reads as a digit" in note


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
