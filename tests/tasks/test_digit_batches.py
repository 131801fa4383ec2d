"""Batches follow from seed and step alone; the config's data set is what is read."""

import cv2
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from mnister.config.compose import compose_config
from mnister.data.datasets import DataSet, Digits
from mnister.data.idx import write_idx
from mnister.errors import UserError
from mnister.tasks.batches import keep_to_one_thread
from mnister.tasks.digit_batches import (
    TrainingBatches,
    load_data,
    make_augment,
    run_batches,
)


@pytest.fixture(scope="module")
def digits():
    """Give 100 digits that can be told apart; label and first pixels belong together."""
    images = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    images[:, 0, 0] = np.arange(100)
    return Digits(images, np.arange(100, dtype=np.int64) % 10)


@pytest.fixture(scope="module")
def affine_config():
    return compose_config("train", ["augmentation=affine"]).augmentation


def plain(images, labels, _generator):
    return images, labels


def make_batches(digits, seed=1, batch_size=16, augment=plain):
    return TrainingBatches(digits, 10, batch_size, seed, augment)


def numbers(batches, epoch):
    """Return the numbers of the digits of an epoch, in their order."""
    steps = range(epoch * batches.steps_per_epoch, (epoch + 1) * batches.steps_per_epoch)
    return np.concatenate([batches.batch(step)[0][:, 0, 0, 0] for step in steps])


def test_a_batch_has_its_shapes(digits):
    images, targets = make_batches(digits).batch(0)
    assert (images.shape, images.dtype) == ((16, 28, 28, 1), np.uint8)
    assert (targets.shape, targets.dtype) == ((16, 10), np.float32)
    assert np.array_equal(targets.sum(axis=1), np.ones(16))


def test_images_keep_their_labels(digits):
    images, targets = make_batches(digits).batch(3)
    assert np.array_equal(images[:, 0, 0, 0] % 10, targets.argmax(axis=1))
    assert np.array_equal(images[..., 0], digits.images[images[:, 0, 0, 0]])


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_an_epoch_is_a_permutation(digits, epoch):
    batches = make_batches(digits, batch_size=20)
    assert batches.steps_per_epoch == 5
    assert sorted(numbers(batches, epoch)) == list(range(100))


def test_what_does_not_fill_a_batch_is_left_out_of_the_epoch(digits):
    batches = make_batches(digits, batch_size=30)
    assert batches.steps_per_epoch == 3
    seen = numbers(batches, 0)
    assert len(set(seen)) == len(seen) == 90
    assert set(numbers(batches, 1)) != set(seen)


def test_every_epoch_and_every_seed_has_an_order_of_its_own(digits):
    orders = [
        tuple(numbers(make_batches(digits, seed), epoch)) for seed in (1, 2) for epoch in (0, 1)
    ]
    assert len(set(orders)) == 4
    assert all(list(order) != sorted(order) for order in orders)


def test_a_batch_is_the_same_whatever_was_asked_for_before(digits, affine_config):
    augment = make_augment(affine_config)
    in_order = make_batches(digits, augment=augment)
    kept = [in_order.batch(step) for step in range(14)]
    for step in (13, 0, 7, 6, 12):
        for expected, received in zip(
            kept[step], make_batches(digits, augment=augment).batch(step), strict=True
        ):
            assert np.array_equal(expected, received)


def test_the_same_digit_is_changed_anew_in_every_epoch(affine_config):
    one = Digits(
        np.random.default_rng(3).integers(0, 256, (1, 28, 28), dtype=np.uint8), np.zeros(1, int)
    )
    batches = make_batches(one, batch_size=1, augment=make_augment(affine_config))
    first, second = batches.batch(0)[0], batches.batch(1)[0]
    assert not np.array_equal(first, second)


def test_no_augmentation_changes_nothing(digits):
    augment = make_augment(compose_config("train", ["augmentation=none"]).augmentation)
    images, _ = make_batches(digits, augment=augment).batch(2)
    assert np.array_equal(images[..., 0], digits.images[images[:, 0, 0, 0]])


def test_the_end_of_a_run_may_train_on_digits_as_they_are(digits):
    config = compose_config("train", ["plain_end=0.25", "batch_size=20"])
    data = DataSet(digits, digits, digits, tuple("0123456789"), "")
    batches = run_batches(config, data, total_steps=12)
    known = {image.tobytes() for image in digits.images}
    shares = [
        np.mean([image.tobytes() in known for image in batches.batch(step)[0]])
        for step in range(12)
    ]
    assert max(shares[:9]) < 0.1
    assert shares[9:] == [1, 1, 1]


def test_the_training_set_is_not_changed_by_augmentation(digits, affine_config):
    before = digits.images.copy()
    batches = make_batches(digits, augment=make_augment(affine_config))
    for step in range(6):
        batches.batch(step)
    assert np.array_equal(digits.images, before)


def test_a_limit_holds_for_every_part():
    data = load_data(compose_config("train", ["data.limit=300"]))
    assert [len(part) for part in (data.train, data.validation, data.test)] == [300, 300, 300]
    assert data.class_names == tuple("0123456789")


def test_a_batch_larger_than_the_training_set_is_refused():
    with pytest.raises(UserError, match="larger than the training set") as caught:
        load_data(compose_config("train", ["data.limit=100"]))
    assert caught.value.received == "batch_size=256"
    assert caught.value.instead == "batch_size=100"


def test_other_digits_are_read_by_their_config(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (300, 28, 28), dtype=np.uint8)
    labels = (np.arange(300) % 3).astype(np.uint8)
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels)
    typed = ["data=idx", f"data.dir={tmp_path}", "data.transposed=true", "batch_size=50",
             "data.validation_digits=100", "data.class_names=[shoe,bag,coat]",
             "data.validation_split=first"]  # fmt: skip
    data = load_data(compose_config("train", typed))
    assert data.class_names == ("shoe", "bag", "coat")
    assert (len(data.train), len(data.validation)) == (200, 100)
    assert np.array_equal(data.test.images[5], images[5].T)


def test_a_users_own_pictures_are_read_as_digits(tmp_path):
    for name in ("cross", "ring"):
        (tmp_path / name).mkdir()
        for number in range(12):
            page = np.full((80, 80, 3), 255 - 4 * number, np.uint8)
            x, y = 35 + number, 38
            if name == "ring":
                cv2.circle(page, (x, y), 20, (40, 20, 20), 5)
            else:
                cv2.line(page, (x - 15, y - 15), (x + 15, y + 15), (40, 20, 20), 6)
                cv2.line(page, (x + 15, y - 15), (x - 15, y + 15), (40, 20, 20), 6)
            cv2.imwrite(str(tmp_path / name / f"{number}.png"), page)
    typed = ["data=image_folder", f"data.dir={tmp_path}", "batch_size=16"]
    data = load_data(compose_config("train", typed))
    assert data.class_names == ("cross", "ring")
    assert [len(part) for part in (data.train, data.validation, data.test)] == [20, 2, 2]
    for part in (data.train, data.validation, data.test):
        is_hollow = part.images[:, 13:15, 13:15].max(axis=(1, 2)) == 0
        assert np.array_equal(is_hollow, part.labels == 1)
        assert part.images.max(axis=(1, 2)).min() > 200
        assert not part.images[:, :3].any()


def test_batches_are_made_on_one_thread():
    keep_to_one_thread()
    assert cv2.getNumThreads() == 1
    np.ones((9, 9)) @ np.ones((9, 9))
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools
    assert {pool["num_threads"] for pool in pools} == {1}


def test_no_thread_tunes_what_reads_the_batches(digits):
    options = make_batches(digits).dataset(0, 2).options()
    assert options.autotune.enabled is False  # it would keep a run waiting at its end
