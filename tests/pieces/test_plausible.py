"""What does not fit the digits of its page is dropped."""

from dataclasses import replace

import numpy as np
import pytest

from mnister.pieces.plausible import implausible
from tests.pieces.verdicts import NONE, line_of_digits, make_ink, make_verdict


def test_digits_that_look_alike_all_stay():
    verdicts = line_of_digits()
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7) == [None] * 5


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"height": 10, "width": 4}, "too small for this page"),
        ({"height": 150, "width": 12}, "too large for this page"),
        ({"height": 110, "width": 110}, "too thick for this page"),
        ({"digit": 0.01, "is_digit": False}, "no digit"),
    ],
)
def test_what_does_not_fit_its_page_gets_a_reason(odd, reason):
    stray = make_verdict(500, **odd)
    verdicts = [*line_of_digits(), stray]
    wanted = [None] * 5 + [reason]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7) == wanted


def test_among_clutter_of_their_own_kind_few_digits_are_none():
    """Texture, in which some looks like a digit; blots as large as these say nothing of them."""
    digits = [make_verdict(10 + 160 * i) for i in range(4)]
    clutter = {"digit": 0.01, "is_digit": False}
    scribbles = [make_verdict(x + d, **clutter) for x in range(10, 650, 160) for d in (30, 60, 90)]
    verdicts = [*digits, *scribbles]
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7)
    assert reasons == ["among what is no digit"] * 4 + ["no digit"] * 12
    blots = [make_verdict(x, y=80, height=110, width=300, **clutter) for x in (0, 400)]
    verdicts = [*digits, *blots]
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7)
    assert reasons == [None] * 4 + ["no digit"] * 2


@pytest.mark.parametrize(
    ("digit", "clutter", "reason"),
    [(0.9, 60, "unsure among so much else"), (0.9, 20, None), (0.99, 60, None)],
)
def test_the_more_else_there_is_the_surer_few_digits_must_be(digit, clutter, reason):
    digits = [make_verdict(300, digit=digit), make_verdict(600, digit=digit)]
    specks = [
        make_verdict(10 + 14 * i, y=150, height=14, width=4, digit=0.01, is_digit=False)
        for i in range(clutter)
    ]
    reasons = implausible([*digits, *specks], make_ink([*digits, *specks]), NONE, 0.7)
    assert reasons == [reason] * 2 + ["no digit"] * clutter


@pytest.mark.parametrize(
    ("digit", "width", "reason"),
    [(0.9, 100, "unsure among so much else"), (0.9, 10, None), (0.99, 100, None)],
)
def test_the_more_ink_is_beside_a_lone_digit_the_surer_it_must_be(digit, width, reason):
    lone = make_verdict(300, digit=digit)
    blot = make_verdict(600, y=100, height=90, width=width, digit=0.01, is_digit=False)
    assert implausible([lone, blot], make_ink([lone, blot]), NONE, 0.7) == [reason, "no digit"]


@pytest.mark.parametrize(("width", "reason"), [(4, "too thin for this page"), (8, None)])
def test_a_stick_much_thinner_than_the_strokes_of_its_page_is_a_line(width, reason):
    verdicts = [*line_of_digits(), make_verdict(500, width=width)]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7, stick=1) == [None] * 5 + [reason]


def test_show_through_is_too_faint():
    stray = make_verdict(500)
    verdicts = [*line_of_digits(), stray]
    found = implausible(verdicts, make_ink(verdicts, faint=[stray]), NONE, 0.7)
    assert found == [None] * 5 + ["too faint for this page"]


def test_what_looks_like_a_digit_among_letters_is_a_letter():
    letters = [make_verdict(10 + 40 * i, digit=0.01, is_digit=False) for i in range(9)]
    verdicts = [*letters[:5], make_verdict(220), *letters[6:]]
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7)
    assert reasons[5] == "among what is no digit"


@pytest.mark.parametrize(("y", "is_digit"), [(4, True), (10, False)])
def test_rests_of_rules_are_company_of_what_touches_a_rule(y, is_digit):
    rests = [make_verdict(10 + 40 * i, digit=0.01, is_digit=False) for i in range(9)]
    verdicts = [*rests[:5], make_verdict(220, y=y), *rests[6:]]
    ink = make_ink(verdicts)
    ink.rulings[47:50] = 255
    assert (implausible(verdicts, ink, NONE, 0.7)[5] is None) == is_digit


def test_a_number_far_from_the_letters_of_its_page_stays():
    letters = [make_verdict(10 + 30 * i, digit=0.01, is_digit=False) for i in range(12)]
    number = [make_verdict(600 + 40 * i) for i in range(6)]
    reasons = implausible([*letters, *number], make_ink([*letters, *number]), NONE, 0.7)
    assert reasons[12:] == [None] * 6


@pytest.mark.parametrize("count", [1, 2, 5])
def test_among_its_like_a_stick_is_a_digit_and_so_it_is_alone(count):
    verdicts = line_of_digits(count)
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7, stick=1)
    assert reasons == [None] * count


def test_strokes_cut_out_of_letters_are_no_digits():
    letters = [make_verdict(10 + 40 * i, digit=0.01, is_digit=False) for i in range(4)]
    strokes = [make_verdict(180 + 9 * i, width=8, whole=180) for i in range(4)]
    verdicts = [*letters, *strokes]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7)[4] == "among what is no digit"


@pytest.mark.parametrize("is_letters", [True, False])
def test_sticks_of_one_piece_are_letters_to_what_stands_beside_them(is_letters):
    """The s of "sum" looks like a 5; its u and m are cut into what looks like 1s."""
    looks_like_a_5 = make_verdict(130)
    looks_like_a_5.probabilities[[1, 5]] = 0.0, 0.98
    sticks = [
        make_verdict(x + 9 * i, width=8, digit=0.9, whole=x if is_letters else None)
        for x in (150, 200)
        for i in range(3)
    ]
    verdicts = [looks_like_a_5, *sticks]
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7, stick=1)
    assert reasons[0] == ("among what is no digit" if is_letters else None)


@pytest.mark.parametrize(("rest", "is_digit"), [(4, True), (12, False)])
def test_what_is_cut_out_of_other_ink_needs_more_evidence(rest, is_digit):
    """Digits that touch leave no ink over, as a scribble does."""
    part, other = (
        make_verdict(x, width=width, digit=digit, is_digit=is_digit, whole=100, is_part=True)
        for x, width, digit, is_digit in ((100, 18, 0.9, True), (118, rest, 0.01, False))
    )
    reasons = implausible([part, other], make_ink([part, other]), NONE, 0.7)
    assert (reasons[0] is None) == is_digit


def test_what_is_left_of_one_piece_is_company_of_one():
    """Of touching digits some could not be read: those beside them are still digits."""
    places = [60 + 9 * i for i in range(4)]
    digits = [make_verdict(x) for x in (10, 110, 160)]
    unread = [make_verdict(x, digit=0.01, is_digit=False, whole=60) for x in places]
    letters = [make_verdict(x, digit=0.01, is_digit=False) for x in places]
    verdicts = [*digits, *unread]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7)[:3] == [None] * 3
    verdicts = [*digits, *letters]
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7)
    assert reasons[:3] == ["among what is no digit"] * 3


@pytest.mark.parametrize("height", [18, 40])
def test_print_beside_handwriting_is_judged_by_the_print_around_it(height):
    """The o of a printed label is no 0, however many digits are written after it."""
    letters = [
        make_verdict(10 + 20 * i, y=30, height=height, width=6, digit=0.01, is_digit=False)
        for i in (0, 1, 3, 4)
    ]
    o = make_verdict(50, y=30, height=height, width=6)
    digits = [make_verdict(300 + 60 * i) for i in range(8)]
    verdicts = [o, *letters, *digits]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7) == (
        ["among what is no digit"] + ["no digit"] * 4 + [None] * 8
    )


@pytest.mark.parametrize(
    ("y", "heights", "reason"),
    [
        (10, (40, 44, 38), None),
        (10, (40,), None),
        (10, (40, 44, 70), "a line of the background"),  # creases
        (0, (200, 200, 200), "a line of the background"),  # grain, from edge to edge
    ],
)
def test_sticks_alone_are_ones_only_if_they_are_alike(y, heights, reason):
    places = [(10 + 60 * i, height) for i, height in enumerate(heights)]
    verdicts = [make_verdict(x, y=y, height=height) for x, height in places]
    found = implausible(verdicts, make_ink(verdicts), NONE, 0.7, stick=1)
    assert found == [reason] * len(heights)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([50], None),  # written on a ruling
        ([6, 50], "a line of the background"),  # the joints of a wall
    ],
)
def test_sticks_between_rulings_are_no_ones(rows, reason):
    verdicts = line_of_digits()
    ink = make_ink(verdicts)
    for row in rows:
        ink.rulings[row : row + 4] = 255
    assert implausible(verdicts, ink, NONE, 0.7, stick=1) == [reason] * 5


def test_digits_of_a_few_pixels_are_noise_however_large_they_are_worked_with():
    verdicts = line_of_digits()
    ink = replace(make_ink(verdicts), scale=6.0)
    assert implausible(verdicts, ink, NONE, 0.7, is_page=True) == ["too small to be read"] * 5
    assert implausible(verdicts, ink, NONE, 0.7, is_page=False) == [None] * 5
    ink = replace(ink, scale=5.0)
    assert implausible(verdicts, ink, NONE, 0.7, is_page=True) == [None] * 5


@pytest.mark.parametrize(
    ("y", "height", "is_page", "reason"),
    [
        (0, 200, True, "runs across the page"),
        (0, 200, False, None),  # who cuts a digit out may cut closely
        (0, 190, True, None),
        (10, 190, True, None),
    ],
)
def test_what_runs_from_edge_to_edge_alone_is_no_digit_of_a_page(y, height, is_page, reason):
    verdicts = [make_verdict(400, y=y, height=height, width=30)]
    found = implausible(verdicts, make_ink(verdicts), NONE, 0.7, is_page=is_page)
    assert found == [reason]


@pytest.mark.parametrize(("wholes", "reason"), [((1, 1), "runs across the page"), ((1, 2), None)])
def test_parts_of_one_piece_that_fill_the_page_are_a_grid(wholes, reason):
    halves = [
        make_verdict(450 * i, y=0, height=200, width=450, whole=whole, is_part=True)
        for i, whole in enumerate(wholes)
    ]
    assert implausible(halves, make_ink(halves), NONE, 0.7) == [reason] * 2


@pytest.mark.parametrize(
    ("x", "width", "reason"),
    [(899, 1, "cut off by the picture's edge"), (898, 2, None), (890, 1, None)],
)
def test_what_shows_one_pixel_at_the_edge_is_no_digit(x, width, reason):
    verdicts = [make_verdict(x, width=width)]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7) == [reason]


def test_two_creases_from_corner_to_corner_are_lines_of_the_background():
    verdicts = [make_verdict(0, y=0, height=200, width=900, whole=n) for n in (1, 2)]
    reasons = implausible(verdicts, make_ink(verdicts), NONE, 0.7, stick=1)
    assert reasons == ["a line of the background"] * 2


def test_digits_that_fill_their_page_are_digits():
    verdicts = [make_verdict(60 + 80 * i, y=0, height=200, width=30) for i in range(3)]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7, is_page=True) == [None] * 3
    whole = [make_verdict(0, y=0, height=200, width=900)]
    assert implausible(whole, make_ink(whole), NONE, 0.7, is_page=True) == [None]


@pytest.mark.parametrize(("height", "reason"), [(2, "too thin for its size"), (6, None)])
def test_a_crease_is_too_thin_for_a_digit_of_its_length(height, reason):
    verdicts = [make_verdict(100, width=300, height=height)]
    assert implausible(verdicts, make_ink(verdicts), NONE, 0.7) == [reason]


@pytest.mark.parametrize(
    ("heights", "reason"),
    [((40, 62), None), ((40, 62, 44), "a line of the background")],
)
def test_sticks_of_any_length_stay_unless_few_other_digits_are_there(heights, reason):
    probabilities = np.zeros(11, np.float32)
    probabilities[4] = 0.98
    sticks = [make_verdict(10 + 60 * i, height=height) for i, height in enumerate(heights)]
    verdicts = [*sticks, replace(make_verdict(250), probabilities=probabilities)]
    found = implausible(verdicts, make_ink(verdicts), NONE, 0.7, stick=1)
    assert found == [reason] * len(verdicts)


@pytest.mark.parametrize(
    ("stick", "digit", "reason"),
    [(None, 0.9, None), (None, 0.6, "rest of a rule"), (1, 0.9, "rest of a rule")],
)
def test_what_is_small_on_a_rule_is_a_rest_of_it_unless_surely_no_stick(stick, digit, reason):
    verdicts = [*line_of_digits(), make_verdict(400, height=26, digit=digit)]
    ink = make_ink(verdicts)
    ink.rulings[33:36, 380:432] = 255
    assert implausible(verdicts, ink, NONE, 0.7, stick=stick) == [None] * 5 + [reason]
