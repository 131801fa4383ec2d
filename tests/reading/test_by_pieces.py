"""Without a page network: what a threshold makes of a page, and what is told of it."""

import cv2
import numpy as np
import pytest

from mnister.errors import UserError
from mnister.reading.reader import Reader
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import DIGITS, LINES, misread, page


@pytest.fixture(scope="module", name="reader")
def _reader(classifier):
    return Reader(classifier)


def test_what_was_taken_for_ink_is_told(classifier, reader, clean):
    read = reader.read(clean)
    assert read.polarity == "dark_on_light"
    assert 0 < read.threshold < 255
    assert reader.read(255 - clean).polarity == "light_on_dark"
    stages = dict(Reader(classifier, debug_images=True).read(clean).stages)
    assert list(stages) == ["grey", "ink"]
    assert set(np.unique(stages["ink"])) == {0, 255}


@pytest.mark.parametrize("threshold", ["otsu", "sauvola", 130])
def test_thresholds_on_request(classifier, detector, clean, threshold):
    read = Reader(classifier, detector=detector, threshold=threshold).read(clean)
    assert misread(read) <= 1
    assert threshold in ("otsu", "sauvola", read.threshold)


def test_a_shaded_page_is_read_with_sauvola(classifier, clean):
    light = np.linspace(0.45, 1, clean.shape[1])[None, :]
    read = Reader(classifier, threshold="sauvola").read((clean * light).astype(np.uint8))
    assert misread(read) <= 1


def test_a_network_with_a_class_for_no_digit(clean):
    eleven = Reader(NearestClassifier(with_none=True))
    assert eleven.class_names == tuple(DIGITS)
    assert list(eleven.read(clean).lines) == LINES


def test_what_is_not_read_says_why(reader, clean):
    cv2.rectangle(clean := clean.copy(), (4, 4), (clean.shape[1] - 5, clean.shape[0] - 5), 40, 2)
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert [rejected.reason for rejected in read.rejected] == ["too large for this page"]


def test_that_not_all_was_looked_at_is_said(reader, clean, monkeypatch):
    monkeypatch.setattr("mnister.reading.by_pieces.MOST_PIECES", 5)
    read = reader.read(clean)
    assert len(read.digits) == 5
    assert "Only the largest 5 pieces of ink were looked at" in read.note


def test_what_sets_the_threshold_is_named_where_it_finds_nothing(classifier, clean):
    note = Reader(classifier, threshold=5).read(clean).note
    assert "T = 5 no ink" in note
    assert "preprocessing.threshold=" in note


def test_of_a_picture_of_one_digit_the_largest_piece_is_read(classifier):
    grey = page(["3"], height=60, margin=40)
    grey[10:34, 4:9] = 40
    read = Reader(classifier, mode="single_digit").read(grey)
    assert read.lines == ("3",)
    assert [rejected.reason for rejected in read.rejected] == ["not the largest"]


def test_where_no_digit_is_a_picture_of_one_is_refused(classifier):
    grain = np.random.default_rng(0).normal(200, 3, (80, 80)).astype(np.uint8)
    with pytest.raises(UserError, match="No digit found"):
        Reader(classifier, mode="single_digit").read(grain)


def test_a_page_is_turned_on_request_alone(classifier, reader, clean):
    for quarter in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(clean, quarter))
        read = Reader(classifier, rotation=360 - 90 * quarter).read(turned)
        assert list(read.lines) == LINES
        assert read.rotation == 360 - 90 * quarter
        assert reader.read(turned).rotation == 0
