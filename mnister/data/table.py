"""What a reader of files gives: images with labels that are numbers or names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnister.data.datasets import SIDE, listed
from mnister.data.idx import MAXIMUM_BYTES
from mnister.data.pixels import to_images
from mnister.errors import UserError

# What the column or array of labels is called.
LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
MOST_CLASSES = 1000  # with more, the labels are no class numbers
MOST_IMAGES = MAXIMUM_BYTES // SIDE**2


@dataclass(frozen=True)
class Table:
    """Images and what they are labelled with.

    Attributes:
        images: uint8 (N, 28, 28), white on black.
        labels: int64 (N,), class numbers, or str (N,), class names.
        origin: The file or files, for errors.
        names: The names that the file gives to the class numbers; None: it gives none.
    """

    images: np.ndarray
    labels: np.ndarray
    origin: str
    names: tuple[str, ...] | None = None

    @property
    def has_texts(self) -> bool:
        """Whether the labels are class names, not numbers."""
        return self.labels.dtype.kind != "i"

    def with_texts(self) -> "Table":
        """Return the table with its own names for labels, if it has any."""
        if self.has_texts or not self.names:
            return self
        return replace(self, labels=np.array(self.names)[self.labels])


def make_table(
    chunks: Sequence[np.ndarray],
    labels: Sequence | np.ndarray,
    origin: str,
    names: tuple[str, ...] | None = None,
) -> Table:
    """Make a table of what a reader has gathered.

    Args:
        chunks: Grey values, each N rows that `pixels.are_images`, see `pixels.compact`.
        labels: One for each row of all chunks, numbers or texts.
        origin: The file, for errors.
        names: The names that the file gives to the class numbers.

    Raises:
        UserError: The values are no grey values, or the labels no classes.
    """
    found = _labels(np.asarray(labels), origin)
    if names is not None and found.dtype.kind == "i" and found.max() >= len(names):
        raise _no_classes(origin, [f"{found.max()}, but {len(names)} names in the file"])
    return Table(
        to_images([chunk for chunk in chunks if len(chunk)], origin), found, origin, names
    )


def check_count(images: int, origin: str) -> None:
    """Refuse a file of no images, or of more than can be read."""
    if not 0 < images <= MOST_IMAGES:
        raise UserError(
            f"{origin} holds {'more images than can be read' if images else 'no digits'}",
            expected=f"1 to {MOST_IMAGES:,} images",
            received=f"{images:,} or more" if images else "none",
        )


def _labels(labels: np.ndarray, origin: str) -> np.ndarray:
    """Return class numbers where all labels are numbers, else texts."""
    if labels.dtype.kind not in "US":
        return _class_numbers(labels, origin)
    texts = [str(text).strip() for text in labels.astype(str)]
    missing = [row for row, text in enumerate(texts, 1) if text.lower() in ("", "nan", "none")]
    if missing:
        raise UserError(
            f"{origin} has digits without a label",
            expected="a label for each digit",
            received="none for digit " + listed([f"{row:,}" for row in missing], "digits"),
        )
    try:
        numbers = np.array([float(text) for text in dict.fromkeys(texts)])
    except ValueError:
        return np.array(texts)
    places = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return _class_numbers(numbers[[places[text] for text in texts]], origin)


def _class_numbers(labels: np.ndarray, origin: str) -> np.ndarray:
    labels = labels.astype(float)
    with np.errstate(invalid="ignore"):
        is_class = (labels >= 0) & (labels < MOST_CLASSES) & (labels == np.floor(labels))
    if not is_class.all():
        raise _no_classes(origin, list(dict.fromkeys(f"{v:g}" for v in labels[~is_class])))
    return labels.astype(np.int64)


def _no_classes(origin: str, received: list[str]) -> UserError:
    return UserError(
        f"{origin} has labels that are no class numbers",
        expected=f"whole numbers from 0, below {MOST_CLASSES}, or names",
        received=listed(received, "labels"),
    )
