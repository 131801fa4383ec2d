"""Arrays as NumPy saves them: pairs by shape and name, nothing unpickled."""

import pickle
import zipfile

import numpy as np
import pytest

from mnister.data.npz_tables import read_npz
from mnister.errors import UserError
from tests.data.written import make_digits

IMAGES, LABELS = make_digits()


def read(path):
    return read_npz({"train": [path]})


def save(path, compressed=True, **arrays):
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("compressed", [True, False])
def test_parts_are_told_by_their_names(tmp_path, compressed):
    arrays = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:9], "y_test": LABELS[:9]}
    tables = read(save(tmp_path / "mnist.npz", compressed, **arrays))
    assert list(tables) == ["train", "test"]
    assert np.array_equal(tables["train"].images, IMAGES)
    assert tables["test"].labels.tolist() == LABELS[:9].tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.reshape(len(x), 784),
        lambda x: x[..., None],
        lambda x: x[:, None],
        lambda x: x.astype(np.float64),
        lambda x: (x / 255).astype(np.float32),
        lambda x: np.asfortranarray(x),
        lambda x: x.astype(">i4"),
        lambda x: 255 - x,
    ],
    ids=["flat", "N×28×28×1", "N×1×28×28", "floats", "0 to 1", "Fortran", "big", "dark on light"],
)
def test_images_of_any_shape_and_range_are_the_same(tmp_path, change):
    table = read(save(tmp_path / "a.npz", images=change(IMAGES), labels=LABELS))["train"]
    assert table.images.dtype == np.uint8
    assert np.array_equal(table.images, IMAGES)


@pytest.mark.parametrize(
    "labels",
    [LABELS.astype(float), LABELS[:, None], LABELS.astype(np.uint8), LABELS.astype(str)],
)
def test_labels_of_any_type_are_the_same(tmp_path, labels):
    table = read(save(tmp_path / "a.npz", x=IMAGES, y=labels))["train"]
    assert table.labels.dtype == np.int64
    assert table.labels.tolist() == LABELS.tolist()


def test_names_may_say_nothing_of_parts(tmp_path):
    np.savez(tmp_path / "a.npz", IMAGES, LABELS)  # arr_0, arr_1
    np.savez(tmp_path / "b.npz", IMAGES, LABELS)
    tables = read_npz({"train": [tmp_path / "a.npz"], "test": [tmp_path / "b.npz"]})
    assert list(tables) == ["train", "test"]


def test_binary_pictures_are_taken_as_black_and_white(tmp_path):
    table = read(save(tmp_path / "a.npz", x=IMAGES > 99, y=LABELS))["train"]
    assert np.array_equal(table.images, np.where(IMAGES > 99, 255, 0))


def test_what_is_done_to_the_values_is_told(tmp_path, caplog):
    caplog.set_level("INFO")
    read(save(tmp_path / "a.npz", x=1 - IMAGES / 255, y=LABELS))
    assert "from 0 to 1, taken as 0 to 255" in caplog.text
    assert "dark on light, turned to white on black" in caplog.text


def mixed_polarity():
    images = IMAGES.copy()
    images[::2] = 255 - images[::2]
    return images


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({}, "no array"),
        ({"x": IMAGES}, "x: 60×28×28 uint8"),
        ({"y": LABELS}, "y: 60 int64"),
        ({"x": IMAGES, "y": LABELS[:-1]}, "y: 59"),
        ({"x": IMAGES[:, :14], "y": LABELS}, "x: 60×14×28"),
        ({"x": IMAGES, "y": np.eye(3)[LABELS]}, "y: 60×3"),
        ({"x": IMAGES, "y": LABELS, "z": LABELS}, "z: 60"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "x: 0×28×28"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}, "x_test: 60"),
        ({"x": IMAGES, "y": LABELS.astype(object)}, "never unpickled"),
        ({"x": IMAGES, "y": np.where(LABELS, LABELS, np.nan)}, "no class numbers(?s:.*)nan"),
        ({"x": IMAGES / 255 * 2 - 1, "y": LABELS}, "values from -1 to 1"),
        ({"x": IMAGES.astype(np.uint16) * 257, "y": LABELS}, "values from 0 to 65535"),
        ({"x": np.where(IMAGES, IMAGES, np.nan), "y": LABELS}, "no numbers"),
        ({"x": np.where(IMAGES, IMAGES, np.inf), "y": LABELS}, "from 1 to inf"),
        ({"x": mixed_polarity(), "y": LABELS}, "30 of 60 with a light border"),
    ],
)
def test_what_are_no_labelled_digits_is_told(tmp_path, arrays, words):
    with pytest.raises(UserError, match=words):
        read(save(tmp_path / "a.npz", **arrays))


class Evil:
    def __reduce__(self):
        return print, ("unpickled",)


@pytest.mark.parametrize("name", ["y.npy", "notes.pkl"])
def test_nothing_is_unpickled(tmp_path, capsys, name):
    save(tmp_path / "a.npz", x=IMAGES)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr(name, pickle.dumps(Evil()))
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "a.npz")
    assert "unpickled" not in capsys.readouterr().out


def test_a_header_that_promises_too_much_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", IMAGES)
    content = (tmp_path / "x.npy").read_bytes()
    content = content.replace(b"(60, 28, 28), }    ", b"(60000000, 28, 28)}")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
        archive.writestr("y.npy", content.replace(b"(60000000, 28, 28)", b"(60000000,)       "))
    with pytest.raises(UserError, match="more images than can be read"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"])
def test_what_is_no_npz_is_told(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "a.npz")


def test_a_file_that_is_cut_off_is_told(tmp_path):
    save(tmp_path / "a.npz", x=IMAGES, y=LABELS)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[300:1300] = bytes(1000)
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "a.npz")
