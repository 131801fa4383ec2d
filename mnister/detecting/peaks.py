"""From the answer of a page network to the digits on the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from mnister.detecting.heads import DIGITS, MOVES, PRINTED, SIZES, to_boxes

NEIGHBOUR, ALIKE = 1.5, 0.6  # heights of a digit: from centre to centre; the lower to the taller
IS_PRINTED = 0.5  # probability from which on a digit is taken for a printed one
LEAST_WIDTH = 0.5  # of a box's height, where boxes are compared
MOST_OVERLAP = 0.6  # part of the smaller of two boxes; of two that share more, the likelier stays


@dataclass(frozen=True)
class Found:
    """Digits found on a page, the likeliest first.

    Attributes:
        boxes: float32 (N, 4), x, y, width, height in pixels.
        probabilities: float32 (N, 10), of each digit for itself: a row does not sum to 1.
        printed: float32 (N,), the probability that it is printed.
        is_digit: float32 (N,), that a digit stands there, whichever it is; None: it is as likely
            as its likeliest class.
    """

    boxes: np.ndarray
    probabilities: np.ndarray
    printed: np.ndarray
    is_digit: np.ndarray | None = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.boxes)

    def __getitem__(self, chosen: slice | np.ndarray) -> "Found":
        """Return the chosen ones, in their order."""
        is_digit = None if self.is_digit is None else self.is_digit[chosen]
        return Found(
            self.boxes[chosen], self.probabilities[chosen], self.printed[chosen], is_digit
        )

    @property
    def classes(self) -> np.ndarray:
        """The likeliest class of each: int64 (N,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def scores(self) -> np.ndarray:
        """The probability that a digit stands there: float32 (N,)."""
        return (
            self.probabilities.max(axis=1, initial=0) if self.is_digit is None else self.is_digit
        )

    @property
    def shares(self) -> np.ndarray:
        """How likely each digit is, if one of them stands there: (N, 10), a row sums to 1."""
        return softmax(logit(self.probabilities))

    @property
    def confidences(self) -> np.ndarray:
        """How likely each is a digit, and of its class: (N,)."""
        return self.scores * self.shares.max(axis=1, initial=0)


def with_printed_of_neighbours(found: Found) -> Found:
    """Take a digit for a printed one only if it seems so with those beside it.

    A stroke may be a printed 1 or a written one; nobody prints one digit of a written number. It
    counts as much as the next digit on either side that is as high up and as large, and near.

    Args:
        found: Digits on a page.
    """
    centres = found.boxes[:, :2] + found.boxes[:, 2:] / 2
    tall = found.boxes[:, 3]
    right, down = (centres[None] - centres[:, None]).transpose(2, 0, 1)
    taller = np.maximum(tall[:, None], tall[None])
    is_beside = (np.abs(down) < 0.5 * taller) & (np.abs(right) < NEIGHBOUR * taller)
    is_beside &= np.minimum(tall[:, None], tall[None]) > ALIKE * taller
    sums, counts = found.printed.astype(float), np.ones(len(found))
    for side in (right, -right):
        distances = np.where(is_beside & (side > 0), side, np.inf)
        nearest = distances.argmin(axis=1) if len(found) else np.zeros(0, int)
        is_there = np.isfinite(distances.min(axis=1, initial=np.inf))
        sums += np.where(is_there, found.printed[nearest], 0)
        counts += is_there
    printed = np.minimum(found.printed, sums / counts)
    return replace(found, printed=printed.astype(np.float32))


def join(parts: Sequence[Found]) -> Found:
    """Put what a page network found at several places into one, in their order."""
    names = ("boxes", "probabilities", "printed")
    return Found(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def find_digits(answer: np.ndarray, threshold: float) -> Found:
    """Return the digits that an answer tells of.

    A digit is where a class is likelier than in all eight squares around.

    Args:
        answer: float32 (H, W, 15), see `mnister.detecting.heads`.
        threshold: Least probability of its class, 0 to 1.
    """
    peaks = find_peaks(answer[..., DIGITS].max(axis=-1), threshold)
    rows, columns = np.nonzero(peaks)
    values = answer[rows, columns]
    boxes = to_boxes(np.stack([columns, rows], axis=1), values[:, MOVES], values[:, SIZES])
    found = Found(boxes, sigmoid(values[:, DIGITS]), sigmoid(values[:, PRINTED]))
    found = found[np.argsort(-found.scores, kind="stable")]
    return found[suppress(found.boxes)]


def find_peaks(logits: np.ndarray, threshold: float) -> np.ndarray:
    """Return bool (H, W): where logits float32 (H, W) are highest of 3×3 and likely enough."""
    around = cv2.dilate(logits, np.ones((3, 3), np.uint8))
    return (logits >= around) & (sigmoid(logits) >= threshold)


def suppress(boxes: np.ndarray) -> np.ndarray:
    """Return the indices of boxes that no box before them covers, in their order.

    Args:
        boxes: (N, 4), x, y, width, height, the likeliest first.
    """
    kept: list[int] = []
    boxes = widened(np.asarray(boxes, float))
    for index in range(len(boxes)):
        if not (overlaps(boxes[index], boxes[kept]) > MOST_OVERLAP).any():
            kept.append(index)
    return np.array(kept, dtype=int)


def widened(boxes: np.ndarray) -> np.ndarray:
    """Return boxes (N, 4) at least half as wide as tall: a 1 found twice is found side by side."""
    wider = np.maximum(boxes[:, 2], LEAST_WIDTH * boxes[:, 3])
    left = boxes[:, 0] - (wider - boxes[:, 2]) / 2
    return np.stack([left, boxes[:, 1], wider, boxes[:, 3]], axis=1)


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return what a box (4,) and each of others (N, 4) share, as part of the smaller: (N,)."""
    start = np.maximum(box[:2], others[:, :2])
    end = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    shared = np.maximum(end - start, 0).prod(axis=1)
    return shared / np.maximum(np.minimum(box[2:].prod(), others[:, 2:].prod(axis=1)), 1e-6)


def logit(probabilities: np.ndarray) -> np.ndarray:
    """Return the logits of probabilities, of the same shape; what is quite sure is cut off."""
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.log(clipped) - np.log1p(-clipped)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities that sum to 1 in each row of logits (N, C)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits, of the same shape."""
    return 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
