"""The sample form of `images/form`: empty, its form.yaml, and three photos of it filled in.

The same seed always gives the same pictures; the digits are MNIST test digits.
"""

from pathlib import Path

import cv2
import numpy as np

from mnister.data.datasets import Digits
from mnister.forms.form_file import FormField, form_text
from mnister.forms.made import MadeField, MadeForm, fill_form, photograph
from mnister.hands.drawing import lay
from mnister.hands.fonts import typeset
from mnister.hands.page_digits import PageDigits
from mnister.pages.samples import read_test_digits

SEED = 1998
PHOTOS = 3
LONGEST = 1200  # pixels of a photo's long side
_SIZE = (700, 990)  # height and width of the form, pixels
_DIGITS = 2000  # of MNIST's test digits: enough, and soon thinned
# Name in form.yaml, caption, kind, left and upper edge, digits, whether it may not be empty.
_FIELDS = (
    ("member", "Member number", "comb", 60, 190, 6, True),
    ("postcode", "Postcode", "cells", 560, 190, 5, True),
    ("day", "Day", "cells", 60, 340, 2, False),
    ("month", "Month", "cells", 230, 340, 2, False),
    ("year", "Year", "cells", 400, 340, 4, False),
    ("telephone", "Telephone", "box", 60, 490, 8, False),
    ("amount", "Amount in euro", "line", 560, 490, 4, True),
)
_CELL = {"comb": 50, "cells": 64, "box": 50, "line": 50}  # pixels, from digit to digit
_HEIGHT = 62


def compose_form() -> MadeForm:
    """Compose the empty form."""
    form = MadeForm(np.zeros(_SIZE, np.uint8))
    lay(form.print, typeset("Hedgehog Watch", "libre-baskerville", 34).ink, 60, 50)
    lay(form.print, typeset("Membership, one form each", "DejaVuSans", 15).ink, 62, 106)
    cv2.circle(form.print, (890, 75), 36, 255, -1, cv2.LINE_AA)
    cv2.line(form.print, (60, 142), (930, 142), 255, 3)
    foot = "Write with a dark pen, one digit a box, and send a photo of the whole sheet."
    lay(form.print, typeset(foot, "DejaVuSans", 12).ink, 60, 630)
    for _, caption, kind, x, y, digits, _ in _FIELDS:
        lay(form.print, typeset(caption, "DejaVuSans", 14).ink, x, y - 24)
        form.fields.append(_print(form.print, kind, x, y, digits))
    return form


def _print(layer: np.ndarray, kind: str, x: int, y: int, digits: int) -> MadeField:
    step, own = _CELL[kind], 50
    if kind in ("box", "line"):
        cells = [(x, y, step * digits, _HEIGHT)]
    else:
        cells = [(x + i * step, y, own, _HEIGHT) for i in range(digits)]
    for a, b, w, h in cells:
        if kind == "line":
            cv2.line(layer, (a, b + h), (a + w, b + h), 255, 2)
        else:
            cv2.rectangle(layer, (a, b), (a + w, b + h), 255, 2)
    right = cells[-1][0] + cells[-1][2]
    return MadeField(kind, (x, y, right - x, _HEIGHT), digits, tuple(cells))


def form_fields(form: MadeForm) -> list[FormField]:
    """Return the sample's fields as form.yaml has them."""
    return [
        FormField(name, made.box, None if made.kind == "box" else made.digits, is_required)
        for (name, *_, is_required), made in zip(_FIELDS, form.fields, strict=True)
    ]


def compose_photo(form: MadeForm, number: int) -> tuple[np.ndarray, list[str]]:
    """Compose a photo of the form, filled in: uint8 (h, w), and what stands in each field."""
    images, labels = read_test_digits()
    digits = PageDigits(Digits(images[:_DIGITS], labels[:_DIGITS]))
    sheet, texts = fill_form(form, SEED, number, digits, empty=0.0)
    return photograph(sheet, SEED, number, LONGEST).image, texts


def write_form_samples(folder: Path) -> None:
    """Write blank.png, form.yaml and filled/photo_1.jpg … into a folder."""
    form = compose_form()
    (folder / "filled").mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "blank.png"), form.blank)
    text = form_text("images/form/form.yaml", "blank.png", form_fields(form))
    (folder / "form.yaml").write_text(text, encoding="utf-8")
    for number in range(1, PHOTOS + 1):
        photo, _ = compose_photo(form, number)
        quality = [cv2.IMWRITE_JPEG_QUALITY, 80]
        cv2.imwrite(str(folder / "filled" / f"photo_{number}.jpg"), photo, quality)
