"""A crop network beside the page network: how much each counts, and what both read together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from mnister.detecting.calibration import BINS, count_right, fit_calibration
from mnister.detecting.crops import cut_crops
from mnister.detecting.matching import COLUMNS, judge, rates, tally
from mnister.detecting.peaks import Found, join
from mnister.detecting.pyramid import find_on_picture
from mnister.detecting.second_look import (
    LEAST,
    THRESHOLD,
    Weights,
    as_described,
    fit_weights,
    hear_both,
)
from mnister.models.runtimes import PageNetwork
from mnister.pages.made import MadePage
from mnister.tasks.crop_batches import LEFT_OPEN, label
from mnister.tasks.task import Predict


@dataclass(frozen=True)
class Looked:
    """A page as both networks see it.

    Attributes:
        page: With its truth.
        found: What the page network found.
        seen: float32 (N, 21), what the crop network says of each.
    """

    page: MadePage
    found: Found
    seen: np.ndarray


def look_at(pages: Iterable[MadePage], network: PageNetwork, predict: Predict) -> list[Looked]:
    """Let both networks look at pages.

    Args:
        pages: Made pages.
        network: The page network.
        predict: The crop network, uint8 (N, SIDE, SIDE) → float32 (N, 21).
    """
    looked = []
    for page in pages:
        found = find_on_picture(network, page.image, LEAST)
        seen = predict(cut_crops(page.image, found.boxes)) if len(found) else np.zeros((0, 21))
        looked.append(Looked(page, found, seen))
    return looked


def fit_pair(pages: Sequence[Looked]) -> dict[str, float]:
    """Learn how much each network counts.

    Args:
        pages: That validate.

    Returns:
        Flat, by name, for the run's metrics; `described` reads it. With it what `rates` says.
    """
    labels = np.concatenate([label(looked.found.boxes, looked.page) for looked in pages])
    found, seen = join([p.found for p in pages]), np.concatenate([p.seen for p in pages])
    stays = labels != LEFT_OPEN
    weights = fit_weights(found[stays], seen[stays], labels[stays])
    row, sure = np.zeros(len(COLUMNS)), np.zeros((BINS, 2))
    for looked in pages:
        both = hear_both(looked.found, looked.seen, weights)
        row += tally(both, looked.page, np.array([THRESHOLD]))[0]
        counts, right = judge(both, looked.page)
        sure += count_right(both.confidences[counts], right[counts])
    slope, offset = fit_calibration(sure)
    words = {
        f"{name}_{place}": value
        for name, values in asdict(weights).items()
        for place, value in enumerate(values)
    }
    return rates(row) | words | {"slope": slope, "offset": offset}


def measure_pair(
    pages: Sequence[Looked], fitted: Mapping[str, float], alone: float
) -> dict[str, float]:
    """Measure both networks together, and the page network alone.

    Args:
        pages: That test.
        fitted: From `fit_pair`.
        alone: The page network's own threshold.
    """
    weights, _ = as_described(described(fitted))
    both, page = np.zeros((2, 1, len(COLUMNS)))
    for looked in pages:
        together = hear_both(looked.found, looked.seen, weights)
        both += tally(together, looked.page, np.array([THRESHOLD]))
        page += tally(looked.found, looked.page, np.array([alone]))
    return rates(both[0]) | {f"{name}_alone": rates(page[0])[name] for name in ("f1", "digits")}


def described(fitted: Mapping[str, float]) -> dict[str, Any]:
    """Return what a manifest says of how both networks are heard together.

    Args:
        fitted: From `fit_pair`.
    """
    words = {
        field.name: [value for key, value in fitted.items() if key.startswith(f"{field.name}_")]
        for field in fields(Weights)
    }
    return words | {"calibration": [fitted["slope"], fitted["offset"]]}
