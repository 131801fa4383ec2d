import hashlib
import itertools
import subprocess
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnister.hands.drawing import pick
from mnister.hands.fonts import PRINT, UNSEEN_HANDWRITING, UNSEEN_PRINT
from mnister.hands.hand import draw_hand
from mnister.hands.page_digits import load_page_digits
from mnister.pages import hand_clutter, layouts, layouts_unseen, print_clutter
from mnister.pages.draft import HANDWRITTEN, IGNORED, PRINTED, Draft, Truth, corners
from mnister.pages.made import LEAST_SEEN, READABLE, judge, make_page, start, turn
from mnister.paper import camera, papers

ROOT = Path(__file__).resolve().parents[2]
DIGEST = """
import hashlib
from mnister.pages.made import make_page
digest = hashlib.sha256()
for number in range(6):
    page = make_page(5, number, unseen=number % 2 == 1)
    for part in (page.image, page.boxes, page.classes, page.kinds):
        digest.update(part.tobytes())
print(digest.hexdigest())
"""


@pytest.fixture(name="digits", scope="module")
def _digits():
    return load_page_digits(unseen=True)


@pytest.fixture(name="pages", scope="module")
def _pages(digits):
    return [make_page(1, number, digits=digits) for number in range(160)]


def draft_of(seed, digits, height=24.0, size=192, is_unseen=False):
    rng = np.random.default_rng(seed)
    return Draft(size, rng, draw_hand(rng), digits, height, 40, is_unseen)


def test_a_page_is_the_same_in_any_process_and_order():
    digest = hashlib.sha256()
    pages = {n: make_page(5, n, unseen=n % 2 == 1) for n in (5, 0, 3, 1, 4, 2)}
    for number in range(6):
        page = pages[number]
        for part in (page.image, page.boxes, page.classes, page.kinds):
            digest.update(part.tobytes())
    other = subprocess.run(
        [sys.executable, "-c", DIGEST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digest.hexdigest()


def test_pages_of_other_seeds_numbers_and_kinds_differ(digits):
    images = [
        make_page(*at, unseen=unseen, digits=digits).image.tobytes()
        for at in ((1, 0), (1, 1), (0, 1), (2, 0))
        for unseen in (False, True)
    ]
    assert len(set(images)) == 8


def check_page(page, size=192):
    count = len(page.boxes)
    assert page.image.shape == (size, size)
    assert page.image.dtype == np.uint8
    assert (page.boxes.dtype, page.boxes.shape) == (np.float32, (count, 4))
    assert (page.classes.dtype, page.classes.shape) == (np.int8, (count,))
    assert (page.kinds.dtype, page.kinds.shape) == (np.int8, (count,))
    assert np.isfinite(page.boxes).all()
    assert set(page.classes.tolist()) <= set(range(10))
    assert set(page.kinds.tolist()) <= {HANDWRITTEN, PRINTED, IGNORED}
    assert (page.boxes[:, 2:] > 0).all()
    x, y, width, height = page.boxes.T
    assert ((x < size) & (y < size) & (x + width > 0) & (y + height > 0)).all()
    longer = np.maximum(width, height)[page.kinds != IGNORED]
    assert ((longer >= READABLE[0]) & (longer <= READABLE[1])).all()


def test_pages_have_their_form(pages):
    for page in pages:
        check_page(page)


def test_unseen_pages_have_their_form(digits):
    for number in range(60):
        check_page(make_page(1, number, unseen=True, digits=digits))


@pytest.mark.parametrize("size", [96, 256, 400])
def test_pages_of_any_size(digits, size):
    for number in range(4):
        check_page(make_page(1, number, size=size, digits=digits), size)


@pytest.mark.hours
def test_no_page_of_thousands_fails():
    for number in range(2000):
        check_page(make_page(3, number))
        check_page(make_page(3, number, unseen=True))


def test_kinds_of_truth_have_their_shares(pages):
    kinds = np.concatenate([page.kinds for page in pages])
    shares = np.bincount(kinds, minlength=3) / len(kinds)
    assert 0.6 < shares[HANDWRITTEN] < 0.92
    assert 0.02 < shares[PRINTED] < 0.2
    assert 0.04 < shares[IGNORED] < 0.25
    per_page = [(page.kinds == HANDWRITTEN).sum() for page in pages]
    assert 5 < np.mean(per_page) < 18
    assert 0.06 < np.mean(np.equal(per_page, 0)) < 0.35


def test_every_digit_and_every_size_occurs(pages):
    written = [page.kinds == HANDWRITTEN for page in pages]
    classes = np.concatenate([p.classes[w] for p, w in zip(pages, written, strict=True)])
    heights = np.concatenate([p.boxes[w, 3] for p, w in zip(pages, written, strict=True)])
    counts = np.bincount(classes, minlength=10)
    assert counts.min() > 0.4 * counts.sum() / 10
    low, high = np.quantile(heights, [0.05, 0.95])
    assert 9 < low < 16
    assert 35 < high < 75


def test_digits_stand_out_from_their_paper(pages):
    spans = []
    for page in pages:
        for (x, y, width, height), kind in zip(page.boxes, page.kinds, strict=True):
            if kind == HANDWRITTEN and min(x, y, 188 - x - width, 188 - y - height) > 4:
                left, top = int(x) - 2, int(y) - 2
                piece = page.image[top : int(y + height) + 2, left : int(x + width) + 2]
                spans.append(np.ptp(cv2.blur(piece, (2, 2)).astype(int)))
    assert np.quantile(spans, 0.02) > 8
    assert np.median(spans) > 50


TABLES = {
    "layouts": layouts.TRAINING,
    "unseen layouts": layouts_unseen.UNSEEN,
    "print": print_clutter.TRAINING,
    "writing beside": hand_clutter.TRAINING,
}


@pytest.mark.parametrize(
    ("draw", "is_unseen"),
    [(draw, name.startswith("unseen")) for name, table in TABLES.items() for draw, _ in table],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_everything_that_can_stand_on_a_page_does(digits, draw, is_unseen):
    inked = 0
    for seed in range(12):
        draft = draft_of(seed, digits, is_unseen=is_unseen)
        layouts.strewn(draft) if draw in (hand_clutter.cross_out, hand_clutter.ring) else None
        before = draft.written.sum(dtype=int) + draft.printed.sum(dtype=int)
        draw(draft)
        inked += draft.written.sum(dtype=int) + draft.printed.sum(dtype=int) > before
    assert inked == 0 if draw.__name__ == "nothing" else inked >= 6


@pytest.mark.parametrize("draw", [draw for draw, _ in papers.TRAINING + papers.UNSEEN])
def test_patterns_cover_some_of_the_paper(draw):
    for seed in range(6):
        pattern = draw(np.random.default_rng(seed), 192, 24.0)
        assert pattern.shape == (192, 192)
        assert pattern.dtype == np.float32
        assert 0 <= pattern.min() <= pattern.max() <= 1
        assert pattern.mean() < 0.95
        assert pattern.any() or draw is papers.empty or draw is papers.shaded


@pytest.mark.parametrize("draw", [draw for draw, _ in papers.TABLES])
def test_tables_have_a_texture(draw):
    board = draw(np.random.default_rng(2), 96)
    assert board.shape == (96, 96)
    assert board.std() > 0.5


@pytest.mark.parametrize("name", TABLES)
def test_weights_are_shares(name):
    assert sum(weight for _, weight in TABLES[name]) == pytest.approx(1)


def test_kinds_are_drawn_by_their_weights():
    rng = np.random.default_rng(0)
    drawn = Counter(pick(rng, layouts.TRAINING) for _ in range(3000))
    for layout, weight in layouts.TRAINING:
        assert abs(drawn[layout] / 3000 - weight) < 0.03


def test_validation_shares_no_kind_with_training(digits):
    seen = {draw for draw, _ in layouts.TRAINING + papers.TRAINING}
    unseen = {draw for draw, _ in layouts_unseen.UNSEEN + papers.UNSEEN}
    assert not seen & unseen
    faces = [print_clutter.draw_font(draft_of(s, digits, is_unseen=True)) for s in range(40)]
    names = {face.font for face in faces}
    assert names <= set(UNSEEN_PRINT)
    assert not names & set(PRINT)


def box_of(layer):
    rows, columns = np.nonzero(layer >= 128)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_boxes_stay_tight_from_any_view(digits):
    viewed = 0
    for seed in range(60):
        draft = draft_of(seed, digits, height=40.0)
        truth = draft.put(draft.ink(seed % 10), seed % 10, 80, 120)
        view = camera.draw_view(draft.rng, draft.size)
        if view is None or draft.hand.width < 0.05:
            continue  # a hair line may be less than half covered once it is seen aslant
        truth.move(view.points(truth.outline), truth.reach * view.zoom)
        x, y, width, height = truth.box
        seen = box_of(view.picture(draft.written))
        np.testing.assert_allclose((x, y, x + width, y + height), seen, atol=2)
        viewed += 1
    assert viewed > 10


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_what_still_looks_like_a_digit_on_a_turned_page_is_left_open(quarters):
    image = np.zeros((50, 50), np.uint8)
    image[10:20, 5:9] = 255
    box = corners(np.array([5, 10, 4, 10], np.float32))
    truths = [Truth(box, 0.0, digit, HANDWRITTEN) for digit in (0, 4)]
    turned, kept = turn(image, truths, quarters)
    assert [(truth.digit, truth.kind) for truth in kept] == [(0, IGNORED)]
    x, y, width, height = kept[0].box
    assert (x, y, x + width, y + height) == box_of(turned)


def truth_at(x, y, width=20.0, height=30.0):
    return Truth(corners(np.array([x, y, width, height], np.float32)), 0.0, 7, HANDWRITTEN)


@pytest.mark.parametrize(
    ("truth", "kind"),
    [
        (truth_at(50, 50), HANDWRITTEN),
        (truth_at(-20 * (1 - LEAST_SEEN) + 1, 50), HANDWRITTEN),
        (truth_at(-20 * (1 - LEAST_SEEN) - 2, 50), IGNORED),
        (truth_at(-20, 50), None),
        (truth_at(140, 50), None),  # under what covers the page there
        (truth_at(118, 50), IGNORED),
        (truth_at(50, 50, 5, 8), IGNORED),
        (truth_at(20, 20, 60, 95), IGNORED),
    ],
)
def test_what_can_hardly_be_seen_is_left_open(truth, kind):
    hidden = np.zeros((192, 192), bool)
    hidden[:, 128:] = True
    assert [kept.kind for kept in judge([truth], hidden)] == ([] if kind is None else [kind])


def test_what_covers_a_page_is_noted():
    covered = 0
    for seed in range(80):
        hidden, page = np.zeros((192, 192), bool), np.full((192, 192), 200, np.float32)
        seen = camera.cover(np.random.default_rng(seed), page, hidden)
        assert (seen[~hidden] == 200).all()
        covered += hidden.any()
    assert 3 < covered < 30


def test_a_small_picture_keeps_its_part_of_the_page():
    for seed, around in itertools.product(
        range(10), (None, (60.0, 90.5, 80.0, 30.0), (-50.0, 185.0, 30.0, 40.0))
    ):
        hidden = np.zeros((192, 192), bool)
        page = np.random.default_rng(9).uniform(0, 255, (192, 192)).astype(np.float32)
        seen = camera.cut_out(np.random.default_rng(seed), page, hidden, around, 30.0)
        np.testing.assert_array_equal(seen[~hidden], page[~hidden])
        assert not hidden.all()
        if around and around[0] > 0:  # but for a narrow rim, what is written stays
            assert not hidden[94:118, 63:137].any()


def test_hands_that_validate_follow_fonts_that_training_never_sees():
    fonts = {draw_hand(np.random.default_rng(s), unseen=True).font for s in range(200)} - {None}
    assert fonts == set(UNSEEN_HANDWRITING)


def test_crossed_out_digits_are_left_open(digits):
    draft = draft_of(4, digits)
    layouts.strewn(draft)
    hand_clutter.cross_out(draft)
    assert {truth.kind for truth in draft.truths} == {HANDWRITTEN, IGNORED}


def test_heights_of_pages_are_spread_evenly_over_their_orders(digits):
    heights = [start(np.random.default_rng(s), 192, False, digits).height for s in range(600)]
    assert abs(np.mean(np.log(heights)) - np.log(12 * 70) / 2) < 0.06
    assert min(heights) >= 12
    assert max(heights) <= 70
