"""Where the network is not sure, it looks at a picture in three sizes."""

import numpy as np
import pytest

from mnister.reading.digit_network import predict_in_sizes


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
