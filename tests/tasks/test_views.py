"""Each digit is moved inside the network; the answers are averaged."""

import numpy as np
import pytest

from mnister.tasks.views import MOVES


def moved(images, down, across):
    """Move pictures (N, 28, 28, 1) by whole pixels; black comes in."""
    larger = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    return np.roll(larger, (down, across), axis=(1, 2))[:, 2:-2, 2:-2]


def test_a_digit_is_seen_as_it_is_and_in_its_eight_neighbouring_places():
    assert MOVES[0] == (0, 0)
    assert sorted(MOVES) == [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]


@pytest.mark.slow
def test_the_mean_is_over_all_places():
    import keras

    from mnister.tasks.views import average_views

    keras.utils.set_random_seed(3)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    network = keras.Sequential(layers, name="plain")
    images = np.random.default_rng(1).uniform(0, 1, (5, 28, 28, 1)).astype(np.float32)
    each = [keras.ops.softmax(network(moved(images, *move))) for move in MOVES]
    together = average_views(network)
    assert together.name == "plain"
    answered = keras.ops.softmax(together(images))
    np.testing.assert_allclose(answered, np.mean(each, axis=0), atol=1e-5)
    assert np.abs(answered - keras.ops.softmax(network(images))).max() > 0.001
