"""Parquet files as Hugging Face keeps MNIST; what is no table of pictures is told."""

import sys

import cv2
import numpy as np
import pytest

from mnister.data.parquet_tables import read_parquet
from mnister.errors import UserError
from mnister.images.picture import decode_image
from tests.data.written import make_digits, write_parquet

IMAGES, LABELS = make_digits(40)


def read(*paths):
    return read_parquet(paths, decode_image)


def test_pictures_and_labels_are_read(tmp_path):
    write_parquet(tmp_path / "a.parquet", IMAGES, LABELS, names="012")
    table = read(tmp_path / "a.parquet")
    assert np.array_equal(table.images, IMAGES)
    assert table.labels.tolist() == LABELS.tolist()
    assert table.names == ("0", "1", "2")


@pytest.mark.parametrize("kind", ["binary", "large_binary", "binary_view"])
def test_pictures_may_be_bytes_of_any_kind(tmp_path, kind):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow writes the file")
    content = [cv2.imencode(".png", image)[1].tobytes() for image in IMAGES]
    parquet = pytest.importorskip("pyarrow.parquet")
    pictures = pyarrow.array(content, getattr(pyarrow, kind)())
    table = pyarrow.table({"image": pictures, "label": LABELS})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert np.array_equal(read(tmp_path / "a.parquet").images, IMAGES)


def test_shards_follow_each_other(tmp_path):
    files = []
    for number in range(2):
        files.append(tmp_path / f"train-0000{number}-of-00002.parquet")
        part = slice(number * 20, number * 20 + 20)
        write_parquet(files[-1], IMAGES[part], LABELS[part])
    assert np.array_equal(read(*files).images, IMAGES)


def test_more_rows_than_are_read_at_once(tmp_path):
    images, labels = make_digits(2100)
    write_parquet(tmp_path / "a.parquet", images, labels)
    assert np.array_equal(read(tmp_path / "a.parquet").images, images)


def test_what_pandas_writes_is_read(tmp_path):
    pandas = pytest.importorskip("pandas", reason="pandas writes the file")
    pytest.importorskip("pyarrow", reason="pyarrow writes the file")
    content = [cv2.imencode(".png", image)[1].tobytes() for image in IMAGES]
    frame = pandas.DataFrame({"image": content, "digit": pandas.Categorical(LABELS.astype(str))})
    frame.to_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert np.array_equal(table.images, IMAGES)
    assert table.labels.tolist() == LABELS.tolist()


def write_bad(path, **change):
    images, labels, options = IMAGES, LABELS.tolist(), {}
    labels = change.pop("labels", labels)
    images = change.pop("images", images)
    options |= change
    write_parquet(path, images, labels, **options)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": ("image", "kind")}, "columns(?s:.*)kind: int64"),
        ({"columns": ("label", "image")}, "columns|class numbers|neither"),
        ({"labels": [None, *LABELS.tolist()[1:]]}, "without a label(?s:.*)digit 1"),
        ({"labels": [-1] * 40}, "no class numbers(?s:.*)-1"),
        ({"labels": [[1]] * 40}, "neither numbers nor texts(?s:.*)list"),
        ({"names": "01"}, "no class numbers(?s:.*)2, but 2 names"),
        ({"encode": lambda _: b"no picture"}, "40 pictures of(?s:.*)and 30 more pictures"),
        ({"encode": lambda _: None}, "its bytes are not in the file"),
        ({"images": [np.zeros((32, 28), np.uint8)] * 40}, "28×32 pixels(?s:.*)image_folder"),
        ({"images": IMAGES[:0], "labels": []}, "no digits"),
    ],
)
def test_what_are_no_labelled_pictures_is_told(tmp_path, change, words):
    write_bad(tmp_path / "a.parquet", **change)
    with pytest.raises(UserError, match=words):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"label,pixel0\n1,2\n" * 99])
def test_what_is_no_parquet_is_told(tmp_path, content):
    pytest.importorskip("pyarrow", reason="needs '.[parquet]'")
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "a.parquet")


def test_what_to_install_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"pip install '\.\[parquet\]'"):
        read(tmp_path / "a.parquet")
