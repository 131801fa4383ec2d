"""Views of a digit are changed inside the network; their answers are averaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.training.augmentation import affine_sources
from mnister.training.averaging import CHANGED, bilinear

ROWS, COLUMNS = np.mgrid[:28, :28].astype(np.float32)


def changed(image, **changes):
    pixels, weights = bilinear(affine_sources((1, 28, 28), **changes)[:, 0])
    return (image.ravel()[pixels] * weights).sum(axis=0).reshape(28, 28)


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(-0.4, 0.4))
@settings(deadline=None)
def test_what_changes_evenly_is_interpolated_exactly(rotation, shear, scale):
    changes = {"rotation": rotation, "shear": shear, "scale": scale}
    x, y = affine_sources((1, 28, 28), **changes)[:, 0].reshape(2, 28, 28)
    is_inside = (x >= 0) & (x <= 27) & (y >= 0) & (y <= 27)
    slope = changed(3 * COLUMNS + 2 * ROWS, **changes)
    assert slope[is_inside] == pytest.approx((3 * x + 2 * y)[is_inside], abs=1e-2)
    is_outside = (x <= -1) | (x >= 28) | (y <= -1) | (y >= 28)
    assert not changed(np.full((28, 28), 255.0), **changes)[is_outside].any()


def test_without_a_change_a_view_is_the_picture():
    image = np.random.default_rng(0).uniform(0, 255, (28, 28))
    np.testing.assert_allclose(changed(image), image, rtol=1e-5)


def test_a_larger_view_holds_more_ink():
    image = np.zeros((28, 28))
    image[10:18, 12:16] = 200
    larger, smaller = changed(image, scale=0.1).sum(), changed(image, scale=-0.1).sum()
    assert larger / image.sum() == pytest.approx(1.1**2, rel=0.05)
    assert smaller / image.sum() == pytest.approx(0.9**2, rel=0.05)


@pytest.mark.slow
def test_the_mean_is_over_all_networks_and_views():
    import keras

    from mnister.training.averaging import average

    keras.utils.set_random_seed(3)
    layers = [[keras.layers.Flatten(), keras.layers.Dense(10)] for _ in range(2)]
    networks = [keras.Sequential([keras.Input((28, 28, 1)), *some]) for some in layers]
    images = np.random.default_rng(1).uniform(0, 1, (5, 28, 28, 1)).astype(np.float32)
    views = [np.stack([changed(i[..., 0], **c) for i in images])[..., None] for c in CHANGED]
    each = [keras.ops.softmax(network(view)) for network in networks for view in views]
    together = keras.ops.softmax(average(networks, "mean", CHANGED)(images))
    np.testing.assert_allclose(together, np.mean(each, axis=0), atol=1e-5)
