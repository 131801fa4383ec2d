"""Splits: a share of each class, the same whatever the order, little moved by what is added."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnister.data.split import apportion, image_keys, mixed, name_keys, shares, split


@given(
    counts=st.lists(st.integers(0, 400), min_size=1, max_size=12).map(np.array),
    share=st.floats(0.01, 0.99),
)
def test_a_part_of_a_fixed_size_has_each_class_by_its_share(counts, share):
    can_give = np.maximum(0, counts - 1)
    total = int(share * can_give.sum())
    given_away = apportion(counts, total)[:, 0]
    assert given_away.sum() == total
    assert (given_away <= can_give).all()
    if total >= (can_give > 0).sum():
        assert (given_away[can_give > 0] >= 1).all()


def test_large_classes_give_in_proportion():
    assert apportion(np.array([6000, 3000, 1000]), 1000)[:, 0].tolist() == [600, 300, 100]


def test_parts_by_fraction_leave_each_class_something():
    assert shares(np.array([100, 5, 3, 2, 1, 0]), [0.1, 0.2]).tolist() == [
        [10, 20], [1, 1], [1, 1], [0, 0], [0, 0], [0, 0],
    ]  # fmt: skip
    assert shares(np.array([2, 1]), [0.1]).tolist() == [[1], [0]]


@given(order=st.permutations(range(30)))
def test_the_order_of_the_digits_says_nothing(order):
    labels, keys = np.arange(30) % 3, name_keys(map(str, range(30)))
    sizes = np.array([[2, 1]] * 3)
    first = mixed(labels, keys)
    again = mixed(labels[list(order)], [keys[place] for place in order])
    assert first.tolist() == [order[place] for place in again]
    parts = split(labels[first], sizes)
    assert [np.bincount(labels[first][p]).tolist() for p in parts] == [[2] * 3, [1] * 3, [7] * 3]


def test_one_more_picture_moves_few_others():
    images = np.random.default_rng(0).integers(0, 256, (301, 28, 28), dtype=np.uint8)
    labels = np.arange(301) % 3
    chosen = []
    for count in (300, 301):
        order = mixed(labels[:count], image_keys(images[:count]))
        sizes = apportion(np.bincount(labels[:count]), 60)
        chosen.append(set(order[split(labels[order], sizes)[0]].tolist()))
    assert len(chosen[0] ^ chosen[1]) <= 4


@pytest.mark.parametrize("sizes", [[[1], [1]], [[3], [0]]])
def test_every_digit_is_in_one_part(sizes):
    labels = np.array([0, 0, 0, 0, 1, 1])
    parts = split(labels, np.array(sizes))
    assert sorted(np.concatenate(parts).tolist()) == list(range(6))
