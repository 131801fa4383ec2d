"""Ink without a page network: what stands around digits, what is none, what is told of it."""

import cv2
import numpy as np
import pytest

from mnister.errors import UserError
from mnister.reading.reader import Reader
from tests.reading.nearest import NearestClassifier
from tests.reading.pages import LINES, misread, page


def test_what_was_taken_for_ink_is_told(reader, clean):
    read = reader.read(clean)
    assert (read.polarity, read.look) == ("dark_on_light", "usual")
    assert 0 < read.threshold < 255
    assert reader.read(255 - clean).polarity == "light_on_dark"


def test_that_not_all_was_looked_at_is_said(reader, clean, monkeypatch):
    monkeypatch.setattr("mnister.pieces.finder.MOST_PIECES", 5)
    read = reader.read(clean)
    assert len(read.digits) == 5
    assert "Only the largest 5 pieces of ink were looked at" in read.note


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


def test_networks_with_and_without_a_class_for_no_digit(reader, clean):
    assert reader.class_names == tuple("0123456789")
    assert all(found.name != "none" for found in reader.read(clean).digits)
    ten = Reader(NearestClassifier(with_none=False))
    assert ten.class_names == tuple("0123456789")
    assert list(ten.read(clean).lines) == LINES


def test_what_would_find_ink_is_named(classifier, clean):
    note = Reader(classifier, threshold=5).read(clean).note
    assert "T = 5 no ink" in note
    assert "preprocessing.threshold=" in note


def test_ink_that_is_no_digit_is_told_from_none(classifier):
    sign = np.full((200, 300), 255, np.uint8)
    cv2.putText(sign, "@", (90, 140), cv2.FONT_HERSHEY_SIMPLEX, 3.5, 0, 6)
    note = Reader(classifier).read(sign).note
    assert "ink, but none that reads as a digit" in note


class Sticks:
    """A network that knows only 1s: whatever is slender."""

    def predict(self, images):
        """Return the probabilities of eleven classes: float32 (N, 11)."""
        widths = (images[..., 0] > 127).any(axis=1).sum(axis=1)
        probabilities = np.where(widths < 10, 0.99, 0.2)
        table = np.zeros((len(images), 11), np.float32)
        table[:, 1], table[:, 10] = probabilities, 1 - probabilities
        return table


@pytest.mark.parametrize(("height", "is_read"), [(9, False), (40, True)])
def test_a_dark_grain_among_stains_is_no_single_digit(height, is_read):
    paper = np.full((500, 700), 235, np.uint8)
    for x in range(80, 700, 140):
        cv2.circle(paper, (x, 380), 50, 205, -1)
    paper[100 : 100 + height, 300 : 300 + height // 3] = 90
    reader = Reader(Sticks(), mode="single_digit")
    if is_read:
        assert reader.read(paper).lines == ("1",)
    else:
        with pytest.raises(UserError, match="No digit found"):
            reader.read(paper)
