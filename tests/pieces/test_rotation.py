"""A page that lies on its side or stands on its head is turned, others are not."""

import cv2
import numpy as np
import pytest

from mnister.pieces.finder import Finder
from mnister.reading.reader import Reader
from tests.reading.pages import LINES, page


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_on_its_side_or_head_is_turned(reader, quarter):
    lines = ["2473", "5942", "7457"]  # none of them a digit on its head, too
    table = page(lines, margin=80, pitch=2.25)
    for i in range(5):
        cv2.line(table, (50 + i * 108, 56), (50 + i * 108, 344), 60, 2)
    for i in range(4):
        cv2.line(table, (50, 56 + i * 96), (482, 56 + i * 96), 60, 2)
    assert reader.read(table).rotation == 0
    read = reader.read(np.ascontiguousarray(np.rot90(table, quarter)))
    assert read.rotation == 360 - 90 * quarter
    assert sum(a != b for a, b in zip(read.text, "".join(lines), strict=True)) <= 1


def test_dashes_are_not_turned_into_ones(reader):
    grey = np.full((400, 600), 225, np.uint8)
    for i in range(12):
        x, y = 60 + i % 4 * 130, 80 + i // 4 * 110
        cv2.line(grey, (x, y), (x + 60, y + 3), 50, 5)
    assert reader.read(grey).rotation == 0


def test_a_turn_that_makes_a_page_worse_is_taken_back(reader, clean, monkeypatch):
    monkeypatch.setattr(Finder, "_success", lambda *_: 0.7)
    monkeypatch.setattr("mnister.pieces.best.guess_rotation", lambda *_: 270)
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert read.rotation == 0


def test_a_turned_page_is_turned_back_on_request(classifier, clean):
    for quarter in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(clean, quarter))
        read = Reader(classifier, rotation=360 - 90 * quarter).read(turned)
        assert list(read.lines) == LINES
        assert read.rotation == 360 - 90 * quarter
