"""What is written for TensorBoard on request, and that watching changes nothing."""

import csv

import numpy as np
import pytest


def rows_of(folder):
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def watched(run_python, tiny, tmp_path_factory):
    """Train as the tiny run does, with everything written; return the run's folder."""
    root = tmp_path_factory.mktemp("watched")
    finished = run_python(
        "train.py", *tiny, "tensorboard.gradient_norm=true", "tensorboard.histograms=true",
        "tensorboard.profile=true",
        f"export.dir={root / 'models'}", f"hydra.run.dir={root / 'run'}",
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return root / "run"


@pytest.fixture(scope="module")
def histograms(watched):
    """Give a function from tag and step to what TensorBoard reads: (left, right, count) rows."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    accumulator = EventAccumulator(str(watched / "tensorboard" / "histograms"))
    accumulator.Reload()

    def read(tag):
        return {e.step: make_ndarray(e.tensor_proto) for e in accumulator.Tensors(tag)}

    read.tags = accumulator.Tags()["tensors"]
    return read


@pytest.mark.slow
def test_watching_changes_nothing(watched, tiny_run):
    for seen, unseen in zip(rows_of(watched), rows_of(tiny_run.folder), strict=True):
        for name in ("loss", "accuracy", "gradient_norm", "validation_loss", "learning_rate"):
            assert seen[name] == unseen[name]


def test_the_speed_of_an_epoch_is_that_of_its_images(tiny_run):
    for row, images in zip(rows_of(tiny_run.folder), (9 * 64, 9 * 64, 2 * 64), strict=True):
        assert float(row["images_per_second"]) == pytest.approx(
            images / float(row["seconds"]), abs=0.06
        )


def test_every_weight_and_gradient_has_a_histogram_an_epoch(histograms):
    layers = ("conv2d", "conv2d_1", "dense", "dense_1", "dense_2")
    assert set(histograms.tags) == {
        f"{part}/{layer}/{kind}"
        for part in ("weights", "gradients")
        for layer in layers
        for kind in ("kernel", "bias")
    }
    for tag in histograms.tags:
        assert set(histograms(tag)) == {9, 18, 20}
    kernels = histograms("weights/conv2d/kernel")
    assert all(kernel[:, 2].sum() == 6 * 5 * 5 for kernel in kernels.values())
    assert not np.array_equal(kernels[9], kernels[18])
    assert np.abs(histograms("gradients/dense/kernel")[20][:, :2]).max() > 0


def test_the_profile_holds_the_steps(watched):
    (profile,) = watched.glob("tensorboard/plugins/profile/*/*.xplane.pb")
    content = profile.read_bytes()
    assert b"step_num" in content
    assert b"Conv2D" in content
    assert "profile of 5 steps" in (watched / "train.log").read_text()


@pytest.mark.parametrize("is_loss_scaled", [False, True])
def test_the_gradient_norm_is_the_length_of_a_plain_step(is_loss_scaled):
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    import keras

    from mnister.training.gradients import watch_gradient_norm

    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(2)])
    optimizer = keras.optimizers.SGD(1.0)
    watch_gradient_norm(network, optimizer)
    if is_loss_scaled:  # as Keras does for mixed_float16
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=8.0)
    network.compile(optimizer, "mse")
    before = network.get_weights()
    generator = np.random.default_rng(0)
    network.train_on_batch(generator.normal(size=(5, 3)), generator.normal(size=(5, 2)))
    steps = zip(before, network.get_weights(), strict=True)
    length = np.sqrt(sum(np.square(a - b).sum() for a, b in steps))
    assert float(network.get_metrics_result()["gradient_norm"]) == pytest.approx(length, rel=1e-5)
    assert length > 0.1
