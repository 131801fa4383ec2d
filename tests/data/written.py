"""Digits as other programs write them; the libraries that are not installed skip their tests."""

import json

import cv2
import numpy as np
import pytest


def make_digits(count=60, classes=3, seed=0):
    """Make images that differ, white on black, and labels sorted by class."""
    generator = np.random.default_rng(seed)
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 6:22, 6:22] = generator.integers(0, 256, (count, 16, 16))
    images[:, 6, 6] = 255
    return images, np.sort(np.arange(count) % classes)


def write_csv(path, images, labels, *, header="pixel{}", label="label", **options):
    """Write with pandas a column of labels and 784 of grey values."""
    pandas = pytest.importorskip("pandas", reason="pandas writes the file")
    columns = [header.format(number) for number in range(784)]
    frame = pandas.DataFrame(images.reshape(len(images), -1), columns=columns)
    frame.insert(0, label, labels)
    frame.to_csv(path, **({"index": False} | options))


def write_parquet(path, images, labels, *, names=None, encode=None, columns=("image", "label")):
    """Write with pyarrow what Hugging Face's datasets library writes."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow writes the file")
    parquet = pytest.importorskip("pyarrow.parquet")
    encode = encode or (lambda image: cv2.imencode(".png", image)[1].tobytes())
    pictures = [{"bytes": encode(image), "path": None} for image in images]
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    table = pyarrow.table([pyarrow.array(pictures, kind), pyarrow.array(labels)], columns)
    if names:
        feature = {"names": list(names), "_type": "ClassLabel"}
        info = {"info": {"features": {"image": {"_type": "Image"}, "label": feature}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(info)})
    parquet.write_table(table, path)
