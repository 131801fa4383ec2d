"""The pages of a step follow from seed and step; few are made anew; boxes move with ink."""

import functools
import itertools

import numpy as np
import pytest

from mnister.pages.made import HANDWRITTEN, IGNORED, MadePage, make_page
from mnister.tasks.page_batches import PageBatches, change_page

AMOUNTS = {"zoom": 0.12, "stretch": 0.08, "shift": 12.0, "inverted": 0.5}
STILL = dict.fromkeys(AMOUNTS, 0.0)


def make_batches(seed=1, batch_size=4, **settings):
    defaults = {"size": 64, "pages_per_epoch": 40, "reuse": 4, "cached_pages": 16}
    change = functools.partial(change_page, **AMOUNTS)
    return PageBatches(seed, batch_size, **defaults | {"change": change} | settings)


def numbers_of(batches, steps, slots=range(4)):
    """Return the numbers of the pages of some steps: int (steps, slots)."""
    draws = [
        [batches.number(step, slot, np.random.default_rng([step, slot])) for slot in slots]
        for step in steps
    ]
    return np.array(draws)


def test_a_batch_has_its_shapes():
    batches = make_batches()
    images, targets = batches.batch(0)
    assert (images.shape, images.dtype) == ((4, 64, 64, 1), np.uint8)
    assert (targets.shape, targets.dtype) == ((4, 16, 16, 17), np.float32)
    assert batches.steps_per_epoch == 10


def test_a_batch_is_the_same_whatever_was_asked_for_before():
    in_order = make_batches()
    kept = [in_order.batch(step) for step in range(12)]
    for step in (11, 0, 5):
        for expected, received in zip(kept[step], make_batches().batch(step), strict=True):
            assert np.array_equal(expected, received)
    assert not np.array_equal(kept[5][0], make_batches(seed=2).batch(5)[0])


def test_the_parts_of_workers_are_the_batch_of_one():
    parts = [make_batches().batch(7, (place, 2))[0] for place in (0, 1)]
    assert np.array_equal(np.concatenate(parts), make_batches().batch(7)[0])


def test_no_worker_makes_the_pages_of_another():
    numbers = numbers_of(make_batches(), range(200))
    sets = [set(numbers[:, slots].ravel()) for slots in ((0, 1), (2, 3))]
    assert not sets[0] & sets[1]


def test_each_place_makes_a_new_page_every_few_steps_and_draws_it_again():
    numbers = numbers_of(make_batches(), range(400))[200:]
    for slot in range(4):
        own = numbers[:, slot]
        assert len(set(own)) == pytest.approx(200 / 4, abs=4)
        first_seen = [step for step in range(4, 200) if own[step] > own[:step].max()]
        assert {b - a for a, b in itertools.pairwise(first_seen)} == {4}
    new = [(row > numbers[:step].max(axis=0)).sum() for step, row in enumerate(numbers) if step]
    assert max(new[4:]) == 1  # of four places, one a step


def test_a_page_is_changed_each_time_it_is_drawn():
    batches = make_batches(limit=1)
    assert len({batches.page(step, 0).image.tobytes() for step in range(5)}) == 5
    plain = make_batches(limit=1, change=None)
    assert len({plain.page(step, 0).image.tobytes() for step in range(5)}) == 1


def test_the_end_of_a_run_may_train_on_pages_as_they_are():
    batches = make_batches(limit=1, changed_steps=3)
    known = make_page(1, 0, size=64).image
    same = [np.array_equal(batches.page(step, 0).image, known) for step in range(6)]
    assert same == [False] * 3 + [True] * 3


def test_a_limit_bounds_the_pages_made():
    assert set(numbers_of(make_batches(limit=3), range(100)).ravel()) == {0, 1, 2}


def page_with_square(x, y, edge, size=96):
    image = np.full((size, size), 255, np.uint8)
    image[y : y + edge, x : x + edge] = 0
    box = np.array([[x, y, edge, edge]], np.float32)
    return MadePage(image, box, np.array([5], np.int8), np.array([HANDWRITTEN], np.int8))


@pytest.mark.parametrize("seed", range(8))
def test_boxes_move_with_their_ink(seed):
    generator = np.random.default_rng(seed)
    page = change_page(page_with_square(30, 40, 24), generator, **AMOUNTS | {"inverted": 0.0})
    rows, columns = np.nonzero(page.image < 128)
    (box,) = page.boxes
    edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert [box[0], box[1], box[0] + box[2], box[1] + box[3]] == pytest.approx(edges, abs=0.75)


def test_no_change_changes_nothing():
    page = page_with_square(30, 40, 24)
    same = change_page(page, np.random.default_rng(0), **STILL)
    assert np.array_equal(same.image, page.image)
    assert np.array_equal(same.boxes, page.boxes)
    dark = change_page(page, np.random.default_rng(0), **STILL | {"inverted": 1.0})
    assert np.array_equal(dark.image, 255 - page.image)


@pytest.mark.parametrize(
    ("x", "edge", "kinds"),
    [(30, 24, [HANDWRITTEN]), (-6, 24, [HANDWRITTEN]), (-14, 24, [IGNORED]), (-24, 24, []),
     (30, 6, [IGNORED]), (2, 92, [IGNORED])],
)  # fmt: skip
def test_what_cannot_be_read_is_ignored_and_what_is_off_the_page_left_out(x, edge, kinds):
    page = page_with_square(30, 2, 24)
    page.boxes[0] = x, 2, edge, edge
    same = change_page(page, np.random.default_rng(0), **STILL)
    assert same.kinds.tolist() == kinds
    assert len(same.boxes) == len(same.classes) == len(kinds)
