import numpy as np
import pytest

from mnister.images.components import Piece
from mnister.pieces.candidates import (
    JUDGED,
    UNJUDGED,
    Candidate,
    find_candidates,
    neighbours,
    stand_apart,
)
from mnister.pieces.choose import choose, choose_one


def block(x: int, y: int, width: int, height: int) -> Piece:
    return Piece(x, y, np.full((height, width), 255, np.uint8))


def probabilities(*rows: tuple[int, float]) -> np.ndarray:
    """Return rows with this class at this probability, the rest on "none" (10)."""
    table = np.zeros((len(rows), 11), np.float32)
    for row, (name, value) in zip(table, rows, strict=True):
        row[10] = 1 - value
        row[name] += value
    return table


def test_candidates_are_near_and_no_larger_than_a_digit():
    atoms = [block(0, 0, 20, 30), block(0, 34, 20, 8), block(90, 0, 20, 40)]
    assert neighbours(atoms, 40) == [{1}, {0}, set()]
    groups = [candidate.members for candidate in find_candidates(atoms, 40, JUDGED)]
    assert groups == [(0,), (0, 1), (1,), (2,)]


def test_a_speck_beside_a_giant_is_no_part_of_it():
    giant = Piece(0, 0, np.full((400, 300), 255, np.uint8), 1)
    bar = Piece(305, 0, np.full((60, 90), 255, np.uint8), 2)
    speck = np.full((15, 15), 255, np.uint8)
    assert neighbours([giant, bar, Piece(310, 380, speck, 3)], 40) == [{1}, {0}, set()]
    assert neighbours([giant, Piece(310, 380, speck, 1)], 40) == [{1}, {0}]  # it was cut off it


def slices(count: int, *, whole: int) -> list[Piece]:
    """Return the parts of a connected piece that was cut: 8 × 40 pixels each, side by side."""
    mask = np.full((40, 8), 255, np.uint8)
    return [Piece(8 * i, 0, mask, whole) for i in range(count)]


def test_a_connected_piece_is_a_candidate_in_however_many_parts_it_was_cut():
    bar = Piece(10, -12, np.full((10, 36), 255, np.uint8), 2)
    atoms = [*slices(6, whole=1), bar]
    groups = [candidate.members for candidate in find_candidates(atoms, 40, JUDGED)]
    assert tuple(range(6)) in groups
    assert tuple(range(7)) in groups  # with the bar: the 5 whose bar stands apart


def test_parts_of_a_connected_piece_are_joined_only_side_by_side():
    candidates = find_candidates(slices(3, whole=1), 40, JUDGED)
    assert [c.members for c in candidates] == [(0,), (0, 1), (0, 1, 2), (1,), (1, 2), (2,)]
    assert [c.is_part for c in candidates] == [True, True, False, True, True, True]
    assert {c.extent for c in candidates} == {40}


def test_parts_cut_out_of_a_stroke_are_no_dust():
    body = block(0, 12, 26, 30)
    bar = [Piece(4 + 8 * i, 0, np.full((8, 8), 255, np.uint8), 1) for i in range(4)]
    candidates = find_candidates([body, *bar], 40, JUDGED)
    rows = {(0, 1, 2, 3, 4): (5, 0.55)}
    table = probabilities(*[rows.get(c.members, (1, 0.01)) for c in candidates])
    (verdict,) = choose(candidates, table, 10, 40)
    assert verdict.candidate.members == (0, 1, 2, 3, 4)


def test_without_a_judge_small_parts_are_left_out():
    atoms = [
        block(0, 0, 16, 40),
        *(Piece(60 + 8 * i, 0, np.full((8, 8), 255, np.uint8), 1) for i in (0, 1)),
    ]
    candidates = find_candidates(atoms, 40, UNJUDGED)
    table = probabilities(*[(1, 0.99) if c.members == (0,) else (2, 0.4) for c in candidates])
    verdicts = choose(candidates, table[:, :10], None, 40)
    assert [v.candidate.members for v in verdicts if v.is_digit] == [(0,)]


def test_a_digit_with_a_long_tail_is_not_cut_into_two():
    atoms = [Piece(6 * i, 0, np.full((20, 6), 255, np.uint8), 1) for i in range(6)]
    candidates = find_candidates(atoms, 40, JUDGED)
    rows = {(0, 1, 2, 3, 4, 5): (2, 0.99), (0, 1, 2): (2, 0.5), (3, 4, 5): (2, 0.5)}
    table = probabilities(*[rows.get(c.members, (2, 0.01)) for c in candidates])
    (verdict,) = choose(candidates, table, 10, 40)
    assert verdict.candidate.members == (0, 1, 2, 3, 4, 5)


def test_strokes_that_belong_together_are_joined():
    atoms = [block(0, 0, 20, 30), block(0, 34, 20, 8)]
    candidates = find_candidates(atoms, 40, JUDGED)  # (0,), (0, 1), (1,)
    verdicts = choose(candidates, probabilities((5, 0.5), (5, 0.97), (1, 0.05)), 10, 40)
    assert [verdict.candidate.members for verdict in verdicts] == [(0, 1)]


def test_neighbours_that_are_digits_stay_apart():
    atoms = [block(0, 0, 10, 40), block(16, 0, 10, 40)]
    candidates = find_candidates(atoms, 40, JUDGED)
    verdicts = choose(candidates, probabilities((1, 0.98), (4, 0.1), (1, 0.98)), 10, 40)
    assert [verdict.candidate.members for verdict in verdicts] == [(0,), (1,)]
    assert all(verdict.is_digit for verdict in verdicts)


def test_clutter_is_called_clutter():
    candidates = find_candidates([block(0, 0, 40, 40)], 40, JUDGED)
    (verdict,) = choose(candidates, probabilities((3, 0.01)), 10, 40)
    assert not verdict.is_digit


def test_one_digit_takes_all_its_strokes():
    atoms = [block(0, 0, 20, 30), block(0, 34, 20, 8), block(60, 0, 3, 3)]
    candidates = find_candidates(atoms, 40, JUDGED)
    rows = {(0,): (5, 0.9), (0, 1): (5, 0.95), (1,): (1, 0.3), (2,): (1, 0.99)}
    table = probabilities(*[rows.get(c.members, (1, 0.01)) for c in candidates])
    depth = np.full((50, 64), 100, np.uint8)
    (verdict,) = choose_one(candidates, table, 10, depth)
    assert verdict.candidate.members == (0, 1)
    assert choose_one([], np.zeros((0, 11), np.float32), 10, depth) == []


@pytest.mark.parametrize(("shade", "chosen"), [(30, (0,)), (100, (1,))])
def test_one_digit_is_dark_rather_than_large(shade, chosen):
    candidates = find_candidates([block(0, 0, 20, 40), block(60, 0, 24, 60)], 40, JUDGED)
    depth = np.full((60, 90), 100, np.uint8)
    depth[:, 60:] = shade
    rows = {(0,): (0, 0.95), (1,): (1, 0.95)}
    table = probabilities(*[rows.get(c.members, (1, 0.01)) for c in candidates])
    (verdict,) = choose_one(candidates, table, 10, depth)
    assert verdict.candidate.members == chosen


def test_tall_pieces_apart_are_two_digits_unless_the_network_can_tell():
    atoms = [block(0, 0, 6, 40), block(20, 0, 6, 40)]
    with_judge, without = (
        [candidate.members for candidate in find_candidates(atoms, 40.0, limits)]
        for limits in (JUDGED, UNJUDGED)
    )
    assert with_judge == [(0,), (0, 1), (1,)]
    assert without == [(0,), (1,)]
    assert not stand_apart([block(0, 0, 6, 40), block(9, 0, 6, 40)], 40.0)  # a broken ring
    assert not stand_apart([block(0, 0, 6, 40), block(20, 0, 6, 20)], 40.0)


def test_nothing_twice_as_wide_as_tall_is_a_digit_by_itself():
    flat = Candidate((0,), (block(0, 0, 50, 20),), is_part=False, extent=50)
    assert not choose([flat], probabilities((2, 0.9)), 10, 40.0)[0].is_digit
