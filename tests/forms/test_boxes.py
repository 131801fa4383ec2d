"""The places to write in are found on empty forms, with how many digits belong there."""

import cv2
import numpy as np
import pytest

from mnister.forms.boxes import find_places
from mnister.forms.made import make_form


def overlap(one, other):
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0, width) * max(0, height)
    return both / (one[2] * one[3] + other[2] * other[3] - both)


@pytest.mark.parametrize("number", range(4))
def test_boxes_combs_cells_and_lines_are_found(number):
    form = make_form(11, number)
    places = find_places(form.blank)
    for made in form.fields:
        best = max(places, key=lambda place: overlap(place.box, made.box))
        assert overlap(best.box, made.box) > (0.5 if made.kind == "line" else 0.85), made
        if made.kind in ("comb", "cells"):
            assert best.digits == made.digits
    assert len(places) <= len(form.fields) + 3


def test_they_come_as_they_are_read():
    form = np.full((600, 800), 250, np.uint8)
    for x, y in ((500, 104), (100, 100), (100, 300)):
        cv2.rectangle(form, (x, y), (x + 200, y + 50), 20, 2)
    places = find_places(form)
    assert [(round(p.box[0], -2), round(p.box[1], -2)) for p in places] == [
        (100, 100), (500, 100), (100, 300)
    ]  # fmt: skip
    assert [place.digits for place in places] == [None] * 3


def test_what_is_printed_on_is_no_place_and_no_frame_is():
    form = np.full((600, 800), 250, np.uint8)
    cv2.rectangle(form, (20, 20), (780, 580), 20, 3)
    cv2.rectangle(form, (100, 100), (400, 160), 20, 2)
    cv2.putText(form, "Heading", (110, 150), cv2.FONT_HERSHEY_SIMPLEX, 2, 20, 4)
    cv2.rectangle(form, (100, 300), (400, 360), 20, 2)
    (place,) = find_places(form)
    assert overlap(place.box, (100, 300, 300, 60)) > 0.9


def test_a_tilted_and_shaded_form_has_them_too():
    form = np.full((900, 700), 245, np.uint8)
    for i in range(5):
        cv2.rectangle(form, (100 + 50 * i, 200), (150 + 50 * i, 260), 40, 2)
    turn = cv2.getRotationMatrix2D((350, 450), 1.0, 1.0)
    tilted = cv2.warpAffine(form, turn, (700, 900), borderValue=245)
    shade = np.linspace(0.55, 1, 700)[None]
    (place,) = find_places((tilted * shade).astype(np.uint8))
    assert place.digits == 5


def test_paper_alone_has_none():
    assert find_places(np.full((500, 500), 240, np.uint8)) == []
