"""What agrees by chance, and what does because it is the same print."""

import cv2
import numpy as np
import pytest

from mnister.forms import agreement
from mnister.forms.agreement import Agreement, find_pieces, log_tail, measure, print_of
from mnister.forms.features import resized
from mnister.forms.made import make_form


@pytest.mark.parametrize(("least", "count", "chance"), [(3, 3, 0.1), (2, 4, 0.5), (0, 9, 0.2)])
def test_the_tail_of_a_binomial(least, count, chance):
    rng = np.random.default_rng(0)
    share = (rng.binomial(count, chance, 200_000) >= least).mean()
    assert 10 ** log_tail(least, count, chance) == pytest.approx(share, rel=0.1)


@pytest.fixture(name="printed", scope="module")
def _printed():
    return print_of(resized(make_form(5, 2).blank, 600)[0])


def test_a_print_agrees_with_itself_wherever_it_can_be_told(printed):
    whole = np.full(printed.shape, 255, np.uint8)
    pieces = find_pieces(printed, whole)
    assert len(pieces) > 20
    same = measure(printed, whole, pieces, printed, whole)
    assert (same.share, same.log_chance < -15) == (1.0, True)
    off = measure(printed, whole, pieces, np.roll(printed, 5, axis=1), whole)
    assert off.share < 0.2


def test_noise_agrees_as_often_as_chance_has_it(printed):
    whole = np.full(printed.shape, 255, np.uint8)
    pieces = find_pieces(printed, whole)
    noise = np.random.default_rng(1).random(printed.shape, np.float32)
    found = measure(printed, whole, pieces, noise, whole)
    assert found.are_found.mean() == pytest.approx(agreement.CHANCE, abs=0.08)
    assert found.log_chance > -3


def test_what_is_beyond_the_picture_does_not_count(printed):
    whole = np.full(printed.shape, 255, np.uint8)
    pieces = find_pieces(printed, whole)
    inside = whole.copy()
    inside[:, printed.shape[1] // 2 :] = 0
    assert 0 < len(measure(printed, whole, pieces, printed, inside).offsets) < len(pieces)
    none = measure(printed, whole, pieces, printed, np.zeros_like(inside))
    assert (none.share, none.count, none.log_chance) == (0, 0, 0)


def test_what_is_filled_in_does_not_count(printed):
    height, width = printed.shape
    unwritten = np.full(printed.shape, 255, np.uint8)
    near = cv2.dilate(printed, np.ones((3, 3), np.uint8))
    unwritten[height // 2 :][near[height // 2 :] < 0.02] = 0
    written = np.where(unwritten > 0, printed, np.random.default_rng(2).random(printed.shape))
    whole, written = np.full(printed.shape, 255, np.uint8), written.astype(np.float32)
    pieces = find_pieces(printed, unwritten)
    low = pieces[:, 1] > height // 2
    assert low.sum() > 10
    assert measure(printed, unwritten, pieces[low], written, whole).share > 0.95
    assert measure(printed, whole, pieces[low], written, whole).share < 0.9
    other = np.roll(printed, width // 2, axis=1)
    assert measure(printed, unwritten, pieces, other, whole).share < 0.3


def test_what_the_grain_hides_counts_for_little():
    offsets = np.array([(0, 0), (7, 7)], np.float32)
    found = Agreement(offsets, np.array([1, 0.1], np.float32))
    assert found.share == pytest.approx(1 / 1.1)
    assert 1 < found.count < 1.3


def test_the_light_is_no_print():
    light = np.tile(np.linspace(60, 250, 400, dtype=np.float32), (300, 1)).astype(np.uint8)
    assert print_of(light).max() < 0.1
