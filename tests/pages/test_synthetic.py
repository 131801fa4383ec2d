import numpy as np
import pytest

from mnister.pages.clutter import KINDS
from mnister.pages.synthetic import NONE, reader_batch, with_gap


@pytest.fixture(name="digits")
def _digits():
    images = np.zeros((200, 28, 28), np.uint8)
    images[:, 5:23, 12:15] = 255
    images[:, 5:8, 8:20] = 255
    return images, np.arange(200) % 10


def test_a_batch_is_what_a_network_trains_on(digits):
    images, labels = reader_batch(*digits, np.random.default_rng(0), none_share=0.3)
    assert images.shape == (200, 28, 28)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int32
    assert images.reshape(200, -1).max(axis=1).min() > 0
    assert 30 < (labels == NONE).sum() < 90
    digit = labels != NONE
    np.testing.assert_array_equal(labels[digit], digits[1][digit])


def test_the_same_generator_gives_the_same_batch(digits):
    first = reader_batch(*digits, np.random.default_rng(5), none_share=0.3)
    second = reader_batch(*digits, np.random.default_rng(5), none_share=0.3)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_shares_are_kept(digits):
    _, labels = reader_batch(*digits, np.random.default_rng(1), none_share=0)
    np.testing.assert_array_equal(labels, digits[1])
    _, labels = reader_batch(*digits, np.random.default_rng(1), none_share=1)
    assert (labels == NONE).all()


@pytest.mark.parametrize("draw", sorted(set(KINDS), key=lambda kind: kind.__name__))
def test_every_kind_of_clutter_draws_something(draw):
    for seed in range(20):
        canvas = draw(np.random.default_rng(seed), 56)
        assert canvas.shape == (56, 56)
        assert canvas.any()


@pytest.mark.parametrize(("widest", "least_left"), [(4, 0.6), (8, 0.5)])
def test_a_gap_leaves_out_a_short_piece_of_a_stroke(widest, least_left):
    ink = np.zeros((56, 56), np.uint8)
    ink[8:48, 26:30] = 255
    for seed in range(20):
        broken = with_gap(ink, np.random.default_rng(seed), widest=widest)
        assert not broken[ink == 0].any()
        assert least_left < np.count_nonzero(broken) / np.count_nonzero(ink) < 1
