"""Folders of pictures: a class each, split so that the parts stay as they are."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnister.data.image_folder import load_image_folder
from mnister.errors import UserError


def make_pictures(root, counts):
    """Write files whose content tells which one they are."""
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            (root / name / f"{name}_{number}.png").write_bytes(f"{name}/{number}".encode())
    return root


def read_marked(file):
    """Read a file's content into the first pixels of an image."""
    image = np.zeros((28, 28), np.uint8)
    content = np.frombuffer(file.read_bytes(), np.uint8)
    image.flat[: len(content)] = content
    return image


def content_of(digits):
    return [bytes(image.tobytes()).rstrip(b"\0").decode() for image in digits.images]


def test_folders_are_classes(tmp_path):
    root = make_pictures(tmp_path / "mine", {"b": 10, "a": 20, ".hidden": 3})
    (root / "notes.txt").write_text("not a class")
    data = load_image_folder(root, read_marked)
    assert data.class_names == ("a", "b")
    for part in (data.train, data.validation, data.test):
        assert [data.class_names[i] for i in part.labels] == [
            text.split("/")[0] for text in content_of(part)
        ]
    assert [len(part) for part in (data.train, data.validation, data.test)] == [24, 3, 3]


def test_the_split_stays_the_same_wherever_the_folder_lies(tmp_path):
    first = load_image_folder(make_pictures(tmp_path / "one", {"a": 12, "b": 9}), read_marked)
    again = load_image_folder(make_pictures(tmp_path / "two", {"b": 9, "a": 12}), read_marked)
    for part in ("train", "validation", "test"):
        assert content_of(getattr(first, part)) == content_of(getattr(again, part))
    assert first.sha256 == again.sha256


def test_a_new_picture_moves_few_others(tmp_path):
    root = make_pictures(tmp_path / "one", {"a": 100, "b": 100})
    before = load_image_folder(root, read_marked)
    (root / "a" / "new.png").write_bytes(b"a/new")
    after = load_image_folder(root, read_marked)
    moved = set(content_of(before.test)) ^ set(content_of(after.test))
    assert len(moved) <= 3


def test_the_classes_of_a_part_are_mixed(tmp_path):
    root = make_pictures(tmp_path / "mine", {"a": 100, "b": 100})
    data = load_image_folder(root, read_marked)
    assert 20 < data.train.labels[:80].sum() < 60


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(st.integers(3, 9), min_size=2, max_size=3),
    validation=st.floats(0.001, 0.499),
    test=st.floats(0.001, 0.499),
)
def test_every_part_has_every_class_and_no_picture_twice(
    tmp_path_factory, counts, validation, test
):
    root = tmp_path_factory.mktemp("mine")
    make_pictures(root, {f"class{i}": count for i, count in enumerate(counts)})
    data = load_image_folder(root, read_marked, validation_fraction=validation, test_fraction=test)
    parts = data.train, data.validation, data.test
    assert all(set(part.labels) == set(range(len(counts))) for part in parts)
    contents = [text for part in parts for text in content_of(part)]
    assert len(contents) == len(set(contents)) == sum(counts)


def test_too_few_pictures_are_told(tmp_path):
    root = make_pictures(tmp_path / "mine", {"a": 3, "b": 2})
    with pytest.raises(UserError, match="The class b has too few pictures"):
        load_image_folder(root, read_marked)


@pytest.mark.parametrize(
    ("counts", "received"),
    [(None, "nothing"), ({}, "no sub-folder"), ({"only": 5}, "only")],
)
def test_a_folder_without_classes_is_told(tmp_path, counts, received):
    if counts is not None:
        (tmp_path / "mine").mkdir()
        make_pictures(tmp_path / "mine", counts)
    with pytest.raises(UserError, match="holds no classes") as caught:
        load_image_folder(tmp_path / "mine", read_marked)
    assert caught.value.received == received


def test_a_picture_that_cannot_be_read_is_named(tmp_path):
    root = make_pictures(tmp_path / "mine", {"a": 3, "b": 3})

    def refuse(file):
        raise UserError(f"{file} is no picture")

    with pytest.raises(UserError, match=r"\.png is no picture"):
        load_image_folder(root, refuse)
