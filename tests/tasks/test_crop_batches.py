"""The crops of a step follow from seed and step; a crop's class is what stands in its middle."""

import functools

import numpy as np
import pytest

from mnister.detecting.crops import NOTHING, PRINTED, SIDE, CropCutter
from mnister.detecting.heads import CHANNELS, LOGITS
from mnister.pages.made import HANDWRITTEN, IGNORED, MadePage, make_page
from mnister.pages.made import PRINTED as IS_PRINTED
from mnister.tasks.crop_batches import (
    LEFT_OPEN,
    CropBatches,
    Places,
    draw_change,
    draw_crops,
    find_places,
    label,
)
from mnister.tasks.page_batches import PageBatches

AMOUNTS = {"rotation": 4.0, "zoom": 0.1, "stretch": 0.06, "shear": 0.1, "shift": 0.05}


class Blind:
    """A page network that never finds anything."""

    def answer(self, images):
        answer = np.zeros((len(images), *(edge // 4 for edge in images.shape[1:]), CHANNELS))
        answer[..., LOGITS] = -9
        return answer.astype(np.float32)


def make_batches(seed=1, **settings):
    pages = PageBatches(
        seed,
        4,
        size=64,
        pages_per_epoch=40,
        reuse=4,
        cached_pages=16,
        prepare=functools.partial(find_places, network=Blind()),
    )
    draw = functools.partial(draw_change, **AMOUNTS)
    defaults = {"crops_per_page": 3, "draw": draw, "inverted": 0.5}
    return CropBatches(pages, seed=seed, **defaults | settings)


def page_with(kind, box=(40, 40, 20, 30), digit=7):
    boxes = np.array([box], np.float32)
    image = np.full((120, 120), 200, np.uint8)
    return MadePage(image, boxes, np.array([digit], np.int8), np.array([kind], np.int8))


def test_a_batch_has_its_shapes():
    batches = make_batches()
    images, targets = batches.batch(0)
    assert (images.shape, images.dtype) == ((12, SIDE, SIDE, 1), np.uint8)
    assert (targets.shape, targets.dtype) == ((12, 21), np.float32)
    assert (targets.sum(axis=1) == 1).all()
    assert (batches.batch_size, batches.steps_per_epoch) == (12, 10)


def test_a_batch_is_the_same_whatever_was_asked_for_before():
    in_order = make_batches()
    kept = [in_order.batch(step) for step in range(9)]
    for step in (8, 0, 5):
        for expected, received in zip(kept[step], make_batches().batch(step), strict=True):
            assert np.array_equal(expected, received)
    assert not np.array_equal(kept[5][0], make_batches(seed=2).batch(5)[0])


def test_the_parts_of_workers_are_the_batch_of_one():
    parts = [make_batches().batch(7, (place, 2))[0] for place in (0, 1)]
    assert np.array_equal(np.concatenate(parts), make_batches().batch(7)[0])


def test_the_last_steps_are_plain_if_that_is_asked_for():
    changed, plain = make_batches(changed_steps=5), make_batches(draw=None)
    assert not np.array_equal(changed.batch(4)[0], plain.batch(4)[0])
    assert np.array_equal(changed.batch(5)[0], plain.batch(5)[0])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(HANDWRITTEN, 7), (IS_PRINTED, PRINTED.start + 7), (IGNORED, LEFT_OPEN)],
)
def test_a_box_on_a_digit_is_of_its_class(kind, expected):
    near = np.array([[40, 40, 20, 30], [43, 37, 24, 27]], np.float32)
    assert label(near, page_with(kind)).tolist() == [expected, expected]


def test_a_box_that_shows_half_of_a_digit_or_none_is_nothing():
    beside = np.array([[56, 40, 20, 30], [90, 90, 20, 30]], np.float32)
    assert label(beside, page_with(HANDWRITTEN)).tolist() == [NOTHING, NOTHING]


@pytest.mark.parametrize("times", [0.4, 2.0])
def test_a_box_of_another_size_in_the_middle_of_a_digit_is_left_open(times):
    width, height = times * 20, times * 30
    box = np.array([[50 - width / 2, 55 - height / 2, width, height]], np.float32)
    assert label(box, page_with(HANDWRITTEN)).tolist() == [LEFT_OPEN]


def test_on_an_empty_page_there_is_one_place_and_nothing_in_it():
    empty = MadePage(
        np.full((90, 90), 200, np.uint8),
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.int8),
        np.zeros(0, np.int8),
    )
    places = find_places(empty, Blind())
    assert places.labels.tolist() == [NOTHING]
    assert places.boxes.tolist() == [[30, 30, 30, 30]]


def test_every_digit_of_a_page_is_a_place_though_the_network_finds_none():
    page = next(p for p in map(functools.partial(make_page, 3), range(50)) if len(p.boxes) > 3)
    places = find_places(page, Blind())
    known = page.boxes[page.kinds != IGNORED]
    assert {tuple(box) for box in places.boxes.tolist()} <= {tuple(b) for b in known.tolist()}
    assert (places.labels != NOTHING).any()


def test_each_place_is_drawn_as_often():
    boxes = np.array([[10, 10, 20, 20], [60, 60, 20, 20]], np.float32)
    places = Places(CropCutter(np.zeros((99, 99), np.uint8)), boxes, np.array([4, NOTHING]))
    _, labels = draw_crops(places, 1000, np.random.default_rng(0))
    assert 400 < (labels == 4).sum() < 600
