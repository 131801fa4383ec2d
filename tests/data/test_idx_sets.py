"""Data sets from files: what is read, what is refused, and splits that stay as they are."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from mnister.data import idx_sets
from mnister.data.idx import write_idx
from mnister.errors import UserError

MNIST = Path(__file__).resolve().parents[2] / "data" / "mnist"
NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def make_digits(count, classes=10, seed=0):
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return images, (np.arange(count) % classes).astype(np.uint8)


def write_set(folder, names=NAMES, train=30, test=10, classes=10):
    """Write four idx files; return the training and the test digits."""
    folder.mkdir(exist_ok=True)
    parts = make_digits(train, classes, 1), make_digits(test, classes, 2)
    for name, values in zip(names, (*parts[0], *parts[1]), strict=True):
        write_idx(folder / name, values)
    return parts


@pytest.fixture
def folder(tmp_path):
    write_set(tmp_path / "digits")
    return tmp_path / "digits"


@pytest.fixture(scope="module")
def mnist():
    return idx_sets.load_mnist(MNIST)


def test_the_bundled_files_are_mnist(mnist):
    assert [len(part) for part in (mnist.train, mnist.validation, mnist.test)] == [
        55000,
        5000,
        10000,
    ]
    assert mnist.class_names == tuple("0123456789")
    assert mnist.train.images.dtype == np.uint8
    assert mnist.train.labels.dtype == np.int64
    assert np.bincount(mnist.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_the_first_training_digits_validate(mnist):
    assert mnist.validation.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    other = idx_sets.load_mnist(MNIST, validation_digits=10)
    assert np.array_equal(other.train.images[4990:4995], mnist.train.images[:5])


def test_files_are_read_as_they_were_written(tmp_path):
    train, test = write_set(tmp_path / "set")
    data = idx_sets.load_idx(tmp_path / "set", validation_digits=5, validation_split="first")
    assert np.array_equal(data.validation.images, train[0][:5])
    assert np.array_equal(data.train.images, train[0][5:])
    assert np.array_equal(data.train.labels, train[1][5:])
    assert np.array_equal(data.test.images, test[0])
    assert np.array_equal(data.test.labels, test[1])


@pytest.mark.parametrize(
    "names",
    [
        [name.removesuffix(".gz") for name in NAMES],
        [name.replace("-idx", ".idx") for name in NAMES],
        [f"emnist-{kind}-{name.replace('t10k', 'test')}" for name in NAMES for kind in ["digits"]],
        [f"emnist-letters-{name.replace('t10k', 'test')}" for name in NAMES],
    ],
    ids=["unpacked", "with dots", "EMNIST digits", "EMNIST letters"],
)
def test_files_are_found_under_their_published_names(tmp_path, names):
    write_set(tmp_path / "set", names)
    files = idx_sets.find_idx_files(tmp_path / "set")
    assert [path.name for path in files.values()] == list(names)
    assert len(idx_sets.load_idx(tmp_path / "set", 5).train) == 25


def test_transposed_files_are_turned_upright(tmp_path):
    train, test = write_set(tmp_path / "set")
    data = idx_sets.load_idx(tmp_path / "set", 5, validation_split="first", transposed=True)
    assert np.array_equal(data.train.images[0], train[0][5].T)
    assert np.array_equal(data.test.images[3], test[0][3].T)
    assert data.train.images.flags.c_contiguous


def test_the_checksum_tells_data_sets_apart(folder):
    first = idx_sets.load_idx(folder, 5).sha256
    assert first == idx_sets.load_idx(folder, 5).sha256
    images, _ = make_digits(30, seed=1)
    images[7, 14, 14] ^= 1
    write_idx(folder / NAMES[0], images)
    assert idx_sets.load_idx(folder, 5).sha256 != first


@pytest.mark.parametrize("pair", [(0, 1), (2, 3)])
def test_swapped_images_and_labels_are_told(folder, pair):
    first, second = (folder / NAMES[i] for i in pair)
    first.rename(folder / "kept")
    second.rename(first)
    (folder / "kept").rename(second)
    with pytest.raises(UserError, match="holds labels, not images") as caught:
        idx_sets.load_idx(folder, 5)
    assert NAMES[pair[0]] in caught.value.what
    assert "swapped" in caught.value.instead


def test_images_and_labels_that_do_not_match_are_told(folder):
    write_idx(folder / NAMES[3], make_digits(9)[1])
    with pytest.raises(UserError, match="Images and labels do not match") as caught:
        idx_sets.load_idx(folder, 5)
    assert "10" in caught.value.expected
    assert "9 labels in t10k-labels-idx1-ubyte.gz" in caught.value.received


def test_images_of_another_size_are_told(folder):
    write_idx(folder / NAMES[0], np.zeros((30, 32, 28), np.uint8))
    with pytest.raises(UserError, match="wrong size") as caught:
        idx_sets.load_idx(folder, 5)
    assert caught.value.received == "32×28"


def test_files_that_are_not_mnist_are_told(tmp_path):
    shutil.copytree(MNIST, tmp_path / "mnist")
    path = tmp_path / "mnist" / NAMES[3]
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(UserError, match="does not hold MNIST's test labels") as caught:
        idx_sets.load_mnist(tmp_path / "mnist")
    assert idx_sets.MNIST_SHA256["test labels"] in caught.value.expected
    assert "data=idx" in caught.value.instead


def test_mnist_packed_anew_is_still_mnist(tmp_path):
    shutil.copytree(MNIST, tmp_path / "mnist")
    path = tmp_path / "mnist" / NAMES[3]
    path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    assert len(idx_sets.load_mnist(tmp_path / "mnist").test) == 10000


@pytest.mark.parametrize(("name", "received"), [("nowhere", "nothing"), ("notes.txt", "a file")])
def test_a_missing_folder_is_told(tmp_path, name, received):
    (tmp_path / "notes.txt").write_text("no folder")
    with pytest.raises(UserError, match=f"There is no data set at .*{name}") as caught:
        idx_sets.load_idx(tmp_path / name)
    assert caught.value.received == received
    assert "data.dir=" in caught.value.instead


def test_a_missing_file_is_told(folder):
    (folder / NAMES[2]).unlink()
    with pytest.raises(UserError, match="test images cannot be told") as caught:
        idx_sets.load_idx(folder)
    assert caught.value.received == "none"


def test_a_part_with_two_files_is_told(folder):
    shutil.copy(folder / NAMES[1], folder / "old-train-labels-idx1-ubyte.gz")
    with pytest.raises(UserError, match="training labels cannot be told") as caught:
        idx_sets.load_idx(folder)
    assert caught.value.received == f"old-{NAMES[1]}, {NAMES[1]}"


def test_validation_must_leave_something_to_train_on(folder):
    assert len(idx_sets.load_idx(folder, 29, validation_split="first").train) == 1
    with pytest.raises(UserError, match="No training digits would be left") as caught:
        idx_sets.load_idx(folder, 30)
    assert caught.value.instead == "data.validation_digits=3"


def test_class_names_are_taken_or_counted(tmp_path):
    write_set(tmp_path / "set", classes=3)
    assert idx_sets.load_idx(tmp_path / "set", 5).class_names == ("0", "1", "2")
    named = idx_sets.load_idx(tmp_path / "set", 5, class_names=["shoe", "bag", "coat"])
    assert named.class_names == ("shoe", "bag", "coat")


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "a"], []])
def test_class_names_that_do_not_fit_are_told(tmp_path, names):
    write_set(tmp_path / "set", classes=3)
    with pytest.raises(UserError, match="class names do not fit") as caught:
        idx_sets.load_idx(tmp_path / "set", 5, class_names=names)
    assert caught.value.expected == "3 different names"


def test_labels_that_start_at_1_are_named_as_the_reason(tmp_path):
    parts = write_set(tmp_path / "set", classes=3)
    for name, (_, labels) in zip(NAMES[1::2], parts, strict=True):
        write_idx(tmp_path / "set" / name, labels + np.uint8(1))
    with pytest.raises(UserError, match="the labels 0 to 3") as caught:
        idx_sets.load_idx(tmp_path / "set", 5, class_names=["a", "b", "c"])
    assert caught.value.instead.startswith("data.class_names=[unused,a,b,c]   (labels that start")
    names = ["unused", "a", "b", "c"]
    assert idx_sets.load_idx(tmp_path / "set", 5, class_names=names).class_names == tuple(names)


def test_chosen_digits_keep_their_order(folder):
    digits = idx_sets.load_idx(folder, 5).train
    chosen = digits[np.array([3, 1])]
    assert chosen.labels.tolist() == [digits.labels[3], digits.labels[1]]
    assert len(digits[:4]) == 4


def write_sorted(folder, counts, seed=0, name="train"):
    """Write idx files whose digits are sorted by class, as many of each as told."""
    folder.mkdir(exist_ok=True)
    images, _ = make_digits(sum(counts), seed=seed)
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.uint8)
    write_idx(folder / f"{name}-images-idx3-ubyte.gz", images)
    write_idx(folder / f"{name}-labels-idx1-ubyte.gz", labels)


def test_sorted_files_validate_on_every_class(tmp_path):
    for name, seed in (("train", 1), ("t10k", 2)):
        write_sorted(tmp_path / "set", [200, 100, 100], seed, name)
    data = idx_sets.load_idx(tmp_path / "set", 40)
    assert np.bincount(data.validation.labels).tolist() == [20, 10, 10]
    assert np.bincount(data.train.labels).tolist() == [180, 90, 90]
    for part in (data.train, data.validation, data.test):
        assert len(set(part[:20].labels)) == 3  # what data.limit leaves has every class, too
    again = idx_sets.load_idx(tmp_path / "set", 40)
    assert data.sha256 == again.sha256


def test_each_class_keeps_something_to_train_on(tmp_path):
    for name in ("train", "t10k"):
        write_sorted(tmp_path / "set", [5, 5, 1], name=name)
    assert np.bincount(idx_sets.load_idx(tmp_path / "set", 8).train.labels).tolist() == [1, 1, 1]
    with pytest.raises(UserError, match="No training digits would be left") as caught:
        idx_sets.load_idx(tmp_path / "set", 9)
    assert caught.value.expected.startswith("data.validation_digits up to 8:")


def test_classes_of_few_or_no_pictures_are_told(tmp_path, caplog):
    write_sorted(tmp_path / "set", [0, 200, 5, 300])
    write_sorted(tmp_path / "set", [0, 20, 20, 20], name="t10k", seed=7)
    idx_sets.load_idx(tmp_path / "set", 50)
    assert "No picture at all of 0" in caplog.text
    assert "Few pictures of 2 (4 to train on, 1 to validate, 20 to test)" in caplog.text
    assert " 1 (" not in caplog.text


def test_a_test_set_may_lie_elsewhere(tmp_path):
    write_sorted(tmp_path / "mine", [20, 20], seed=1)
    write_sorted(tmp_path / "other", [5, 5], seed=2, name="t10k")
    data = idx_sets.load_idx(tmp_path / "mine", 4, test_folder=tmp_path / "other")
    assert (len(data.train), len(data.test)) == (36, 10)


def test_pictures_trained_on_and_tested_are_told(tmp_path, caplog):
    for name in ("train", "t10k"):
        write_sorted(tmp_path / "set", [12, 12], name=name)
    idx_sets.load_idx(tmp_path / "set", 4)
    assert "20 pictures that are trained on are in the test set, too" in caplog.text


@pytest.mark.parametrize("dark", ["training", "test"])
def test_digits_that_are_dark_on_light_are_told_of_each_part(folder, caplog, dark):
    for place, count, part in ((0, 30, "training"), (2, 10, "test")):
        images = np.full((count, 28, 28), 255 * (part == dark), np.uint8)
        images[:, 8:20, 13] = np.arange(count)[:, None]
        write_idx(folder / NAMES[place], images)
    idx_sets.load_idx(folder, 5)
    (told,) = [r.getMessage() for r in caplog.records if "dark on light" in r.getMessage()]
    assert f"The {dark} digits" in told
