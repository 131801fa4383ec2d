"""Tables become data sets: parts by their files' names, classes by numbers or names."""

import numpy as np
import pytest

from mnister.config.compose import compose_config
from mnister.data.tables import digits_of, find_tables, load_tables, read_test_table
from mnister.errors import UserError
from mnister.images.picture import decode_image
from mnister.measuring.evaluate import load_test_digits
from mnister.tasks.digit_batches import load_data
from tests.data.written import make_digits, write_csv, write_parquet


def save(path, seed=0, labels=None, count=60):
    images, numbers = make_digits(count, seed=seed)
    np.savez(path, x=images, y=numbers if labels is None else labels)
    return path


def load(kind, path, **options):
    return load_tables(kind, path, decode_image, **options)


def sizes(data):
    return [len(part) for part in (data.train, data.validation, data.test)]


def keys(digits):
    return {image.tobytes() for image in digits.images}


def test_one_table_is_split_by_class(tmp_path):
    data = load("npz", save(tmp_path / "a.npz"), validation_fraction=0.2, test_fraction=0.1)
    assert sizes(data) == [42, 12, 6]
    assert np.bincount(data.validation.labels).tolist() == [4, 4, 4]
    assert len(set(data.train.labels[:12])) == 3
    assert data.class_names == ("0", "1", "2")


def test_the_order_of_the_rows_says_nothing(tmp_path):
    images, labels = make_digits()
    order = np.random.default_rng(1).permutation(60)
    np.savez(tmp_path / "a.npz", x=images, y=labels)
    np.savez(tmp_path / "b.npz", x=images[order], y=labels[order])
    first, second = (load("npz", tmp_path / name) for name in ("a.npz", "b.npz"))
    assert first.sha256 == second.sha256


def test_an_own_test_set_is_never_trained_on(tmp_path, caplog):
    save(tmp_path / "a.npz")
    images, labels = make_digits(seed=5)
    images[0] = make_digits()[0][7]
    np.savez(tmp_path / "t.npz", x=images[:9], y=labels[:9])
    data = load("npz", tmp_path / "a.npz", test_path=tmp_path / "t.npz")
    assert len(data.test) == 9
    assert not keys(data.test) & (keys(data.train) | keys(data.validation))
    assert "the test set has the same pictures: 1" in caplog.text


def test_a_folders_files_are_parts_by_their_names(tmp_path, caplog):
    for seed, name in enumerate(("mnist_train", "mnist-valid", "test-2024", "notes")):
        save(tmp_path / f"{name}.npz", seed, count=30 if seed else 60)
    assert sizes(load("npz", tmp_path)) == [60, 30, 30]
    assert "notes.npz" in caplog.text


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "a folder without them"),
        (["a.npz", "b.npz"], "which files(?s:.*)a.npz, b.npz"),
        (["x/train.npz", "y/train.npz"], "data.dir=.*x"),
        (["val.npz", "test.npz"], "nothing to train on"),
        (["train1.npz", "train2.npz"], "which files|several files"),
        (["train-1.npz", "train-2.npz"], "several files for the part train"),
    ],
)
def test_files_in_doubt_are_told(tmp_path, names, words):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        save(tmp_path / name)
    with pytest.raises(UserError, match=words):
        load("npz", tmp_path)


def test_files_may_lie_a_folder_deeper(tmp_path):
    (tmp_path / "data" / "__MACOSX").mkdir(parents=True)
    for name in (
        "train-00000-of-00001.parquet",
        "test-00000-of-00001.parquet",
        "__MACOSX/x.parquet",
    ):
        (tmp_path / "data" / name).touch()
    assert list(find_tables(tmp_path, (".parquet",))) == ["test", "train"]


def test_two_test_sets_are_refused(tmp_path):
    for seed, name in enumerate(("train.npz", "test.npz")):
        save(tmp_path / name, seed)
    with pytest.raises(UserError, match="two test sets"):
        load("npz", tmp_path, test_path=save(tmp_path / "other.npz", 9))


def test_labels_may_be_names(tmp_path):
    words = np.array(["zero", "one", "two"])[make_digits()[1]]
    save(tmp_path / "a.npz", labels=words)
    with pytest.raises(UserError, match="labels are texts") as caught:
        load("npz", tmp_path / "a.npz")
    assert caught.value.instead == "data.class_names=[one,two,zero]"
    data = load("npz", tmp_path / "a.npz", class_names=["zero", "one", "two"])
    assert data.class_names == ("zero", "one", "two")
    assert np.bincount(data.train.labels).tolist() == [16, 16, 16]
    with pytest.raises(UserError, match=r"none of the classes(?s:.*)two"):
        load("npz", tmp_path / "a.npz", class_names=["zero", "one", "three"])


def test_a_label_by_mistake_is_told(tmp_path):
    labels = make_digits()[1].copy()
    labels[5] = 77
    with pytest.raises(UserError, match="The class 77 has too few pictures"):
        load("npz", save(tmp_path / "a.npz", labels=labels))


def test_labels_that_are_all_the_same_are_told(tmp_path, caplog):
    images, labels = make_digits()
    values = np.c_[images.reshape(60, -1), labels]  # the label is last, and no header says so
    np.savetxt(tmp_path / "a.csv", values, fmt="%d", delimiter=",")
    with (
        caplog.at_level("INFO", "mnister.data"),
        pytest.raises(UserError, match="All digits are of one class") as caught,
    ):
        load("csv", tmp_path / "a.csv")
    assert caught.value.received == "0, 60 times"
    assert "a.csv: no header, the label is taken to be the first column" in caplog.text


def test_class_names_in_the_file_are_taken(tmp_path):
    images, labels = make_digits()
    write_parquet(tmp_path / "a.parquet", images, labels, names=["shoe", "bag", "coat"])
    assert load("parquet", tmp_path / "a.parquet").class_names == ("shoe", "bag", "coat")
    given = load("parquet", tmp_path / "a.parquet", class_names=["x", "y", "z"])
    assert given.class_names == ("x", "y", "z")
    table = read_test_table("parquet", tmp_path / "a.parquet", decode_image).with_texts()
    digits = digits_of(table, ("bag", "coat", "shoe"))
    assert np.bincount(digits.labels).tolist() == [20, 20, 20]
    assert digits.labels[0] == 2
    with pytest.raises(UserError, match="none of the classes"):
        digits_of(table, ("0", "1", "2"))


def write_kind(kind, folder):
    """Write training and test digits as a kind of file."""
    for part, seed, count in (("train", 1, 300), ("test", 2, 30)):
        images, labels = make_digits(count, seed=seed)
        path = folder / f"{part}.{kind}"
        if kind == "npz":
            np.savez(path, x=images, y=labels)
        else:
            {"csv": write_csv, "parquet": write_parquet}[kind](path, images, labels)
    return images, labels


@pytest.mark.parametrize("kind", ["csv", "npz", "parquet"])
def test_what_is_trained_on_and_measured_is_what_was_written(tmp_path, kind):
    images, labels = write_kind(kind, tmp_path)
    data = load_data(compose_config("train", [f"data={kind}", f"data.dir={tmp_path}"]))
    assert sizes(data) == [270, 30, 30]
    assert keys(data.test) == {image.tobytes() for image in images}
    names = ("0", "none", "1", "2")
    for place in (tmp_path, tmp_path / f"test.{kind}"):
        config = compose_config(
            "infer", ["mode=evaluate", f"data.kind={kind}", f"data.dir={place}"]
        )
        digits = load_test_digits(config, names)
        assert np.array_equal(digits.images, images)
        assert digits.labels.tolist() == [(0, 2, 3)[label] for label in labels]
    with pytest.raises(UserError, match="none of the classes"):
        load_test_digits(config, ("0", "1"))
    alone = [f"data={kind}", f"data.dir={tmp_path / f'train.{kind}'}", "data.limit=200"]
    data = load_data(compose_config("train", [*alone, "batch_size=50"]))
    assert sizes(data) == [200, 30, 30]
