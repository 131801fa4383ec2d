"""The sample pictures are composed again, pixel for pixel."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnister.pages import samples

SAMPLES = Path(__file__).parents[2] / "images"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("script", SAMPLES / "compose_samples.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_beside_the_samples_writes_them(script):
    assert script.write_samples is samples.write_samples


def test_a_single_sample_is_recomposed_pixel_for_pixel():
    for index in (1, 17):
        stored = cv2.imread(str(SAMPLES / "single" / f"own_{index}.png"))
        single = samples.compose_single(index)
        np.testing.assert_array_equal(single.image, stored)
        labels = (SAMPLES / "single" / "labels.txt").read_text().split()
        assert [labels[index]] == single.lines


def test_a_sample_page_is_recomposed_pixel_for_pixel():
    page = samples.compose_multi(2)
    stored = cv2.imread(str(SAMPLES / "multi" / "page_3.png"))
    np.testing.assert_array_equal(page.image, stored)
    labels = (SAMPLES / "multi" / "labels.txt").read_text().splitlines()
    assert labels[2] == "page_3.png: " + " ".join(page.lines)


def test_each_sample_has_a_label_and_all_stay_small():
    singles = list((SAMPLES / "single").glob("*.png"))
    pages = sorted(path.name for path in (SAMPLES / "multi").glob("*.png"))
    labels = (SAMPLES / "multi" / "labels.txt").read_text().splitlines()
    assert len((SAMPLES / "single" / "labels.txt").read_text().split()) == len(singles) == 20
    assert [line.split(":")[0] for line in labels] == pages
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*")) < 6e6
