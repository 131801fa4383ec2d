"""The layers of a page network do what they say and come back from their config."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def blocks():
    """Give the layers, with TensorFlow loaded quietly."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    from mnister.models import page_blocks

    return page_blocks


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0, 1, shape).astype(np.float32)


def test_contrast_does_not_depend_on_light_and_pen(blocks):
    layer, image = blocks.LocalContrast(window=20, floor=0.0), noise(1, 64, 48, 1)
    expected = np.asarray(layer(image))
    assert np.asarray(layer(0.3 * image + 0.5)) == pytest.approx(expected, abs=2e-3)
    assert np.asarray(layer(1 - image)) == pytest.approx(-expected, abs=2e-3)


def test_contrast_follows_slow_shadows(blocks):
    image = noise(1, 64, 64, 1)
    shaded = image + np.linspace(0, 3, 64, dtype=np.float32)[None, :, None, None]
    layer = blocks.LocalContrast(window=12, floor=0.01)
    inner = np.s_[:, 12:-12, 12:-12]
    difference = np.abs(np.asarray(layer(shaded)) - np.asarray(layer(image)))[inner]
    assert difference.mean() < 0.1


def test_faint_noise_is_not_blown_up_above_the_floor(blocks):
    faint = 0.5 + 0.001 * noise(1, 64, 64, 1)
    assert np.abs(blocks.LocalContrast(window=20, floor=0.03)(faint)).max() < 0.05
    assert np.abs(blocks.LocalContrast(window=20, floor=0.0)(faint)).max() > 1


def test_an_even_page_has_no_contrast(blocks):
    even = np.full((1, 32, 48, 1), 0.7, np.float32)
    assert np.abs(blocks.LocalContrast(window=12, floor=0.03)(even)).max() < 1e-5


def test_the_mean_is_over_the_window_and_leaves_out_what_is_off_the_page(blocks):
    layer = blocks.LocalContrast(window=12, floor=0.03)
    ramp = np.broadcast_to(np.arange(64, dtype=np.float32)[:, None], (64, 64))[None, ..., None]
    mean = np.asarray(layer._mean_around(ramp))[0, :, 30, 0]
    assert mean[16:48] == pytest.approx(np.arange(16, 48), abs=1e-3)
    assert mean[0] == pytest.approx((0 + 7) / 2, abs=0.5)  # the first two of three squares


def test_a_window_that_is_no_multiple_is_refused(blocks):
    with pytest.raises(ValueError, match=r"multiple of 4\. Received: 13"):
        blocks.LocalContrast(window=13, floor=0.03)


def test_channels_become_places(blocks):
    layer = blocks.DepthToSpace(2)
    inputs = np.arange(4, dtype=np.float32).reshape(1, 1, 1, 4)
    assert np.asarray(layer(inputs))[0, ..., 0].tolist() == [[0, 1], [2, 3]]
    assert layer.compute_output_shape((None, None, 5, 8)) == (None, None, 10, 2)


def test_a_new_residual_block_changes_nothing(blocks):
    image = noise(2, 8, 8, 4)
    assert np.array_equal(blocks.Residual(4)(image), image)


def test_down_and_up_comes_back_to_its_size_and_sees_far(blocks):
    layer, image = blocks.DownAndUp([6, 8], [1, 1]), noise(1, 32, 48, 4)
    assert layer(image).shape == image.shape
    for variable in layer.weights:
        variable.assign(noise(*variable.shape))
    before = np.asarray(layer(image))
    changed = image.copy()
    changed[0, 0, 0] += 100
    seen = np.abs(np.asarray(layer(changed)) - before).max(axis=-1)[0] > 0
    assert seen[12, 12]
    assert not seen[31, 47]


def test_levels_and_repeats_must_agree(blocks):
    with pytest.raises(ValueError, match="must agree"):
        blocks.DownAndUp([6, 8], [1])


def test_layers_come_back_from_their_config(blocks, tmp_path):
    import keras

    layers = [
        keras.Input((None, None, 1)),
        blocks.LocalContrast(window=12, floor=0.03),
        keras.layers.Conv2D(4, 3, padding="same"),
        blocks.Residual(4),
        blocks.DownAndUp([6, 8], [1, 2]),
        keras.layers.Conv2D(4, 1),
        blocks.DepthToSpace(2),
    ]
    network = keras.Sequential(layers)
    for variable in network.weights:
        variable.assign(noise(*variable.shape))
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    image = noise(1, 32, 48, 1)
    assert np.array_equal(again(image), network(image))


def test_half_precision_leaves_the_contrast_as_it_is(blocks):
    layer = blocks.LocalContrast(window=12, floor=0.03)
    assert layer.compute_dtype == "float32"
