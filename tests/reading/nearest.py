"""A network that needs no training: the nearest of a few thousand MNIST training digits."""

import gzip
from functools import cache
from pathlib import Path

import numpy as np

MNIST = Path(__file__).parents[2] / "data" / "mnist"


@cache
def mnist(part: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first digits of "train" or "t10k" and their labels."""
    with gzip.open(MNIST / f"{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + 784 * count), np.uint8, offset=16)
    with gzip.open(MNIST / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count), np.uint8, offset=8)
    return images.reshape(-1, 28, 28), labels


class NearestClassifier:
    """Sums the similarity of the nearest examples of each class, and of "none" where asked for."""

    def __init__(self, count: int = 6000, with_none: bool = False):
        images, self.labels = mnist("train", count)
        self.vectors = _unit(images)
        self.with_none = with_none

    def predict(self, images: np.ndarray) -> np.ndarray:
        assert images.dtype == np.uint8
        assert images.shape[1:] == (28, 28, 1)
        likeness = _unit(images[..., 0]) @ self.vectors.T
        best = np.stack([likeness[:, self.labels == d].max(axis=1) for d in range(10)], axis=1)
        if self.with_none:
            best = np.concatenate([best, np.full((len(best), 1), 0.62)], axis=1)
        powered = np.exp(30 * (best - best.max(axis=1, keepdims=True)))
        return (powered / powered.sum(axis=1, keepdims=True)).astype(np.float32)


def _unit(images: np.ndarray) -> np.ndarray:
    vectors = images.reshape(len(images), -1).astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
