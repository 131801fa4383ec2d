"""The places to write in on an empty form: boxes, combs and rows of cells, lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mnister.forms.agreement import print_of

Box = tuple[int, int, int, int]

_LONGEST = 2000  # pixels of the long side, on which they are looked for
_DARK = 0.1  # of the paper's light: as little do pale boxes take away
_RUN = 0.011  # of the long side: the shortest run that is a line
_LEAST = 0.015  # of the long side: the lowest box, smaller ones are within letters
_MOST = 0.5  # of the form: a larger box is a frame
_RECTANGULAR = 0.9  # of what is around it
_PRINTED = 0.35  # of a box: as much print in it, and it is none to write in
_ALIKE = 0.15  # part by which the cells of a row differ
_NARROW = 1.4  # widths in heights of a cell for one digit
_APART = 0.6  # widths between two cells of a row
_LINE = (0.04, 0.8)  # of the form's width: shorter and longer lines are none to write on
_TALLEST = 0.045  # of the long side: room above a line, at most


@dataclass(frozen=True)
class Place:
    """A place to write in.

    Attributes:
        box: x, y, width, height, pixels.
        digits: How many cells it has; None: it has none.
    """

    box: Box
    digits: int | None


def find_places(grey: np.ndarray) -> list[Place]:
    """Find the places to write in.

    Args:
        grey: uint8 (height, width), of an empty form.

    Returns:
        Row by row, those of a row from left to right.
    """
    scale = max(1.0, max(grey.shape) / _LONGEST)
    size = [max(1, round(side / scale)) for side in grey.shape[::-1]]
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if scale > 1 else grey
    ink = ((print_of(small) > _DARK) * 255).astype(np.uint8)
    run = max(8, round(_RUN * max(small.shape)))
    flat = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8))
    grid = cv2.dilate(flat | upright, np.ones((3, 3), np.uint8))
    boxes = _boxes(grid, ink, round(_LEAST * max(small.shape)))
    places = _combs(boxes) + [Place(box, None) for box in _lines(grid, ink, boxes, run)]
    scaled = [Place(tuple(round(v * scale) for v in p.box), p.digits) for p in places]
    return _in_order(scaled)


def _boxes(grid: np.ndarray, ink: np.ndarray, least: int) -> list[Box]:
    """Find the rectangles that lines enclose and in which nearly nothing is printed."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((grid == 0).astype(np.uint8), None, 4)
    height, width = grid.shape
    found = []
    for label, (x, y, w, h, area) in enumerate(stats.tolist()):
        is_inside = x > 0 and y > 0 and x + w < width and y + h < height
        is_box = min(w, h) >= least and area >= _RECTANGULAR * w * h and w * h < _MOST * grid.size
        if label and is_inside and is_box and not _is_printed(ink[y : y + h, x : x + w]):
            found.append((x - 1, y - 1, w + 2, h + 2))  # what the lines were thickened by
    return [box for box in found if not any(_holds(box, other) for other in found)]


def _is_printed(inside: np.ndarray) -> bool:
    """Tell whether print takes up much of a box."""
    inner = inside[2:-2, 2:-2]
    if not inner.any():
        return False
    _, _, width, height = cv2.boundingRect(inner)
    return width * height > _PRINTED * inside.size


def _holds(box: Box, other: Box) -> bool:
    x, y, w, h = other
    is_in = box[0] <= x and box[1] <= y and x + w <= box[0] + box[2] and y + h <= box[1] + box[3]
    return box != other and is_in


def _combs(boxes: Sequence[Box]) -> list[Place]:
    """Join cells that stand in a row, as many as they are of one width, to one place."""
    rows: list[list[Box]] = []
    for box in sorted(boxes):
        x, y, width, height = box
        for row in rows:
            a, b, w, h = row[-1]
            are_level = abs(b - y) < _ALIKE * h and abs(h - height) < _ALIKE * h
            are_alike = abs(w - width) <= max(2, _ALIKE * w) and max(w, width) <= _NARROW * h
            if are_level and are_alike and 0 <= x - a - w + 2 <= _APART * w + 2:
                row.append(box)
                break
        else:
            rows.append([box])
    places = []
    for row in rows:
        left, top = row[0][0], min(y for _, y, _, _ in row)
        right, bottom = row[-1][0] + row[-1][2], max(y + h for _, y, _, h in row)
        is_cell = len(row) > 1 or row[0][2] <= _NARROW * row[0][3]
        box = (left, top, right - left, bottom - top)
        places.append(Place(box, len(row) if is_cell else None))
    return places


def _lines(grid: np.ndarray, ink: np.ndarray, boxes: Sequence[Box], least: int) -> list[Box]:
    """Find the room above lines to write on, as high as a box or as is free.

    A line that others join is part of a frame.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(grid)
    most = _TALLEST * max(ink.shape)
    if boxes:
        most = min(most, float(np.median([h for _, _, _, h in boxes])))
    found = []
    for x, y, w, h, _ in stats[1:].tolist():
        if not _LINE[0] < w / ink.shape[1] < _LINE[1] or h > least:
            continue
        above = ink[max(0, y - round(most)) : y, x : x + w].any(axis=1)
        room = len(above) if not above.any() else len(above) - 1 - int(np.flatnonzero(above)[-1])
        if room >= 1.5 * least:
            found.append((x, y - room, w, room))
    return found


def _in_order(places: list[Place]) -> list[Place]:
    """Sort places as they are read: those whose middles are level are a row."""
    rows: list[list[Place]] = []
    for place in sorted(places, key=lambda p: p.box[1] + p.box[3] / 2):
        _, y, _, height = place.box
        if rows and y + height / 2 < rows[-1][0].box[1] + rows[-1][0].box[3]:
            rows[-1].append(place)
        else:
            rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda p: p.box[0])]
