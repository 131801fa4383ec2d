"""What a data set is, and how labelled digits of whatever origin become one."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnister.data.split import image_keys, shares, split
from mnister.errors import UserError

SIDE = 28
DIGIT_NAMES = tuple("0123456789")
NONE_NAME = "none"  # the class of what is no digit; no file has it
FEW = 10  # digits of a class in a part: with fewer, one weighs more than a tenth
MOST_NAMED = 10  # classes, files … that one message names

log = logging.getLogger("mnister.data")


@dataclass(frozen=True)
class Digits:
    """Images with their classes.

    Attributes:
        images: uint8 (N, 28, 28), white on black.
        labels: int64 (N,), indices into the data set's class names.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.labels)

    def __getitem__(self, chosen: slice | np.ndarray) -> "Digits":
        """Return the chosen ones, in their order."""
        return Digits(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True)
class DataSet:
    """A data set in its three parts.

    Attributes:
        train: What the weights are fitted to.
        validation: What choices are made on.
        test: What is measured once, at the end.
        class_names: One name a class, in the order of the labels.
        sha256: Of the contents, to tell one data set from another.
    """

    train: Digits
    validation: Digits
    test: Digits
    class_names: tuple[str, ...]
    sha256: str


def make_data_set(
    parts: Mapping[str, Digits],
    names: Sequence[str],
    *,
    validation_fraction: float,
    test_fraction: float,
) -> DataSet:
    """Make a data set of the parts that there are; those missing are split off "train".

    A digit that a test set of its own has, too, is not trained on and does not validate.

    Args:
        parts: "train" and, perhaps, "validation" and "test", each mixed (see `split.mixed`).
        names: One a class, in the order of the labels.
        validation_fraction: Part of each class of "train" that validates.
        test_fraction: Part of each class of "train" that is tested.

    Raises:
        UserError: A class has too few digits to train on, or all of them are in the test set.
    """
    _check_not_empty(parts)
    kept = dict(parts)
    if "test" in kept:
        tested = set(image_keys(kept["test"].images))
        kept |= {n: _without(p, tested, n) for n, p in parts.items() if n != "test"}
    fractions = {"validation": validation_fraction, "test": test_fraction}
    fractions = {name: part for name, part in fractions.items() if name not in kept}
    train = kept["train"]
    counts = np.bincount(train.labels, minlength=len(names))
    _check_enough(counts, names, 1 + len(fractions))
    places = split(train.labels, shares(counts, list(fractions.values())))
    kept |= {n: train[own] for n, own in zip((*fractions, "train"), places, strict=True)}
    return complete(**kept, names=names)


def complete(train: Digits, validation: Digits, test: Digits, names: Sequence[str]) -> DataSet:
    """Make a data set of its three parts, and tell what makes its figures doubtful.

    Raises:
        UserError: All digits are of one class.
    """
    labels = np.concatenate([train.labels, validation.labels, test.labels])
    if (labels == labels[0]).all():
        raise UserError(
            "All digits are of one class",
            expected="two classes or more",
            received=f"{names[labels[0]]}, {len(labels):,} times",
            instead="files whose labels are what their pictures show",
        )
    tell_few({"to train on": train, "to validate": validation, "to test": test}, names)
    tested = set(image_keys(test.images))
    if shared := sum(key in tested for key in image_keys(train.images)):
        log.warning("   %d pictures that are trained on are in the test set, too", shared)
    return DataSet(train, validation, test, tuple(names), digest_of(train, validation, test))


def _check_not_empty(parts: Mapping[str, Digits]) -> None:
    empty = [name for name, digits in parts.items() if not len(digits)]
    if empty:
        raise UserError(
            f"The {empty[0]} part holds no pictures",
            expected="pictures in each part that is there",
            received=", ".join(f"{name}: {len(digits):,}" for name, digits in parts.items()),
        )


def _without(digits: Digits, tested: set[bytes], name: str) -> Digits:
    """Leave out what the test set has."""
    is_new = np.array([key not in tested for key in image_keys(digits.images)], dtype=bool)
    if is_new.all():
        return digits
    if not is_new.any():
        raise UserError(
            f"Every picture of the {name} part is in the test set, too",
            expected="a test set of other pictures",
            received=f"{len(digits):,} pictures that are the same in both",
        )
    log.warning("   Left out of the %s part, as the test set has the same pictures: %d",
                name, (~is_new).sum())  # fmt: skip
    return digits[is_new]


def _check_enough(counts: np.ndarray, names: Sequence[str], fewest: int) -> None:
    """Refuse classes that cannot be in every part; one that has no digit at all is told later."""
    lacking = [
        f"{names[label]} ({counts[label]})"
        for label in np.flatnonzero((counts > 0) & (counts < fewest))
    ]
    if lacking:
        is_one = len(lacking) == 1
        classes = f"The class {lacking[0].rpartition(' ')[0]} has" if is_one else "Classes have"
        parts = {1: "to train", 2: "to train and another part", 3: "to train, validate and test"}
        raise UserError(
            f"{classes} too few pictures",
            expected=f"{fewest} or more of each class: {parts[fewest]}",
            received=listed(lacking, "classes"),
        )


def tell_few(parts: Mapping[str, Digits], names: Sequence[str]) -> None:
    """Log the classes of which a part has few digits, or none.

    Args:
        parts: The digits by what they are for, in words.
        names: One a class.
    """
    counts = np.array([np.bincount(p.labels, minlength=len(names)) for p in parts.values()])
    absent, few = counts.sum(axis=0) == 0, (counts < FEW).any(axis=0)
    if absent.any():
        log.warning("   No picture at all of %s", listed(np.array(names)[absent], "classes"))
    thin = [
        f"{names[label]} ({', '.join(f'{n} {use}' for n, use in zip(own, parts, strict=True))})"
        for label, own in enumerate(counts.T)
        if few[label] and not absent[label]
    ]
    if thin:
        log.warning("   Few pictures of %s", listed(thin, "classes"))


def listed(names: Sequence[str], what: str, between: str = ", ") -> str:
    """Name the first ten of several things, and say how many more there are."""
    more = len(names) - MOST_NAMED
    rest = [f"and {more:,} more {what}"] if more > 0 else []
    return between.join([*map(str, names[:MOST_NAMED]), *rest])


def class_names_of(given: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    """Return the names of so many classes: those given, else 0, 1, 2 and so on."""
    names = tuple(given) if given is not None else tuple(str(i) for i in range(classes))
    if len(names) < classes or len(set(names)) < len(names):
        lacks_one = len(names) == classes - 1  # EMNIST's letters begin at 1
        raise UserError(
            "The class names do not fit the labels",
            expected=f"{classes} different names",
            received=f"{', '.join(names)}, for the labels 0 to {classes - 1}",
            instead=f"data.class_names=[unused,{','.join(names)}]   "
            "(labels that start at 1 need a name for 0, too)"
            if lacks_one
            else None,
        )
    return names


def digest_of(*parts: Digits) -> str:
    """Return the SHA-256 of the contents of a data set's parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
