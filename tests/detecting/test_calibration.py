"""Probabilities say how often digits are right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnister.detecting.calibration import (
    AS_IT_IS,
    BINS,
    calibrated,
    count_right,
    fit_calibration,
)
from mnister.detecting.peaks import logit, sigmoid


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (1.8, 1.2), (0.5, -0.7)])
def test_the_line_that_made_the_digits_is_found(slope, offset):
    rng = np.random.default_rng(3)
    confidences = sigmoid(rng.uniform(-3, 4, 60_000))
    right = rng.random(60_000) < sigmoid(slope * logit(confidences) + offset)
    found = fit_calibration(count_right(confidences, right))
    assert found == pytest.approx((slope, offset), abs=0.08)
    sure = calibrated(confidences, found)
    for low in (0.2, 0.5, 0.8):
        within = (sure >= low) & (sure < low + 0.15)
        if within.sum() > 500:
            assert right[within].mean() == pytest.approx(sure[within].mean(), abs=0.03)


def test_counts_of_parts_add_up():
    confidences, right = np.array([0.1, 0.5, 0.99, 1.0, 0.0]), np.array([0, 1, 1, 1, 0], bool)
    parts = count_right(confidences[:2], right[:2]) + count_right(confidences[2:], right[2:])
    np.testing.assert_array_equal(parts, count_right(confidences, right))
    assert parts.sum(axis=0).tolist() == [5, 3]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_few_digits_or_none_give_a_line_that_rises_or_is_level(digits):
    table = np.array(digits, float).reshape(-1, 2)
    line = fit_calibration(count_right(table[:, 0], table[:, 1] > 0))
    assert np.isfinite(line).all()
    assert (
        (calibrated(np.linspace(0, 1, 9), line) >= 0) & (calibrated(np.ones(1), line) <= 1)
    ).all()


def test_without_a_calibration_nothing_changes():
    values = np.linspace(0.01, 0.99, 7)
    np.testing.assert_allclose(calibrated(values, AS_IT_IS), values)
    assert count_right(np.zeros(0), np.zeros(0, bool)).shape == (BINS, 2)
