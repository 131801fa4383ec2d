from pathlib import Path

import numpy as np
import pytest

from mnister.hands import fonts
from mnister.hands.fonts import (
    HANDWRITING,
    PRINT,
    UNSEEN_HANDWRITING,
    UNSEEN_PRINT,
    letter,
    typeset,
)

FOLDER = Path(fonts.__file__).parent / "fonts"


@pytest.mark.parametrize("name", PRINT + HANDWRITING + UNSEEN_PRINT + UNSEEN_HANDWRITING)
def test_every_font_has_the_letters_and_digits(name):
    inks = [letter(name, character).ink for character in "0123456789AaZz"]
    assert min(ink.size for ink in inks) > 0
    assert len({ink.tobytes() for ink in inks[:10]}) == 10


def test_every_font_that_lies_here_is_used_and_named_with_its_licence():
    here = {path.stem for path in FOLDER.glob("*.woff2")}
    assert here <= set(PRINT + HANDWRITING + UNSEEN_PRINT + UNSEEN_HANDWRITING)
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in table.splitlines() if "opyright" in line}
    assert {name for name in here if "OFL-1.1" in rows[name] or "Apache-2.0" in rows[name]} == here
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_500_000


def test_training_and_validation_share_no_font():
    assert not set(PRINT + HANDWRITING) & set(UNSEEN_PRINT + UNSEEN_HANDWRITING)


def test_boxes_of_letters_are_tight():
    text = typeset("10 4", "DejaVuSans", 40)
    assert (text.boxes[2, 2:] == 0).all()
    for x, y, width, height in text.boxes[[0, 1, 3]]:
        piece = text.ink[round(y) : round(y + height), round(x) : round(x + width)]
        assert (piece > 127).any(axis=1).mean() > 0.9
        assert (piece > 127).any(axis=0).mean() > 0.85
        assert abs(height - 40) < 3
    assert abs(text.baseline - (text.boxes[0, 1] + text.boxes[0, 3])) < 2


def test_no_text_is_no_ink():
    assert not typeset("", "DejaVuSans", 20).ink.any()
    assert not np.any(typeset("  ", "DejaVuSans", 20).ink)
