import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.errors import UserError
from mnister.images.files import LEAST_SIDE
from mnister.images.ink import UNUSUAL
from mnister.reading.many import FEW, read_many
from mnister.reading.page import Page
from mnister.reading.reader import MODES, Reader
from mnister.reading.report import page_text
from tests.reading.nearest import Deadly, NearestClassifier
from tests.reading.pages import page

DIGITS = "0123456789"
LINES = [DIGITS, "147", "2968"]


@pytest.fixture(scope="module", name="classifier")
def _classifier():
    return NearestClassifier()


@pytest.fixture(scope="module", name="reader")
def _reader(classifier):
    return Reader(classifier)


@pytest.fixture(scope="module", name="mode_readers")
def _mode_readers(classifier):
    return {mode: Reader(classifier, mode=mode) for mode in MODES}


@pytest.fixture(scope="module", name="clean")
def _clean():
    return page(LINES)


def misread(read):
    """Count the digits of LINES that are read as others; all must be found, each in its line."""
    assert [len(line) for line in read.lines] == [len(line) for line in LINES]
    return sum(a != b for a, b in zip(read.text, "".join(LINES), strict=True))


def test_a_clean_page_is_read(reader, clean):
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert read.text == "".join(LINES)
    assert (read.width, read.height) == clean.shape[::-1]
    assert read.polarity == "dark_on_light"
    assert read.look == "usual"
    assert read.rotation == 0
    assert 0 < read.threshold < 255
    for found in read.digits:
        x, y, width, height = found.box
        assert width > 3
        assert height > 30
        assert (clean[y : y + height, x : x + width] < 120).any()
        assert 0 <= found.second.probability <= found.probability <= 1


@given(st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=5, deadline=None)
def test_a_margin_or_a_shift_changes_nothing(reader, clean, above, left):
    moved = np.pad(clean, ((above, 20), (left, 20)), mode="edge")
    assert list(reader.read(moved).lines) == LINES


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.5, 2.0, 3.0])
def test_size_changes_nothing(reader, clean, scale):
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(clean, None, fx=scale, fy=scale, interpolation=method)
    assert list(reader.read(resized).lines) == LINES


def test_white_on_black_reads_the_same(reader, clean):
    read = reader.read(255 - clean)
    assert list(read.lines) == LINES
    assert read.polarity == "light_on_dark"


def test_shade_changes_nothing(reader, clean):
    light = (
        np.linspace(0.45, 1, clean.shape[1])[None, :]
        * np.linspace(1, 0.7, clean.shape[0])[:, None]
    )
    assert list(reader.read((clean * light).astype(np.uint8)).lines) == LINES


def test_a_narrow_shadow_across_a_page_changes_nothing(reader, clean):
    light = np.ones(clean.shape)
    height, width = clean.shape
    corners = np.array([[0, 0], [width // 8, 0], [width, height // 2]])
    cv2.fillConvexPoly(light, corners.astype(np.int32), 0.5)
    light = cv2.GaussianBlur(light, (0, 0), 4)
    assert misread(reader.read((clean * light).astype(np.uint8))) <= 1


def test_a_dark_shadow_across_a_wide_page_changes_nothing(reader, clean):
    wide = np.pad(clean, ((60, 60), (300, 300)), mode="edge")
    height, width = wide.shape
    corners = [[0, 0.95], [0.35, 0.5], [1, 0.45], [0.5, 0.8]]
    light = np.ones(wide.shape)
    cv2.fillConvexPoly(light, (np.array(corners) * (width, height)).astype(np.int32), 0.45)
    light = cv2.GaussianBlur(light, (0, 0), 10)
    assert list(reader.read((wide * light).astype(np.uint8)).lines) == LINES


@pytest.mark.parametrize("depth", [12, 45])
def test_squares_printed_askew_change_nothing(reader, depth):
    squared = page(LINES, height=48, paper=225).astype(np.int16)
    rows, columns = np.indices(squared.shape)
    on_grid = ((rows + 0.08 * columns) % 24 < 2) | ((columns - 0.08 * rows) % 24 < 2)
    squared[on_grid] -= depth
    noise = np.random.default_rng(0).normal(0, 3, squared.shape)
    assert misread(reader.read(np.clip(squared + noise, 0, 255).astype(np.uint8))) <= 1


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
    looks, find = [], Reader._find_digits

    def find_digits(self, ink, assumption, started):
        looks.append(assumption.name)
        return find(self, ink, assumption, started)

    monkeypatch.setattr(Reader, "_find_digits", find_digits)
    monkeypatch.setattr(Reader, "_success", lambda *_: 0.0)
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
    assert reader._find(woven).verdicts
    assert not any(reader._find(woven, assumption).verdicts for assumption in UNUSUAL)
    assert not reader.read(woven).digits


def test_a_page_of_more_than_a_thousand_digits_is_read_whole(reader):
    lines = [DIGITS * 4] * 30
    read = reader.read(page(lines, height=24))
    assert sum(map(len, read.lines)) == 1200
    assert read.note is None
    wrong = sum(a != b for a, b in zip(read.text, "".join(lines), strict=True))
    assert wrong <= 4 * 30  # one of the ten may look like another to this network


def test_that_not_all_was_looked_at_is_said(reader, clean, monkeypatch):
    monkeypatch.setattr("mnister.reading.reader.MOST_PIECES", 5)
    read = reader.read(clean)
    assert len(read.digits) == 5
    assert "Only the largest 5 pieces of ink were looked at" in read.note


def test_rules_of_another_color_change_nothing(reader, clean):
    rows, columns = np.indices(clean.shape)
    on_grid = (rows % 24 < 3) | (columns % 24 < 3)
    blank = clean[..., None] / clean.max()  # 1 on paper
    light = blank + (1 - blank) * (0.25, 0.4, 0.85)
    light[on_grid] *= (0.9, 0.3, 0.25)
    assert misread(reader.read((225 * light).astype(np.uint8))) <= 1


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


def test_bottom_to_top(classifier, clean):
    read = Reader(classifier, reading_order="bottom_to_top").read(clean)
    assert list(read.lines) == LINES[::-1]


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
    monkeypatch.setattr(Reader, "_success", lambda *_: 0.7)
    monkeypatch.setattr(Reader, "_rotation", lambda *_: 270)
    read = reader.read(clean)
    assert list(read.lines) == LINES
    assert read.rotation == 0


def test_a_turned_page_is_turned_back_on_request(classifier, clean):
    for quarter in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(clean, quarter))
        read = Reader(classifier, rotation=360 - 90 * quarter).read(turned)
        assert list(read.lines) == LINES
        assert read.rotation == 360 - 90 * quarter


def test_single_digits(classifier):
    reader = Reader(classifier, mode="single_digit")
    for value in range(10):
        grey = page([str(value)], height=60, margin=20)
        assert reader.read(grey).lines == (str(value),)


def test_a_single_digit_in_a_picture_of_8_pixels(classifier):
    one = page(["1"], height=6, margin=1)
    assert one.shape == (14, 10)
    assert Reader(classifier, mode="single_digit").read(one[:8, :8]).lines == ("1",)


@given(st.integers(LEAST_SIDE, 24), st.integers(LEAST_SIDE, 24), st.integers(0, 2**16))
@settings(max_examples=60, deadline=None)
def test_pictures_of_a_few_pixels_are_read_or_refused(mode_readers, height, width, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    read = mode_readers["multi_digit"].read(noise)
    assert (read.width, read.height) == (width, height)
    try:
        said = mode_readers["single_digit"].read(noise).text
    except UserError as error:
        said = str(error)
    assert said in list(DIGITS) or "No digit found" in said


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_beside_a_broad_faint_band(classifier, value):
    grey = page([str(value)], height=60, margin=20)
    banded = np.pad(grey, ((0, 0), (0, 40)), mode="edge")
    banded[:, -22:-4] = 0.87 * banded[:, -22:-4]
    assert Reader(classifier, mode="single_digit").read(banded).lines == (str(value),)


@pytest.mark.parametrize("value", range(10))
def test_a_single_digit_that_the_lines_of_its_paper_touch(classifier, value):
    grey = page([str(value)], height=60, margin=20).astype(float)
    for lines in (grey[::23], grey[1::23], grey[:, ::27], grey[:, 1::27]):
        lines *= 0.7
    read = Reader(classifier, mode="single_digit").read(grey.astype(np.uint8))
    assert read.lines == (str(value),)


def test_uncertain_digits_are_question_marks(classifier, clean):
    read = Reader(classifier, min_confidence=0.999).read(clean)
    assert "?" in read.text
    unsure = [found for found in read.digits if found.name == "?"]
    assert all(found.probability < 0.999 for found in unsure)


def test_networks_with_and_without_a_class_for_no_digit(reader, clean):
    assert reader.class_names[-1] == "none"
    assert all(found.name != "none" for found in reader.read(clean).digits)
    ten = Reader(NearestClassifier(with_none=False))
    assert ten.class_names == tuple("0123456789")
    assert list(ten.read(clean).lines) == LINES


@pytest.mark.parametrize("grey", [255, 128, 0])
def test_a_blank_page_says_so(reader, classifier, grey):
    blank = np.full((200, 300), grey, np.uint8)
    read = reader.read(blank)
    assert read.lines == ()
    assert "No digit found" in read.note
    with pytest.raises(UserError, match="No digit found"):
        Reader(classifier, mode="single_digit").read(blank)


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


def test_a_file_of_more_pages_says_that_the_first_was_read(reader, clean, tmp_path):
    path = tmp_path / "scan.tif"
    cv2.imwritemulti(str(path), [clean, page(["9"])])
    read = reader.read(path)
    assert list(read.lines) == LINES
    assert read.note.startswith("Only the first of 2 pages was read.\n  Instead:")
    assert [line.strip() for line in page_text(read).plain.splitlines()] == [
        "scan.tif", *LINES, *(line.strip() for line in read.note.splitlines())
    ]  # fmt: skip


def test_what_would_find_ink_is_named(classifier, clean):
    note = Reader(classifier, threshold=5).read(clean).note
    assert "T = 5 no ink" in note
    assert "preprocessing.threshold=" in note


def test_ink_that_is_no_digit_is_told_from_none(classifier):
    sign = np.full((200, 300), 255, np.uint8)
    cv2.putText(sign, "@", (90, 140), cv2.FONT_HERSHEY_SIMPLEX, 3.5, 0, 6)
    note = Reader(classifier).read(sign).note
    assert "ink, but none that reads as a digit" in note


def test_many_pictures_in_order_and_a_bad_one_in_its_place(reader, clean, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(6)]
    for i, path in enumerate(paths):
        cv2.imwrite(str(path), page([str(i) * 3]) if i != 2 else clean[:4, :4])
    pages = list(reader.read_many(paths))
    assert [read.file for read in pages] == [str(path) for path in paths]
    assert [read.text for read in pages if not read.error] == [str(i) * 3 for i in (0, 1, 3, 4, 5)]
    assert "too small" in pages[2].error


@pytest.mark.parametrize(
    "option",
    [
        {"mode": "digit"},
        {"threshold": "ostu"},
        {"threshold": 300},
        {"rotation": 45},
        {"min_confidence": 2},
        {"reading_order": "left"},
    ],
)
def test_options_are_checked(classifier, option):
    (name,) = option
    with pytest.raises(UserError, match=name):
        Reader(classifier, **option)


def test_class_names_must_fit(classifier):
    with pytest.raises(UserError, match="11 names"):
        Reader(classifier, class_names=["a", "b"])


@pytest.mark.slow
def test_processes_read_as_one_does(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(FEW)]
    for i, path in enumerate(paths):
        cv2.imwrite(str(path), page([str(i) * 2]))
    portable = NearestClassifier()
    portable.is_portable = True
    texts = [read.text for read in Reader(portable).read_many(paths, workers=2)]
    assert texts == [str(i) * 2 for i in range(FEW)]


@pytest.mark.slow
@pytest.mark.parametrize("deadly", [{0}, {3, 4}, {FEW}])
def test_a_process_that_is_killed_takes_only_its_picture_along(tmp_path, deadly):
    paths = [tmp_path / f"{i}.png" for i in range(FEW + 1)]
    for i, path in enumerate(paths):
        cv2.imwrite(str(path), page(["7777" if i in deadly else "1147"]))
    pages = list(Reader(Deadly(2000)).read_many(paths, workers=2))
    assert [read.file for read in pages] == [str(path) for path in paths]
    killed = {i for i, read in enumerate(pages) if read.error}
    assert killed == deadly
    assert all("was killed" in pages[i].error for i in deadly)


UNGUARDED = """
from mnister.reading.reader import Reader
from tests.reading.nearest import Deadly

list(Reader(Deadly(100)).read_many([f"{i}.png" for i in range(20)], workers=2))
"""


@pytest.mark.slow
def test_a_script_without_a_guarded_main_is_told_so(tmp_path):
    (tmp_path / "script.py").write_text(UNGUARDED)
    root = Path(__file__).parents[2]
    finished = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 1
    assert '`if __name__ == "__main__":`' in finished.stderr


def test_a_picture_that_breaks_the_reader_does_not_stop_the_others():
    class Breaks:
        classifier = None

        def read(self, picture):
            if picture == "b.png":
                raise MemoryError("no room for it")
            return Page(picture)

    pages = list(read_many(Breaks(), ["a.png", "b.png", "c.png"], 1))
    assert [page.file for page in pages] == ["a.png", "b.png", "c.png"]
    assert [page.error for page in pages] == [
        None, "It could not be read: MemoryError: no room for it", None,
    ]  # fmt: skip
