"""The loss of a page network is that of the papers' equations."""

import numpy as np
import pytest

from mnister.detecting import heads
from mnister.detecting.targets import BOX_WEIGHT, CHANNELS, IS_JUDGED
from tests.detecting.pages import ideal_answer, page_of, targets_of

PAGE = page_of([(40, 20, 12, 24), (80, 40, 16, 20)], [7, 3])


@pytest.fixture(scope="module")
def cost():
    """Give the loss of one page as a function of targets and answer."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    from mnister.tasks.page_loss import PageLoss

    return lambda targets, answer: float(PageLoss().call(targets[None], answer[None])[0])


def by_hand(targets, answer):
    """Return the loss, place by place, as the equations have it."""
    likely = 1 / (1 + np.exp(-answer[..., heads.LOGITS].astype(float)))
    wanted = targets[..., heads.LOGITS].astype(float)
    missed = (1 - likely) ** 2 * -np.log(likely)
    invented = (1 - wanted) ** 4 * likely**2 * -np.log(1 - likely)
    invented *= targets[..., IS_JUDGED, None]
    off = np.abs(targets[..., 11:15] - answer[..., 11:15]) * targets[..., BOX_WEIGHT, None]
    return (np.where(wanted == 1, missed, invented).sum() + 0.3 * off.sum()) / 8


def test_the_loss_is_that_of_the_equations(cost):
    targets = targets_of(PAGE)
    answer = np.random.default_rng(0).normal(0, 2, (*targets.shape[:2], heads.CHANNELS))
    answer = answer.astype(np.float32)
    assert cost(targets, answer) == pytest.approx(by_hand(targets, answer), rel=1e-4)


def test_an_ideal_answer_costs_next_to_nothing(cost):
    targets, ideal = targets_of(PAGE), ideal_answer(PAGE)
    assert cost(targets, ideal) < 0.1
    for change in ((7, -12.0), (heads.MOVES.start, 1.0), (heads.SIZES.start, 1.0)):
        worse = ideal.copy()
        worse[..., change[0]] += change[1]
        assert cost(targets, worse) > cost(targets, ideal) + 0.1


def test_what_is_not_judged_costs_nothing(cost):
    targets = np.zeros((6, 6, CHANNELS), np.float32)
    answer = np.full((6, 6, heads.CHANNELS), 5.0, np.float32)
    assert cost(targets, answer) == 0
    targets[2, 2, IS_JUDGED] = 1
    assert cost(targets, answer) > 1


def test_huge_logits_stay_finite(cost):
    targets = targets_of(PAGE)
    for value in (-1e4, 1e4):
        answer = np.full((*targets.shape[:2], heads.CHANNELS), value, np.float32)
        assert np.isfinite(cost(targets, answer))


def test_accuracy_is_counted_at_the_centres(cost):
    del cost  # TensorFlow is loaded quietly
    from mnister.tasks.page_loss import CentreAccuracy

    targets, answer = targets_of(PAGE)[None], ideal_answer(PAGE)[None]
    metric = CentreAccuracy(name="accuracy")
    metric.update_state(targets, answer)
    assert float(metric.result()) == 1
    answer[..., 3] = 99  # at every place
    metric.update_state(targets, answer)
    assert float(metric.result()) == 0.75
