"""Where the network is not sure, it looks at a picture in three sizes."""

import numpy as np
import pytest

from mnister.pieces.classify import predict_in_sizes, with_class_share


class Scale:
    """A network of two classes that weighs the ink: sure from 900 grey levels on."""

    def __init__(self):
        self.seen = []

    def predict(self, images):
        self.seen.append(images)
        inks = images.sum(axis=(1, 2, 3), dtype=np.int64)
        first = np.where(inks >= 900 * 255, 1.0, inks / (900 * 255)).astype(np.float32)
        return np.stack([first, 1 - first], axis=1)


def squares(*sides):
    images = np.zeros((len(sides), 28, 28, 1), np.uint8)
    for image, side in zip(images, sides, strict=True):
        start = 14 - side // 2
        image[start : start + side, start : start + side] = 255
    return images


def test_a_sure_picture_is_looked_at_once():
    network = Scale()
    images = squares(0, 0)
    assert predict_in_sizes(network, images).tolist() == [[0, 1], [0, 1]]
    assert len(network.seen) == 1


def test_an_unsure_one_is_averaged_with_a_smaller_and_a_larger_one():
    network = Scale()
    images = squares(0, 16, 20)
    probabilities = predict_in_sizes(network, images)
    as_it_is, smaller, larger = network.seen
    assert as_it_is is images
    assert [len(smaller), len(larger)] == [2, 2]
    inks = [part.sum(axis=(1, 2, 3)) / 255 for part in (images[1:], smaller, larger)]
    assert inks[1] / inks[0] == pytest.approx([0.92**2] * 2, rel=0.02)
    assert inks[2] / inks[0] == pytest.approx([1.08**2] * 2, rel=0.02)
    expected = (2 * inks[0] + inks[1] + inks[2]) / 4 / 900
    assert probabilities[1:, 0] == pytest.approx(expected, rel=1e-3)
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_what_is_enlarged_stays_in_the_middle():
    network = Scale()
    predict_in_sizes(network, squares(16))
    for image in network.seen[1:]:
        np.testing.assert_array_equal(image, image[:, ::-1])
        np.testing.assert_array_equal(image, image[:, :, ::-1])


def test_no_picture_is_no_work():
    assert predict_in_sizes(Scale(), squares()).shape == (0, 2)


def test_a_class_met_as_often_as_in_training_changes_nothing_and_more_often_is_likelier():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.0, 0.0, 1.0]], np.float32)
    same = with_class_share(probabilities, 2, trained=0.1, met=0.1)
    np.testing.assert_allclose(same, probabilities, rtol=1e-6)
    more = with_class_share(probabilities, 2, trained=0.1, met=0.2)
    odds = more[0, 2] / (1 - more[0, 2])
    assert odds == pytest.approx((0.1 / 0.9) * (0.25 / (1 / 9)), rel=1e-5)
    np.testing.assert_allclose(more.sum(axis=1), 1, rtol=1e-6)
    assert more[0, 0] / more[0, 1] == pytest.approx(3.5, rel=1e-5)
