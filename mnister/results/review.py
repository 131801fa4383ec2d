"""`review.html`: each number as its picture beside its text, the least sure first.

One file that needs no other, and no network. The pictures are cut while pages are read and lie in
the journal, not in memory; the file holds them in parts, of which a browser opens those it shows.
"""

import base64
import hashlib
import json
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mnister.arranging.written import NUMBER_COLUMNS
from mnister.results.journal import Journal
from mnister.run_files import opened_atomically

PARTS = Path(__file__).parent / "review_page"
TALLEST, WIDEST = 72, 480  # pixels of a number's picture: sharp at the size that it is shown in
AROUND = 0.5  # of the number's height: what stands beside it is seen, too
PALER = 0.55  # so much of what stands around a number is taken away
QUALITY = 55  # of WebP: some 900 bytes a number
AT_ONCE = 60  # numbers of a part
_X, _PROBABILITY = NUMBER_COLUMNS.index("x"), NUMBER_COLUMNS.index("probability")


def cut_numbers(
    picture: np.ndarray, width: int, rows: Iterable[Sequence[Any]], likeliest: Iterable[str]
) -> list[dict[str, Any]]:
    """Cut the numbers of a page out of it.

    Args:
        picture: uint8 (h, w, 3), RGB, perhaps scaled down.
        width: Pixels of the page, which the boxes are of.
        rows: Of its numbers, as numbers.csv has them.
        likeliest: What each is likeliest, without "?" for a digit that is not sure.

    Returns:
        Of each number `row`, `likely`, and `picture`: WebP in base64.
    """
    scale = picture.shape[1] / width
    numbers = []
    for row, likely in zip(map(list, rows), likeliest, strict=True):
        cut = _cut(picture, np.multiply(row[_X : _X + 4], scale))
        numbers.append({"row": row, "likely": likely, "picture": _encoded(cut)})
    return numbers


def write_review(path: Path, journal: Journal) -> None:
    """Write the page on which the numbers of a run are looked through.

    Args:
        path: The file.
        journal: Has the numbers with their pictures; they are read one by one.
    """
    places, chances = array("q"), array("d")
    digest = hashlib.sha256()  # a reviewer's marks are kept for these very numbers
    for place, number in journal.numbers():
        places.append(place)
        chances.append(float(number["row"][_PROBABILITY]))
        digest.update(json.dumps(number["row"]).encode())
    order = np.argsort(np.array(chances), kind="stable")
    script, style = _part("review.js"), _part("review.css")
    before, after = _part("review.html").split("<!-- numbers -->")
    filled = {
        "{{style}}": style,
        "{{script}}": script,
        "{{style_hash}}": _hash(style),
        "{{script_hash}}": _hash(script),
        "{{count}}": f"{len(order):,}",
        "{{settings}}": _json(
            {"columns": NUMBER_COLUMNS, "count": len(order), "id": digest.hexdigest()[:16]}
        ),
    }
    with opened_atomically(path) as file:
        file.write(_filled(before, filled))
        for start in range(0, len(order), AT_ONCE):
            part = [journal.number_at(places[i]) for i in order[start : start + AT_ONCE]]
            file.write(f'<script type="application/json" class="part">{_json(part)}</script>\n')
        file.write(_filled(after, filled))


def _cut(picture: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """Cut a number out with what stands around it, which is made paler: uint8 (h, w, 3)."""
    x, y, width, height = box
    margin = AROUND * height
    rows = _span(y, height, margin, picture.shape[0])
    columns = _span(x, width, margin, picture.shape[1])
    cut = picture[rows, columns].astype(np.float32)
    paper = np.median(cut, axis=(0, 1))
    pale = cut + (paper - cut) * PALER
    inner = (
        _span(y - rows.start, height, 0.1 * height, cut.shape[0]),
        _span(x - columns.start, width, 0.1 * height, cut.shape[1]),
    )
    pale[inner] = cut[inner]
    scale = min(1.0, TALLEST / cut.shape[0], WIDEST / cut.shape[1])
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    return cv2.resize(pale, size, interpolation=cv2.INTER_AREA).clip(0, 255).astype(np.uint8)


def _span(start: float, length: float, margin: float, end: int) -> slice:
    """Return from where to where, at least a pixel, within a picture."""
    first = min(max(0, round(start - margin)), end - 1)
    return slice(first, min(max(first + 1, round(start + length + margin)), end))


def _encoded(picture: np.ndarray) -> str:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return base64.b64encode(data.tobytes()).decode()


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _hash(text: str) -> str:
    """Return what a page's policy calls an inline script or style by, and lets no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: Any) -> str:
    """Return JSON that may stand within a script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
