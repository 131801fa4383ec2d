"""The idx reader: what was written comes back, and each kind of damage has its own message."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mnister.data import idx
from mnister.errors import UserError

DATA = Path(__file__).parents[2] / "data" / "mnist"
IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([7, 0, 9], dtype=np.uint8)


@pytest.fixture
def images_path(tmp_path):
    path = tmp_path / "some-images-idx3-ubyte.gz"
    idx.write_idx(path, IMAGES)
    return path


@pytest.fixture
def labels_path(tmp_path):
    path = tmp_path / "some-labels-idx1-ubyte.gz"
    idx.write_idx(path, LABELS)
    return path


def rewrite(path, change):
    """Break the uncompressed content of a gzip'd file."""
    path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))


@settings(max_examples=50, deadline=None)
@given(
    images=arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=8)),
    labels=arrays(np.uint8, array_shapes(min_dims=1, max_dims=1, max_side=40)),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_what_was_written_comes_back(tmp_path_factory, images, labels, suffix):
    folder = tmp_path_factory.mktemp("idx")
    idx.write_idx(folder / f"images{suffix}", images)
    idx.write_idx(folder / f"labels{suffix}", labels)
    np.testing.assert_array_equal(idx.read_images(folder / f"images{suffix}"), images)
    np.testing.assert_array_equal(idx.read_labels(folder / f"labels{suffix}"), labels)


def test_the_bundled_test_set_is_mnist():
    images = idx.read_images(DATA / "t10k-images-idx3-ubyte.gz")
    labels = idx.read_labels(DATA / "t10k-labels-idx1-ubyte.gz")
    assert images.shape == (10_000, 28, 28)
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_the_same_values_give_the_same_bytes_and_may_be_changed(images_path, tmp_path):
    idx.write_idx(tmp_path / "other.gz", IMAGES)
    assert (tmp_path / "other.gz").read_bytes() == images_path.read_bytes()
    images = idx.read_images(images_path)
    images[0, 0, 0] = 255


def test_the_checksum_is_that_of_the_content(images_path, labels_path, tmp_path):
    for path, read in ((images_path, idx.read_images), (labels_path, idx.read_labels)):
        content = gzip.decompress(path.read_bytes())
        (tmp_path / "plain").write_bytes(content)
        expected = hashlib.sha256(content).hexdigest()
        for file in (path, tmp_path / "plain"):
            assert idx.content_sha256(read(file)) == expected


def test_a_missing_file_names_the_one_that_is_there(images_path):
    with pytest.raises(UserError, match="There is no file") as raised:
        idx.read_images(images_path.with_suffix(""))
    assert str(images_path) in raised.value.instead


def test_a_missing_folder_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(UserError, match="no folder"):
        idx.read_images(tmp_path / "nowhere" / "images.gz")
    with pytest.raises(UserError, match="is a folder"):
        idx.read_images(tmp_path)


def test_an_unpacked_file_named_gz(images_path):
    images_path.write_bytes(gzip.decompress(images_path.read_bytes()))
    with pytest.raises(UserError, match=r"named \.gz but is not gzip'd"):
        idx.read_images(images_path)


def test_a_truncated_gzip_at_every_length(images_path):
    whole = images_path.read_bytes()
    for length in range(2, len(whole)):
        images_path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="is cut off"):
            idx.read_images(images_path)


def test_a_damaged_gzip(images_path):
    whole = bytearray(images_path.read_bytes())
    whole[-6] ^= 0xFF
    images_path.write_bytes(whole)
    with pytest.raises(UserError, match="cannot be read") as raised:
        idx.read_images(images_path)
    assert "CRC" in raised.value.received


def test_swapped_images_and_labels_are_named(images_path, labels_path):
    with pytest.raises(UserError, match="holds labels, not images") as raised:
        idx.read_images(labels_path)
    assert "2049" in raised.value.received
    assert "swapped" in raised.value.instead
    with pytest.raises(UserError, match="holds images, not labels") as raised:
        idx.read_labels(images_path)
    assert "2051" in raised.value.received


def test_another_magic_is_named(images_path):
    rewrite(images_path, lambda content: b"\x00\x00\x0d\x03" + content[4:])
    with pytest.raises(UserError, match="not an idx file of images") as raised:
        idx.read_images(images_path)
    assert "3331 (0x00000d03)" in raised.value.received


@pytest.mark.parametrize("length", [1, 4, 15])
def test_a_cut_header(images_path, length):
    rewrite(images_path, lambda content: content[:length])
    with pytest.raises(UserError, match="ends within its header"):
        idx.read_images(images_path)


def test_missing_bytes(images_path):
    rewrite(images_path, lambda content: content[:-1])
    with pytest.raises(UserError, match="fewer images than its header") as raised:
        idx.read_images(images_path)
    assert "60 bytes" in raised.value.expected
    assert "59 bytes" in raised.value.received


def test_trailing_bytes(labels_path):
    rewrite(labels_path, lambda content: content + b"\x00")
    with pytest.raises(UserError, match="more labels than its header"):
        idx.read_labels(labels_path)


def test_an_empty_file_and_an_empty_set(images_path, labels_path):
    rewrite(labels_path, lambda _: struct.pack(">II", idx.LABELS_MAGIC, 0))
    with pytest.raises(UserError, match="holds no labels"):
        idx.read_labels(labels_path)
    images_path.write_bytes(b"")
    with pytest.raises(UserError, match="is empty"):
        idx.read_images(images_path)


def test_a_header_that_announces_too_much_is_not_followed(images_path):
    rewrite(images_path, lambda content: content[:4] + b"\xff" * 12)
    with pytest.raises(UserError, match="announces more than can be read"):
        idx.read_images(images_path)


def test_a_gzip_bomb_is_unpacked_only_as_far_as_its_header_goes(labels_path, monkeypatch):
    read = []
    original = gzip.GzipFile.read
    monkeypatch.setattr(
        gzip.GzipFile,
        "read",
        lambda self, size: read.append(size) or original(self, size),
    )
    rewrite_content = struct.pack(">II", idx.LABELS_MAGIC, 3) + bytes(50 * 2**20)
    labels_path.write_bytes(gzip.compress(rewrite_content))
    with pytest.raises(UserError, match="more labels"):
        idx.read_labels(labels_path)
    assert sum(read) == 4 + 4 + 4


def test_only_uint8_images_and_labels_are_written(tmp_path):
    with pytest.raises(ValueError, match="Received: float64"):
        idx.write_idx(tmp_path / "images", np.zeros((2, 3, 3)))
    with pytest.raises(ValueError, match=r"Received: uint8 \(2, 3\)"):
        idx.write_idx(tmp_path / "images", np.zeros((2, 3), dtype=np.uint8))
