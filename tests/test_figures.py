"""The pictures of both rooms show what they should."""

import cv2
import numpy as np
import pytest

from mnister import figures

ROWS = [
    {"epoch": 1, "loss": 0.5, "accuracy": 0.9, "learning_rate": 1e-3},
    {"epoch": 2, "loss": 0.2, "accuracy": 0.95, "validation_loss": 0.3, "learning_rate": 5e-4},
]
NAMES = [str(digit) for digit in range(10)]


def read_picture(path):
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.min() < 100 < 250 < picture.max()
    return picture


def test_confusion_matrix_has_a_row_for_each_true_class():
    matrix = figures.confusion_matrix(np.array([0, 0, 2], np.uint8), np.array([0, 2, 2]), 3)
    assert matrix.dtype == np.int64
    assert matrix.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], []])
def test_curves_are_drawn_for_however_many_epochs(tmp_path, rows):
    figures.write_curves(rows, tmp_path / "curves.png")
    assert read_picture(tmp_path / "curves.png").shape == (456, 1440, 3)


def test_confusion_matrix_is_drawn_dark_on_its_diagonal(tmp_path):
    figures.write_confusion_matrix(np.eye(10, dtype=int) * 5, NAMES, tmp_path / "matrix.png")
    picture = read_picture(tmp_path / "matrix.png")
    dark = (picture[..., 2] < 60) & (picture[..., 0] > 80)
    assert 0.05 < dark.mean() < 0.1  # the ten dark blue squares
    figures.write_confusion_matrix(np.zeros((10, 10), int), NAMES, tmp_path / "empty.png")
    read_picture(tmp_path / "empty.png")


def test_wrong_digits_are_sorted_by_confidence(tmp_path, monkeypatch):
    captions = []
    from matplotlib.axes import Axes

    monkeypatch.setattr(Axes, "text", lambda *arguments, **_: captions.append(arguments[3]))
    labels = np.array([4, 1, 7, 3])
    predictions = np.array([9, 1, 2, 5])
    probabilities = np.full((4, 10), 0.001)
    probabilities[np.arange(4), predictions] = [0.6, 0.99, 0.98, 0.7]
    images = np.zeros((4, 28, 28, 1), dtype=np.uint8)
    path = tmp_path / "wrong.png"
    figures.write_wrong_digits(images, labels, predictions, probabilities, NAMES, path, most=2)
    assert captions == ["7 → 2  98%", "3 → 5  70%"]
    named = probabilities.max(axis=1)
    figures.write_wrong_digits(images, labels, predictions, named, NAMES, path)
    assert captions[2:] == ["7 → 2  98%", "3 → 5  70%", "4 → 9  60%"]


def test_a_sheet_holds_every_picture_at_its_corner():
    pictures = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
    sheet, corners = figures.lay_out_sheet(pictures, 2, 2)
    assert sheet.shape == (80, 64)
    assert corners == [(12, 2), (12, 34), (52, 2)]
    for (top, left), picture in zip(corners, pictures, strict=True):
        assert np.array_equal(sheet[top : top + 28, left : left + 28], picture)
    assert not sheet[:12].any()


def test_no_wrong_digit_is_a_sheet_that_says_so(tmp_path):
    images, labels = np.zeros((3, 28, 28), dtype=np.uint8), np.array([1, 2, 3])
    path = tmp_path / "wrong.png"
    figures.write_wrong_digits(images, labels, labels, np.ones(3), NAMES, path)
    read_picture(path)


def test_long_class_names_are_cut_and_stand_in_two_lines():
    caption, size = figures.wrong_digit_caption("Ankle boot $1", "Bag", 0.5)
    assert caption == "Ankle bo… →\nBag  50%"
    assert size < 9
