import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnister.edits import align, edits
from mnister.errors import UserError
from mnister.reading.page import Digit, Guess, Page
from mnister.reading.score import Labels, Scorer, fit_labels, read_labels

texts = st.text(st.sampled_from("0123456789"), max_size=12)


def page(text, file: str = "a.png") -> Page:
    image = np.zeros((28, 28), np.uint8)
    digits = tuple(
        Digit((0, 0, 1, 1), 0, name, Guess(name, 0.9), Guess("0", 0.1), image) for name in text
    )
    return Page(file, lines=(text,), digits=digits)


def written(tmp_path, text: str, *class_names):
    path = tmp_path / "labels.txt"
    path.write_text(text)
    return read_labels(path, class_names) if class_names else read_labels(path)


@given(texts, texts)
def test_edits_are_a_distance(first, second):
    assert edits(first, second) == edits(second, first)
    assert (edits(first, second) == 0) == (first == second)
    assert abs(len(first) - len(second)) <= edits(first, second) <= max(len(first), len(second))


@given(texts, st.integers(0, 11))
def test_a_missed_digit_does_not_spoil_the_others(text, missed):
    read = text[:missed] + text[missed + 1 :]
    assert align(text, read) == list(read)


def test_an_invented_digit_has_no_label():
    assert align("123", "1523").count("") == 1


def test_one_digit_a_line(tmp_path):
    labels = written(tmp_path, "# own digits\n1\n2\n\n3\n")
    scorer = Scorer(labels)
    assert [d.label for d in scorer.label(page("12")).digits] == ["1", "2"]
    assert [d.is_right for d in scorer.label(page("7")).digits] == [False]
    assert scorer.accuracy == pytest.approx(2 / 3)
    scorer.check()


@pytest.mark.parametrize("read", ["12", "1234"])
def test_counts_that_do_not_fit_name_both(tmp_path, read):
    scorer = Scorer(written(tmp_path, "1\n2\n3\n"))
    scorer.label(page(read))
    with pytest.raises(UserError, match=rf"(?s){len(read)} labels.*3 labels"):
        scorer.check()
    assert scorer.accuracy is None


def test_single_pictures_take_one_label_each_even_if_one_is_not_read():
    pictures = ["in/own_2.png", "in/own_10.png"]
    labels = Labels("labels.txt", in_order="71")
    scorer = Scorer(fit_labels(labels, pictures, is_one_each=True))
    scorer.label(Page(pictures[0], error="broken"))
    second = scorer.label(page("1", pictures[1]))
    assert [digit.label for digit in second.digits] == ["1"]
    assert scorer.accuracy == 0.5
    with pytest.raises(UserError, match=r"2 labels[\s\S]*3 labels"):
        fit_labels(Labels("labels.txt", in_order="123"), pictures, is_one_each=True)


def test_named_labels_are_checked_before_anything_is_read():
    labels = Labels("labels.txt", by_file={"a.png": "1", "b.png": "23"})
    assert fit_labels(labels, ["in/a.png", "in/b.png"], is_one_each=False) == labels
    with pytest.raises(UserError, match=r"no line for in/c\.png"):
        fit_labels(labels, ["in/a.png", "in/c.png"], is_one_each=False)
    with pytest.raises(UserError, match=r"in/b.png more than one digit[\s\S]*mode=multi_digit"):
        fit_labels(labels, ["in/a.png", "in/b.png"], is_one_each=True)


def test_file_lines(tmp_path):
    scorer = Scorer(written(tmp_path, "a.png: 12 34\nsub/b.png: 5\n"))
    scorer.label(page("1234", "x/a.png"))
    assert scorer.accuracy == 1
    scorer.label(page("", "x/sub/b.png"))
    assert scorer.accuracy == pytest.approx(0.8)
    with pytest.raises(UserError, match="no line for"):
        scorer.label(page("1", "c.png"))


@pytest.mark.parametrize(
    "text", ["", "12\n", "x\n", "a.png: 1x\n", "a.png: 1\nb.png\n", "٣\n", "a.png: ٣\n"]
)
def test_bad_label_files(tmp_path, text):
    with pytest.raises(UserError, match="label"):
        written(tmp_path, text)


def test_two_labels_of_one_file_contradict(tmp_path):
    assert written(tmp_path, "a.png: 1\na.png: 1\n").by_file == {"a.png": "1"}
    with pytest.raises(UserError, match=r"Line 2 of .*contradicts[\s\S]*1 and 2"):
        written(tmp_path, "a.png: 1\na.png: 2\n")


def test_a_label_file_in_another_coding(tmp_path):
    (tmp_path / "labels.txt").write_text("1\n2\n", encoding="utf-16")
    with pytest.raises(UserError, match="a file in UTF-8"):
        read_labels(tmp_path / "labels.txt")


def test_a_missing_label_file(tmp_path):
    with pytest.raises(UserError, match="no label file"):
        read_labels(tmp_path / "none.txt")


def test_a_folder_is_no_label_file(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read as text[\s\S]*Received: Is a directory"):
        read_labels(tmp_path)


NAMES = ("one", "two", "twenty two", "11", "zwölf")


def test_labels_may_be_names(tmp_path):
    labels = written(tmp_path, "a.png: one  twenty two two\nb.png: 11 zwölf\n", *NAMES)
    assert labels.by_file == {"a.png": ("one", "twenty two", "two"), "b.png": ("11", "zwölf")}
    scorer = Scorer(fit_labels(labels, ["a.png", "b.png"], is_one_each=False))
    read = scorer.label(page(["one", "two"]))
    assert [digit.label for digit in read.digits] == ["one", "two"]
    scorer.label(page(["11", "zwölf"], "b.png"))
    assert scorer.accuracy == pytest.approx(4 / 5)


def test_one_name_a_line(tmp_path):
    labels = written(tmp_path, "one\ntwenty two\n11\n", *NAMES)
    scorer = Scorer(labels)
    read = scorer.label(page(["one", "twenty two", "two"]))
    assert [digit.is_right for digit in read.digits] == [True, True, False]
    assert scorer.accuracy == pytest.approx(2 / 3)
    single = fit_labels(labels, ["a.png", "b.png", "c.png"], is_one_each=True)
    assert single.by_file["b.png"] == ("twenty two",)
    assert fit_labels(single, ["b.png"], is_one_each=True) == single


def test_classes_of_one_character_stand_side_by_side_with_digits(tmp_path):
    labels = written(tmp_path, "a.png: AB 7C\n", "A", "B", "C")
    assert list(labels.by_file["a.png"]) == ["A", "B", "7", "C"]


@pytest.mark.parametrize("text", ["a.png: onetwo", "a.png: one 2", "a.png: three", "one two", "1"])
def test_a_label_that_is_no_class_is_told_with_the_classes(tmp_path, text):
    with pytest.raises(UserError, match=r"is no label[\s\S]*one of one, two, twenty two, 11"):
        written(tmp_path, text, *NAMES)
