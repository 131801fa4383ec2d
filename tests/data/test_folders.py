"""Layouts of own folders: which sub-folders are parts, which classes, which files count."""

import os

import cv2
import numpy as np
import pytest

from mnister.data.folders import find_files
from mnister.data.image_folder import load_all_pictures, load_image_folder
from mnister.errors import UserError
from mnister.images.picture import read_digit


def lay(root, *files):
    """Write files whose content is their place; a/b*3 are three files a/b0, a/b1, a/b2."""
    for file in files:
        name, _, count = file.partition("*")
        for number in range(int(count or 1)):
            path = root / (f"{name}{number}.png" if count else name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(str(path.relative_to(root)).encode())
    return root


def write_stroke(file):
    page = np.full((40, 40), 255, np.uint8)
    page[8:32, 18:22] = 0
    file.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(file), page)


def read_marked(file):
    content = file.read_bytes()
    if b"broken" in content:
        raise UserError(f"{file} is damaged")
    image = np.zeros((28, 28), np.uint8)
    image.flat[: len(content)] = np.frombuffer(content, np.uint8)
    return image


def files_of(digits):
    return {image.tobytes().rstrip(b"\0").decode() for image in digits.images}


def sizes(data):
    return [len(part) for part in (data.train, data.validation, data.test)]


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "valid", "TESTING")])
def test_parts_are_taken_as_they_are(tmp_path, names):
    lay(tmp_path, *(f"{part}/{c}/*{n}" for part, n in zip(names, (5, 2, 1), strict=True)
                    for c in "ab"))  # fmt: skip
    data = load_image_folder(tmp_path, read_marked)
    assert data.class_names == ("a", "b")
    assert sizes(data) == [10, 4, 2]
    for part, name in zip((data.train, data.validation, data.test), names, strict=True):
        assert all(file.startswith(f"{name}/") for file in files_of(part))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [(("train",), [16, 2, 2]), (("train", "test"), [18, 2, 8]), (("train", "val"), [18, 8, 2])],
)
def test_a_missing_part_is_split_off_train(tmp_path, parts, expected):
    lay(tmp_path, *(f"{part}/{c}/*{10 if part == 'train' else 4}" for part in parts for c in "ab"))
    data = load_image_folder(tmp_path, read_marked)
    assert sizes(data) == expected
    if "test" in parts:
        assert all(file.startswith("test/") for file in files_of(data.test))


@pytest.mark.parametrize("inside", [True, False])
def test_an_own_test_set_is_never_trained_on(tmp_path, inside):
    root = lay(tmp_path / "mine", "a/*10", "b/*10")
    own = lay(root / "held" if inside else tmp_path / "other", "a/*3", "b/x*4")
    (own / "a" / "copy.png").write_bytes(b"a/1.png")  # the picture of one to train on
    data = load_image_folder(root, read_marked, test_folder=own)
    assert data.class_names == ("a", "b")
    assert len(data.test) == 8
    assert not files_of(data.test) & (files_of(data.train) | files_of(data.validation))


def test_pictures_of_the_test_set_are_left_out_and_told(tmp_path, caplog):
    lay(tmp_path, "train/a/*5", "train/b/*5", "test/a/x", "test/b/y")
    (tmp_path / "test" / "a" / "x").write_bytes(b"train/a/2.png")
    data = load_image_folder(tmp_path, read_marked)
    assert sizes(data) == [7, 2, 2]
    assert "Left out of the train part, as the test set has the same pictures: 1" in caplog.text
    lay(tmp_path / "again", "a/*4", "b/*4")
    same = lay(tmp_path / "same", "a/*4", "b/*4")
    with pytest.raises(UserError, match="Every picture of the train part is in the test set"):
        load_image_folder(tmp_path / "again", read_marked, test_folder=same)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["train/a/*3", "train/b/*3", "tset/a/*3"], "rename .*tset to test"),
        (["train/a/*3", "train/b/*3", "a/*3"], "move the classes into train/"),
        (["a/*3", "b/*3", "test/a/*3"], "data.test_dir"),
        (["train/*3", "test/*3"], "test/ .no sub-folders., train/ .no sub-folders."),
        (["train/a/*3", "train/b/*3", "test/*3"], "test/ .no sub-folders."),
        (["train/a/*3", "train/b/*3", "val/a/*2", "valid/a/*2"], "val/, valid/"),
        (["train/a/*3", "train/b/*3", "test/c/*3"], "none of the classes"),
        (["train/a/*3", "train/b/*3", "test/a/Thumbs.db"], "test part holds no pictures"),
        (["val/a/*3", "test/a/*3"], "no folder of pictures to train on"),
        (["mnist_train/a/*3", "mnist_train/b/*3", "mnist_test/a/*3", "mnist_test/b/*3"],
         r"if they are parts, data.dir=\S*mnist_train data.test_dir=\S*mnist_test$"),
        (["0/anna/*3", "0/ben/*3", "1/anna/*3", "1/ben/*3"],
         "Instead:  if they are classes, move their pictures up, out of the folders in them;"),
        (["trainingSet/a/*3", "trainingSet/b/*3"], "data.dir=.*trainingSet"),
    ],
)  # fmt: skip
def test_a_layout_in_doubt_is_told(tmp_path, files, words):
    with pytest.raises(UserError, match=rf"(?s){words}"):
        load_image_folder(lay(tmp_path, *files), read_marked)


def test_classes_may_be_named_like_parts(tmp_path):
    data = load_image_folder(lay(tmp_path, "car/*5", "plane/*5", "train/*5"), read_marked)
    assert data.class_names == ("car", "plane", "train")


@pytest.mark.parametrize("place", ["mine", ".", "mine/a", "mine/sub/test"])
def test_a_test_set_that_is_not_apart_is_refused(tmp_path, place):
    lay(tmp_path, "mine/a/*5", "mine/b/*5", "mine/sub/test/a/*5")
    with pytest.raises(UserError, match=r"not apart|holds no classes"):
        load_image_folder(tmp_path / "mine", read_marked, test_folder=tmp_path / place)


def test_two_test_sets_are_refused_and_the_same_one_is_not(tmp_path):
    lay(tmp_path, "mine/train/a/*5", "mine/train/b/*5", "mine/test/a/*2", "other/a/*2")
    with pytest.raises(UserError, match="two test sets"):
        load_image_folder(tmp_path / "mine", read_marked, test_folder=tmp_path / "other")
    named = load_image_folder(
        tmp_path / "mine", read_marked, test_folder=tmp_path / "mine" / "test"
    )
    assert sizes(named) == [8, 2, 2]


def test_pictures_at_any_depth_count(tmp_path):
    lay(tmp_path, "a/writer1/*4", "a/writer2/sheet/*4", "a/*2", "b/*10")
    (tmp_path / "b" / "round").symlink_to(tmp_path / "b")
    data = load_image_folder(tmp_path, read_marked)
    assert sum(sizes(data)) == 20
    assert "a/writer2/sheet/3.png" in files_of(data.train) | files_of(data.validation) | files_of(
        data.test
    )


def test_what_systems_leave_does_not_count(tmp_path):
    litter = ("Thumbs.db", "desktop.ini", ".DS_Store", "__MACOSX/a/._1.png", ".git/x",
              "a/Thumbs.db", "a/._1.png", "a/__MACOSX/x.png", "b/.hidden/x.png",
              "@eaDir/a/x.png")  # fmt: skip
    data = load_image_folder(lay(tmp_path, "a/*5", "b/*5", *litter), read_marked)
    assert data.class_names == ("a", "b")
    assert sum(sizes(data)) == 10


def test_files_in_no_class_are_told(tmp_path, caplog):
    load_image_folder(lay(tmp_path, "a/*5", "b/*5", "lost.png"), read_marked)
    assert "lost.png" in caplog.text


def test_all_broken_files_are_named_at_once(tmp_path):
    lay(tmp_path, "a/*5", "b/*5", *(f"a/broken{i:02}" for i in range(12)))
    with pytest.raises(UserError, match="12 of 22 pictures cannot be read") as caught:
        load_image_folder(tmp_path, read_marked)
    assert "broken00" in caught.value.received
    assert "broken09" in caught.value.received
    assert "broken10" not in caught.value.received
    assert caught.value.received.endswith("and 2 more pictures")
    assert "data.skip_broken=true" in caught.value.instead


def test_broken_files_may_be_left_out_and_are_listed(tmp_path, caplog):
    lay(tmp_path, "a/*5", "b/*5", *(f"a/broken{i:02}" for i in range(12)))
    data = load_image_folder(tmp_path, read_marked, skip_broken=True)
    assert sum(sizes(data)) == 10
    assert caplog.text.count("is damaged") == 12
    lay(tmp_path, "c/broken")
    with pytest.raises(UserError, match="class c has too few pictures"):
        load_image_folder(tmp_path, read_marked, skip_broken=True)


def test_a_pipe_and_a_link_to_nowhere_are_named(tmp_path):
    for name in ("a", "b"):
        for number in range(3):
            write_stroke(tmp_path / name / f"{number}.png")
    os.mkfifo(tmp_path / "a" / "pipe")
    (tmp_path / "b" / "nowhere").symlink_to(tmp_path / "gone")
    with pytest.raises(UserError, match="2 of 8 pictures cannot be read") as caught:
        load_image_folder(tmp_path, read_digit)
    assert "pipe is no file" in caught.value.received
    assert "nowhere" in caught.value.received


def test_all_classes_with_too_few_pictures_are_named(tmp_path):
    with pytest.raises(UserError, match="Classes have too few") as caught:
        load_image_folder(lay(tmp_path, "a/*2", "b/*5", "c/x"), read_marked)
    assert caught.value.received == "a (2), c (1)"


def test_few_pictures_are_told(tmp_path, caplog):
    load_image_folder(lay(tmp_path, "a/*5", "b/*200"), read_marked)
    assert "Few pictures of a (3 to train on, 1 to validate, 1 to test)" in caplog.text
    assert "b (" not in caplog.text


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["train/a/*9", "train/b/*9", "test/b/*4"], [1] * 4),
        (["a/*2", "b/deep/*3"], [0, 0, 1, 1, 1]),
        (["test/a/*1"], [0]),
    ],
)
def test_a_model_is_measured_on_the_test_part(tmp_path, files, expected):
    digits = load_all_pictures(lay(tmp_path, *files), read_marked, ("a", "b"))
    assert digits.labels.tolist() == expected


def test_parts_without_a_test_part_are_not_measured_on(tmp_path):
    lay(tmp_path, "train/a/*2", "val/a/*2")
    with pytest.raises(UserError, match="holds no test set"):
        load_all_pictures(tmp_path, read_marked, ("a",))


def test_files_are_found_in_a_fixed_order(tmp_path):
    lay(tmp_path, "z", "b/x", "b/a", "a")
    assert [str(f.relative_to(tmp_path)) for f in find_files(tmp_path)] == ["a", "b/a", "b/x", "z"]
