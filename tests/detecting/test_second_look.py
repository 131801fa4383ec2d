"""Two networks are heard as they deserve it: the one that is right more often counts more."""

import numpy as np
import pytest

from mnister.detecting.crops import CROP_NAMES, NOTHING, PRINTED
from mnister.detecting.peaks import Found
from mnister.detecting.second_look import (
    SecondLook,
    Weights,
    as_described,
    fit_weights,
    hear_both,
)

ALONE = Weights((1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 0.0, 0.0))  # the page network


def said(labels, rate, generator, width=11):
    """Return probabilities that are right so often: (N, width), the last what is no digit."""
    wrong = generator.integers(0, width, len(labels))
    named = np.where(generator.random(len(labels)) < rate, labels, wrong)
    return np.where(np.eye(width, dtype=bool)[named], 0.8, 0.2 / (width - 1))


def example(by_page, by_crop, count=4000):
    """Return what was found, what the crop network says and the truth, each right so often."""
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 11, count)  # 10: nothing
    found = Found(
        np.tile([[5.0, 5.0, 10.0, 20.0]], (count, 1)).astype(np.float32),
        said(truth, by_page, generator)[:, :10].astype(np.float32),
        np.full(count, 0.1, np.float32),
    )
    seen = np.zeros((count, len(CROP_NAMES)), np.float32)
    seen[:, [*range(10), NOTHING]] = said(truth, by_crop, generator)
    return found, seen, np.where(truth == 10, NOTHING, truth)


@pytest.mark.parametrize(("by_page", "by_crop"), [(0.9, 0.5), (0.5, 0.9)])
def test_who_is_right_more_often_counts_more(by_page, by_crop):
    weights = fit_weights(*example(by_page, by_crop))
    page, crop, _ = weights.digit
    assert (page > crop) == (by_page > by_crop)
    likeliest, any_class, crop, _ = weights.place
    assert (likeliest + any_class > crop) == (by_page > by_crop)


def test_that_a_digit_stands_there_is_sure_though_its_class_is_not():
    found, seen, truth = example(0.9, 0.9)
    weights = fit_weights(found, seen, truth)
    torn = np.zeros((1, len(CROP_NAMES)), np.float32)
    torn[0, [1, 7]] = 0.49
    said = np.full((1, 10), 0.02, np.float32)
    said[0, [1, 7]] = 0.45
    both = hear_both(Found(found.boxes[:1], said, found.printed[:1]), torn, weights)
    assert both.scores[0] > both.probabilities.max()
    assert set(np.argsort(both.probabilities[0])[-2:]) == {1, 7}


def test_both_together_are_right_more_often_than_either():
    found, seen, truth = example(0.8, 0.8)
    both = hear_both(found, seen, fit_weights(found, seen, truth))
    order = np.argsort(-both.scores, kind="stable")
    assert np.array_equal(order, np.arange(len(both)))  # the likeliest first
    is_digit = truth < 10
    alone = found.classes[is_digit] == truth[is_digit]
    # Boxes are alike here: told apart by what both say before they are put in order.
    weights = fit_weights(found, seen, truth)
    each = [hear_both(found[[i]], seen[[i]], weights).classes[0] for i in range(1000)]
    together = np.array(each)[is_digit[:1000]] == truth[:1000][is_digit[:1000]]
    assert together.mean() > alone.mean() + 0.02


def test_print_is_told_by_both():
    count = 2000
    generator = np.random.default_rng(1)
    is_printed = generator.random(count) < 0.5
    found = Found(
        np.zeros((count, 4), np.float32),
        np.full((count, 10), 0.1, np.float32),
        np.full(count, 0.5, np.float32),
    )
    seen = np.full((count, len(CROP_NAMES)), 0.01, np.float32)
    labels = np.where(is_printed, PRINTED.start + 7, 7)
    seen[np.arange(count), labels] = 0.8
    weights = fit_weights(found, seen, labels)
    one = np.flatnonzero(is_printed)[:1], np.flatnonzero(~is_printed)[:1]
    printed, written = (hear_both(found[i], seen[i], weights).printed[0] for i in one)
    assert printed > 0.9 > 0.1 > written


def test_the_page_network_alone_is_left_as_it_is():
    found, seen, _ = example(0.8, 0.8, count=50)
    both = hear_both(found, seen, ALONE)
    assert np.allclose(np.sort(both.scores), np.sort(found.scores), atol=1e-4)


def test_where_nothing_was_found_nothing_is_looked_at():
    class NeverAsked:
        def predict(self, _):
            raise AssertionError

    nothing = Found(np.zeros((0, 4)), np.zeros((0, 10)), np.zeros(0))
    look = SecondLook(NeverAsked(), ALONE)
    assert len(look.look(np.zeros((9, 9), np.uint8), nothing)) == 0


WHOLE = {
    "place": [0, 1, 2, 3],
    "digit": [1, 2, 3],
    "printed": [4, 5, 6],
    "calibration": [1, 0],
}


def test_a_manifest_says_how_both_are_heard():
    weights, calibration = as_described(WHOLE)
    assert weights == Weights((0.0, 1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    assert calibration == (1.0, 0.0)


@pytest.mark.parametrize("key", list(WHOLE))
def test_a_manifest_that_does_not_say_it_is_refused(key):
    with pytest.raises(KeyError):
        as_described({name: value for name, value in WHOLE.items() if name != key})
    with pytest.raises((TypeError, ValueError)):
        as_described(WHOLE | {key: "much"})
