"""CSV files as pandas, Kaggle and spreadsheets write them; what is no table of digits is told."""

import gzip

import numpy as np
import pytest

from mnister.data.csv_tables import read_csv
from mnister.errors import UserError
from tests.data.written import make_digits, write_csv


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"header": "{}"},
        {"label": "class"},
        {"index": True},
        {"sep": ";"},
        {"sep": "\t"},
        {"encoding": "utf-8-sig"},
        {"quoting": 1},
        {"compression": "gzip"},
        {"lineterminator": "\r\n"},
    ],
    ids=str,
)
def test_what_pandas_writes_is_read(tmp_path, options):
    images, labels = make_digits()
    name = options.pop("header", "pixel{}")
    write_csv(tmp_path / "a.csv", images, labels, header=name, **options)
    table = read_csv([tmp_path / "a.csv"])
    assert np.array_equal(table.images, images)
    assert table.labels.tolist() == labels.tolist()


def test_a_header_may_be_missing(tmp_path):
    images, labels = make_digits()
    write_csv(tmp_path / "a.csv", images, labels)
    text = (tmp_path / "a.csv").read_text().partition("\n")[2]
    (tmp_path / "a.csv").write_text(text)
    table = read_csv([tmp_path / "a.csv"])
    assert np.array_equal(table.images, images)
    assert table.labels.tolist() == labels.tolist()


def rows(images, labels):
    return [
        ",".join(map(str, [label, *image.flat]))
        for image, label in zip(images, labels, strict=True)
    ]


HEADER = ",".join(["label", *(f"pixel{i}" for i in range(784))])


def write_rows(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    return [path]


def test_an_array_that_was_saved_as_text_is_read(tmp_path):
    images, labels = make_digits(5)
    values = np.column_stack([labels, images.reshape(5, -1)])
    np.savetxt(tmp_path / "a.csv", values, delimiter=",")  # 1.000000000000000000e+00
    table = read_csv([tmp_path / "a.csv"])
    assert np.array_equal(table.images, images)
    assert table.labels.tolist() == labels.tolist()


def test_columns_are_put_in_the_order_of_their_numbers(tmp_path):
    images, labels = make_digits(4)
    order = sorted(range(784), key=str)  # 0, 1, 10, 100, 101 …
    header = ",".join([*(f"pixel{i}" for i in order), "label"])
    lines = [
        ",".join(map(str, [*image.flat[order], label]))
        for image, label in zip(images, labels, strict=True)
    ]
    table = read_csv(write_rows(tmp_path / "a.csv", [header, *lines]))
    assert np.array_equal(table.images, images)


def test_rows_and_columns_count_from_one(tmp_path):
    images, labels = make_digits(3)
    header = ",".join(["label", *(f"{r}x{c}" for r in range(1, 29) for c in range(1, 29))])
    table = read_csv(write_rows(tmp_path / "a.csv", [header, *rows(images, labels)]))
    assert np.array_equal(table.images, images)


def test_several_files_follow_each_other(tmp_path):
    images, labels = make_digits(20)
    files = []
    for number in range(2):
        part = slice(number * 10, number * 10 + 10)
        files += write_rows(tmp_path / f"{number}.csv", rows(images[part], labels[part]))
    assert np.array_equal(read_csv(files).images, images)


def test_more_rows_than_are_read_at_once(tmp_path):
    images, labels = make_digits(4100, classes=10)
    table = read_csv(write_rows(tmp_path / "a.csv", rows(images, labels)))
    assert np.array_equal(table.images, images)
    assert table.labels.tolist() == labels.tolist()


def test_names_are_labels_too(tmp_path):
    images, _ = make_digits(3)
    table = read_csv(write_rows(tmp_path / "a.csv", rows(images, ["ten", '"t, w"', "ten"])))
    assert table.labels.tolist() == ["ten", "t, w", "ten"]


def test_labels_may_stand_between_single_quotes(tmp_path):
    images, _ = make_digits(4)
    table = read_csv(write_rows(tmp_path / "a.csv", rows(images, ["'0'", "'7'", "'it's'", "'"])))
    assert table.labels.tolist() == ["0", "7", "it's", "'"]


GOOD = rows(*make_digits(3))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "is empty"),
        ([HEADER], "holds no digits"),
        ([HEADER, "", ""], "holds no digits"),
        ([HEADER.removeprefix("label,"), *GOOD], "no label(?s:.*)train.csv"),
        ([row.partition(",")[2] for row in GOOD], "no label"),
        ([",".join(map(str, range(784))), *(r.partition(",")[2] for r in GOOD)], "no label"),
        ([HEADER.replace("label", "kind"), *GOOD], "785 columns, among them kind$"),
        (
            [HEADER + ",more", *(row + ",1" for row in GOOD)],
            "786 columns, among them label, more$",
        ),
        (["1,2,3"], "3 columns"),
        (["1 2 3"], "one column(?s:.*)between commas, semicolons or tabs"),
        ([HEADER, GOOD[0], GOOD[1] + ",7", GOOD[2]], "Line 3 of(?s:.*)785(?s:.*)786"),
        ([GOOD[0], GOOD[1][:-20]], "Line 2 of"),
        ([GOOD[0], GOOD[1].replace(",0,", ",,", 1)], "Line 2 of(?s:.*)nothing in field 2"),
        ([GOOD[0], GOOD[1].replace(",0,", ",dark,", 1)], "dark in field 2"),
        ([HEADER, *GOOD, HEADER], "Line 5 of(?s:.*)pixel0 in field 2"),
        ([GOOD[0], "," + GOOD[1].partition(",")[2]], "without a label(?s:.*)digit 2"),
        ([GOOD[0], "1.5," + GOOD[1].partition(",")[2]], "no class numbers(?s:.*)1.5"),
        ([GOOD[0], "-1," + GOOD[1].partition(",")[2]], "no class numbers(?s:.*)-1"),
        ([GOOD[0], "2024," + GOOD[1].partition(",")[2]], "no class numbers(?s:.*)2024"),
        ([GOOD[0], GOOD[1].replace(",0,", ",300,", 1)], "values from 0 to 300"),
        ([GOOD[0], GOOD[1].replace(",0,", ",-3,", 1)], "values from -3 to 255"),
        ([GOOD[0], GOOD[1].replace(",0,", ",nan,", 1)], "no numbers"),
        (["5" + ",0" * 784], "0 everywhere"),
        (["5" + ",0,15" * 392], "values from 0 to 15"),
        (["7" * 200_000], "more than 100,000 characters"),
    ],
)
def test_what_is_no_table_of_digits_is_told(tmp_path, lines, words):
    with pytest.raises(UserError, match=words):
        read_csv(write_rows(tmp_path / "a.csv", lines))


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfel\x00a\x00", b"PK\x03\x04" + bytes(range(256)), gzip.compress(b"1,2\n" * 999)[:20]],
    ids=["UTF-16", "zip", "cut gzip"],
)
def test_what_is_no_text_is_told(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"cannot be read|has not one label"):
        read_csv([tmp_path / "a.csv"])
