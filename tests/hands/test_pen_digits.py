import numpy as np
import pytest

from mnister.hands import pen_digits
from mnister.hands.pen_digits import select, write_pen_digit


def ways(unseen):
    return [{way.tobytes() for way in of_class} for of_class in pen_digits._load(unseen)]


def test_training_never_sees_what_validates():
    for seen, unseen in zip(ways(False), ways(True), strict=True):
        assert len(seen) > 150
        assert len(unseen) > 15
        assert not seen & unseen


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_is_one_high_and_its_dots_lie_close(digit):
    for seed in range(30):
        dots = write_pen_digit(np.random.default_rng(seed), digit)
        assert 0.95 < np.ptp(dots[1]) < 1.25
        assert np.hypot(*np.diff(dots)).max() < 0.08
    again = write_pen_digit(np.random.default_rng(29), digit)
    np.testing.assert_array_equal(dots, again)


def test_a_five_whose_bar_was_written_last_is_left_out_and_so_is_one_like_others():
    rng = np.random.default_rng(0)
    five = np.array(
        [[90, 100], [30, 95], [20, 60], [60, 55], [100, 30], [70, 5], [30, 0], [0, 10]]
    )
    bar_last = np.array(
        [[10, 90], [12, 50], [70, 40], [56, 0], [4, 17], [0, 60], [32, 94], [100, 100]]
    )
    nought = np.array(
        [[50, 100], [10, 80], [0, 40], [30, 0], [70, 0], [100, 40], [90, 80], [50, 98]]
    )
    kinds = [five] * 20 + [bar_last] * 20 + [nought] * 20 + [nought]
    points = np.clip(np.stack(kinds) + rng.integers(-3, 4, (61, 8, 2)), 0, 100)
    labels = np.array([5] * 40 + [0] * 20 + [5])
    chosen = select(points, labels)
    assert chosen.tolist() == [True] * 20 + [False] * 20 + [True] * 20 + [False]


def test_a_one_that_would_be_a_seven_elsewhere_is_left_out():
    stick = np.stack([np.linspace(60, 40, 8), np.linspace(100, 0, 8)], axis=1)
    flagged = np.concatenate([[[0, 60], [40, 100]], stick[2:]])
    flat = np.concatenate([[[0, 96], [60, 100]], stick[2:]])
    points = np.stack([stick] * 10 + [flagged] * 10 + [flat] * 10)
    chosen = select(points, np.ones(30, int))
    assert chosen.tolist() == [True] * 20 + [False] * 10
