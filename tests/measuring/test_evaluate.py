"""Evaluating: the counts are right, the classes fit, the run folder holds what it should."""

import csv
import io
import json

import cv2
import numpy as np
import pytest
from rich.console import Console

from mnister import figures
from mnister.config.compose import compose_config
from mnister.data.datasets import Digits
from mnister.data.idx import write_idx
from mnister.data.idx_sets import load_idx_test
from mnister.errors import UserError
from mnister.measuring.evaluate import load_test_digits, run_evaluate
from mnister.measuring.evaluation import confidence_interval, evaluate
from mnister.measuring.evaluation_report import per_class, print_evaluation, write_evaluation
from mnister.models.store import ExportedModel

TEN = tuple("0123456789")
ELEVEN = (*TEN, "none")


class CornerClassifier:
    """Names the class that the grey value of an image's first pixel is."""

    def __init__(self, classes):
        self.classes = classes
        self.batches = []

    def predict(self, images):
        assert images.dtype == np.uint8
        assert images.shape[1:] == (28, 28, 1)
        self.batches.append(len(images))
        return np.eye(self.classes, dtype=np.float32)[images[:, 0, 0, 0]] * 0.9


def make_digits(labels, named):
    """Make digits with these labels that a CornerClassifier names as told."""
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 0, 0] = named
    return Digits(images, np.array(labels, dtype=np.int64))


def make_evaluation(labels, named, names=TEN):
    digits = make_digits(labels, named)
    return digits, evaluate(CornerClassifier(len(names)), digits, names, batch_size=256)


def printed(evaluation, width=80):
    console = Console(width=width, record=True, file=io.StringIO())
    print_evaluation(evaluation, console)
    return console.export_text()


def make_config(*overrides):
    return compose_config("infer", ["mode=evaluate", "runtime=litert", *overrides])


def make_model(tmp_path, names=TEN):
    return ExportedModel("compact", 3, tmp_path / "compact" / "3", {"class_names": list(names)})


def test_accuracy_precision_and_recall_by_hand():
    _, evaluation = make_evaluation([1, 1, 1, 1, 2, 2], [1, 1, 1, 2, 2, 3])
    assert evaluation.accuracy == pytest.approx(4 / 6)
    assert evaluation.support.tolist()[:4] == [0, 4, 2, 0]
    np.testing.assert_allclose(evaluation.recall[:4], [np.nan, 0.75, 0.5, np.nan])
    np.testing.assert_allclose(evaluation.precision[:4], [np.nan, 1, 0.5, 0])
    assert evaluation.matrix[1].tolist() == [0, 3, 1, 0, 0, 0, 0, 0, 0, 0]


def test_the_network_is_given_batches():
    classifier = CornerClassifier(10)
    evaluate(classifier, make_digits([1] * 7, [1] * 7), TEN, batch_size=3)
    assert classifier.batches == [3, 3, 1]


def test_none_is_a_wrong_answer():
    _, evaluation = make_evaluation([4, 4, 5, 0, 0], [4, 10, 10, 10, 10], ELEVEN)
    assert evaluation.accuracy == pytest.approx(1 / 5)
    assert evaluation.precision[10] == 0
    assert "none (2)" in printed(evaluation)
    assert per_class(evaluation)[10] == {
        "class": "none",
        "support": 0,
        "right": 0,
        "precision": 0.0,
        "recall": None,
    }


def test_class_names_that_do_not_fit_the_network():
    with pytest.raises(UserError, match=r"Expected: 10 names(?s:.*)Received: 11"):
        evaluate(CornerClassifier(10), make_digits([1], [1]), ELEVEN, batch_size=8)


@pytest.mark.parametrize(
    ("right", "total", "expected"),
    [(9841, 10000, (0.98146, 0.98637)), (10, 10, (0.72247, 1)), (0, 10, (0, 0.27753))],
)
def test_confidence_interval_against_published_values(right, total, expected):
    assert confidence_interval(right, total) == pytest.approx(expected, abs=1e-5)


def test_the_table_fits_80_columns_whatever_the_names():
    names = tuple(f"a rather long class name, number [{i}]" for i in range(10))
    rng = np.random.default_rng(0)
    _, evaluation = make_evaluation(rng.integers(0, 10, 2000), rng.integers(0, 10, 2000), names)
    text = printed(evaluation, width=200)
    assert max(map(len, text.splitlines())) <= 80
    assert "[9]" in text
    assert f"{evaluation.right:,} of 2,000 right" in text


def test_the_run_folder_holds_numbers_and_pictures(tmp_path):
    digits, evaluation = make_evaluation([1, 1, 2, 7], [1, 2, 2, 7])
    write_evaluation(evaluation, digits.images, {"model": {"name": "mlp"}}, tmp_path)
    content = json.loads((tmp_path / "evaluation.json").read_text())
    assert content["model"] == {"name": "mlp"}
    assert (content["digits"], content["right"], content["accuracy"]) == (4, 3, 0.75)
    assert np.array(content["confusion_matrix"]).sum() == 4
    with (tmp_path / "per_class.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {
        "class": "1", "support": "2", "right": "1", "precision": "1.0", "recall": "0.5",
    }  # fmt: skip
    assert rows[0]["recall"] == ""
    for name in ("confusion_matrix.png", "wrong_digits.png"):
        assert cv2.imread(str(tmp_path / name)) is not None


def test_without_matplotlib_the_numbers_are_still_written(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(figures.importlib.util, "find_spec", lambda _: None)
    digits, evaluation = make_evaluation([1], [1])
    write_evaluation(evaluation, digits.images, {}, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evaluation.json", "per_class.csv"]
    assert "pip install '.[train]'" in caplog.text


@pytest.fixture
def idx_folder(tmp_path):
    """Lay down the two test files of an idx data set, three digits."""
    folder = tmp_path / "idx"
    folder.mkdir()
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 0, 5] = 99
    write_idx(folder / "t10k-images-idx3-ubyte.gz", images)
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", np.array([0, 1, 2], np.uint8))
    return folder


def test_an_idx_data_set_is_measured_without_its_training_files(idx_folder):
    config = make_config("data.kind=idx", f"data.dir={idx_folder}", "data.transposed=true")
    digits = load_test_digits(config, TEN)
    assert digits.labels.tolist() == [0, 1, 2]
    assert digits.images[0, 5, 0] == 99


def test_labels_skip_the_class_none_wherever_it_stands(idx_folder):
    config = make_config("data.kind=idx", f"data.dir={idx_folder}")
    names = ("a", "none", "b", "c")
    assert load_test_digits(config, names).labels.tolist() == [0, 2, 3]
    with pytest.raises(UserError, match=r"labels 0 to 1(?s:.*)labels up to 2"):
        load_test_digits(config, ("a", "b", "none"))


def test_files_that_are_not_mnist(idx_folder):
    with pytest.raises(UserError, match=r"data\.kind=idx"):
        load_idx_test(idx_folder, is_mnist=True)


def test_a_model_of_other_classes_is_not_measured_on_mnist():
    config = make_config()
    with pytest.raises(UserError, match="Expected: the model's classes: Shirt, Bag"):
        load_test_digits(config, ("Shirt", "Bag", "none"))


def write_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((60, 60), 250, np.uint8)
    cv2.line(picture, (30, 10), (30, 50), 20, 6)
    assert cv2.imwrite(str(path), picture)


def test_every_picture_of_a_folder_counts(tmp_path):
    for file in ("1/a.png", "1/b.png", "7/a.png"):
        write_picture(tmp_path / file)
    config = make_config("data.kind=image_folder", f"data.dir={tmp_path}")
    digits = load_test_digits(config, ELEVEN)
    assert digits.labels.tolist() == [1, 1, 7]
    assert digits.images.shape == (3, 28, 28)
    assert digits.images.max() > 200 > 10 > digits.images[:, 0].max()


def test_pictures_that_cannot_be_read_are_left_out_if_asked_for(tmp_path, caplog):
    write_picture(tmp_path / "1" / "a.png")
    for name in ("1/b.png", "1/c.png"):
        (tmp_path / name).write_bytes(b"no picture")
    typed = ["data.kind=image_folder", f"data.dir={tmp_path}"]
    with pytest.raises(UserError, match=r"2 of 3 pictures(?s:.*)b\.png(?s:.*)c\.png"):
        load_test_digits(make_config(*typed), TEN)
    assert len(load_test_digits(make_config(*typed, "data.skip_broken=true"), TEN)) == 1
    assert "Left out" in caplog.text


def test_folders_that_are_no_class_are_named(tmp_path):
    write_picture(tmp_path / "1" / "a.png")
    write_picture(tmp_path / "seven" / "a.png")
    config = make_config("data.kind=image_folder", f"data.dir={tmp_path}")
    with pytest.raises(UserError, match=r"Received: seven$"):
        load_test_digits(config, TEN)


def test_a_folder_without_pictures(tmp_path):
    (tmp_path / "1").mkdir()
    config = make_config("data.kind=image_folder", f"data.dir={tmp_path}")
    with pytest.raises(UserError, match="holds no pictures"):
        load_test_digits(config, TEN)


def test_a_run_from_config_to_files(tmp_path, idx_folder, capsys):
    run_folder = tmp_path / "run"
    run_folder.mkdir()
    config = make_config("data.kind=idx", f"data.dir={idx_folder}", "batch_size=2")
    classifier = CornerClassifier(10)
    model = make_model(tmp_path)
    digits = load_test_digits(config, model.class_names)
    evaluation = run_evaluate(config, model, classifier, digits, run_folder)
    assert evaluation.accuracy == pytest.approx(1 / 3)
    assert classifier.batches == [2, 1]
    content = json.loads((run_folder / "evaluation.json").read_text())
    assert content["model"]["runtime"] == "litert"
    assert content["model"]["version"] == 3
    expected = {"kind": "idx", "dir": str(idx_folder), "transposed": False, "skip_broken": False}
    assert content["data"] == expected
    assert "Accuracy 33.33%: 1 of 3 right, 2 wrong" in capsys.readouterr().out
