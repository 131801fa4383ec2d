"""review.html: what is in the file, and what it needs besides: nothing."""

import base64
import json
import re

import cv2
import numpy as np
import pytest

from mnister.results.journal import opened_journal
from mnister.results.review import AT_ONCE, TALLEST, WIDEST, cut_numbers, write_review
from tests.results.reviewed import drawn, write


def parts_of(text):
    parts = re.findall(r'<script type="application/json" class="part">(.+)</script>', text)
    return [json.loads(part) for part in parts]


def decoded(picture):
    data = np.frombuffer(base64.b64decode(picture), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_the_least_sure_come_first_in_parts(tmp_path):
    parts = parts_of(write(tmp_path, 150).read_text())
    assert [len(part) for part in parts] == [AT_ONCE, AT_ONCE, 30]
    numbers = [number for part in parts for number in part]
    chances = [float(number["row"][9]) for number in numbers]
    assert chances == sorted(chances)
    assert len({(number["row"][0], *number["row"][4:8]) for number in numbers}) == 150


def test_it_needs_nothing_from_elsewhere(tmp_path):
    text = write(tmp_path, 70).read_text()
    assert "http" not in text.replace("http-equiv", "")
    assert not re.search(r"<link|<iframe|@import|url\(|src=[\"'](?!data:)|\bimport\b", text)
    assert "{{" not in text
    assert "default-src 'none'" in text


def test_a_name_that_is_html_does_no_harm(tmp_path):
    text = write(tmp_path, 3, file="</script><script>alert(1)</script>.png").read_text()
    assert "<script>alert" not in text
    assert parts_of(text)[0][0]["row"][0].startswith("</script><script>alert")


def test_without_a_number_it_says_so(tmp_path):
    text = write(tmp_path, 0).read_text()
    assert "<h1>0 numbers" in text
    assert parts_of(text) == []


def test_a_number_is_cut_out_with_what_stands_beside_it_which_is_paler():
    page, rows = drawn("scan.png", ["1234", "77"], [0.5, 0.9])
    first, second = cut_numbers(page, page.shape[1], rows, ["1234", "77"])
    assert first["row"] == rows[0]
    picture = decoded(first["picture"])
    assert picture.shape[0] <= TALLEST
    assert picture.min() < 90
    x, y, _, height = rows[1][4:8]
    beside = page.copy()
    beside[y : y + height, x - height // 2 : x - height // 4] = 0
    (paler,) = cut_numbers(beside, page.shape[1], rows[1:], ["77"])
    changed = decoded(paler["picture"]).astype(int) - decoded(second["picture"])
    assert -150 < changed.min() < -60


@pytest.mark.parametrize(
    "box", [(0, 0, 5, 5), (395, 195, 5, 5), (399, 199, 1, 1), (0, 90, 400, 9)]
)
def test_numbers_at_the_edge_are_cut_out_too(box):
    page = np.full((200, 400, 3), 200, np.uint8)
    row = ["a.png", 0, "", "", *box, "1", "0.5000", "true"]
    for width in (400, 4000):  # a page that was scaled down to be read
        scaled = [*row[:4], *(value * width // 400 for value in box), *row[8:]]
        (number,) = cut_numbers(page, width, [scaled], ["1"])
        height, width = decoded(number["picture"]).shape[:2]
        assert 1 <= height <= TALLEST
        assert 1 <= width <= WIDEST


def test_20_000_numbers_are_a_page_of_some_megabytes(tmp_path):
    page, rows = drawn("scan.png", ["1234", "77"], [0.5, 0.9])
    numbers = cut_numbers(page, page.shape[1], rows, ["1234", "77"])
    with opened_journal(tmp_path, {}, goes_on=False) as journal:
        for count in range(1000):
            journal.add(f"scan.pdf#{count + 1}", {}, numbers * 10)
        write_review(tmp_path / "review.html", journal)
    assert (tmp_path / "review.html").stat().st_size < 40_000_000
