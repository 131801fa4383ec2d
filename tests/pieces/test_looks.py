"""What reads badly is looked at in other ways."""

import cv2
import numpy as np

from mnister.images.ink import UNUSUAL
from mnister.pieces.finder import Finder
from mnister.pieces.looks import Look
from mnister.reading.reader import Reader
from tests.reading.pages import misread, page


def on_a_table(sheet):
    rows, columns = np.indices((sheet.shape[0] + 120, sheet.shape[1] + 160))
    table = 80 + 70 * np.sin((rows + 6 * np.sin(columns / 60)) / 8)
    table[60:-60, 80:-80] = sheet
    return cv2.GaussianBlur(np.clip(table, 0, 255).astype(np.uint8), (0, 0), 0.7)


def test_what_a_sheet_lies_on_changes_nothing(reader, clean):
    read = reader.read(on_a_table(clean))
    assert misread(read) <= 1
    assert read.look == "sheet on a desk"


def test_a_look_that_shows_the_same_ink_is_not_judged_again(classifier, clean, monkeypatch):
    looks, atoms = [], Finder._atoms

    def cut_into_atoms(self, ink, look):
        looks.append(look.assumption.name)
        return atoms(self, ink, look)

    monkeypatch.setattr(Finder, "_atoms", cut_into_atoms)
    monkeypatch.setattr(Finder, "_success", lambda *_: 0.0)
    Reader(classifier).read(clean)
    assert looks[0] == "usual"
    assert "narrow shadows" in {look.name for look in UNUSUAL}
    assert "narrow shadows" not in looks


def test_one_digit_is_found_on_a_sheet_on_a_table(classifier):
    """A network that is always sure: whether a lone digit is one depends on that."""

    class Sure:
        def predict(self, images):
            return np.eye(11, dtype=np.float32)[classifier.predict(images).argmax(axis=1)]

    read = Reader(Sure()).read(on_a_table(page(["6"], margin=100)))
    assert read.lines == ("6",)
    assert read.look == "sheet on a desk"


def test_a_look_that_shows_but_a_texture_is_not_followed(reader):
    woven = np.full((400, 400), 255, np.uint8)
    for place in range(4, 400, 10):
        woven[place : place + 5] = 0
    woven = np.maximum(woven, woven.T)  # 1,600 squares
    find = reader.finder.finder.find
    assert find(Look(woven)).verdicts
    assert not any(find(Look(woven, assumption)).verdicts for assumption in UNUSUAL)
    assert not reader.read(woven).digits
