"""Each digit is moved inside the network; the answers are averaged."""

import numpy as np
import pytest

from mnister.training.averaging import MOVED


def moved(images, down, across):
    """Move pictures (N, 28, 28, 1) by whole pixels; black comes in."""
    larger = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    return np.roll(larger, (down, across), axis=(1, 2))[:, 2:-2, 2:-2]


def test_a_digit_is_seen_as_it_is_and_in_its_eight_neighbouring_places():
    assert MOVED[0] == (0, 0)
    assert sorted(MOVED) == [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]


@pytest.mark.slow
def test_the_mean_is_over_all_networks_and_moves():
    import keras

    from mnister.training.averaging import average

    keras.utils.set_random_seed(3)
    layers = [[keras.layers.Flatten(), keras.layers.Dense(10)] for _ in range(2)]
    networks = [keras.Sequential([keras.Input((28, 28, 1)), *some]) for some in layers]
    images = np.random.default_rng(1).uniform(0, 1, (5, 28, 28, 1)).astype(np.float32)
    views = [moved(images, *move) for move in MOVED]
    each = [keras.ops.softmax(network(view)) for network in networks for view in views]
    together = keras.ops.softmax(average(networks, "mean", MOVED)(images))
    np.testing.assert_allclose(together, np.mean(each, axis=0), atol=1e-5)
