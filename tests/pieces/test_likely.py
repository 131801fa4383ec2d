"""Which candidates are digits is told by what is written around each."""

import numpy as np

from mnister.pieces.likely import are_one_piece, company, likely_digits
from tests.pieces.verdicts import NONE, line_of_digits, make_verdict


def are_likely(probabilities, digit_share):
    verdicts = [make_verdict(10 + 40 * i, digit=p) for i, p in enumerate(probabilities)]
    alike = np.ones((len(verdicts), len(verdicts)), bool)
    return list(likely_digits(verdicts, alike, NONE, digit_share))


def test_half_a_digit_is_one_among_digits_and_none_among_clutter():
    assert are_likely([0.99] * 9 + [0.45], 0.7)[-1]
    assert not are_likely([0.02] * 9 + [0.55], 0.7)[-1]


def test_a_network_trained_without_clutter_is_taken_at_its_word():
    assert are_likely([0.02, 0.55], 1.0) == [True, True]


def test_company_is_nearer_in_the_line_and_alike_anywhere():
    verdicts = [*line_of_digits(3), make_verdict(14, y=120)]
    alike = np.ones((4, 4), bool)
    alike[0, 1] = False
    near, on_page = company(verdicts, alike, are_one_piece(verdicts))
    first, second = np.exp([-1.2, -2.7])  # gaps in sizes of a digit
    np.testing.assert_allclose(near[0], [0, first, second, 0], rtol=1e-6)  # float32
    np.testing.assert_allclose(near[1], [first, 0, first, 0])
    np.testing.assert_array_equal(on_page[0], [0, 0, 1, 1])
    np.testing.assert_array_equal(on_page[3], [1, 1, 1, 0])


def test_the_strokes_of_one_letter_are_company_of_one_and_none_of_each_other():
    letter = make_verdict(10, digit=0.01, is_digit=False)
    strokes = [make_verdict(50 + 9 * i, width=8, whole=50) for i in range(4)]
    verdicts = [letter, *strokes]
    _, on_page = company(verdicts, np.ones((5, 5), bool), are_one_piece(verdicts))
    np.testing.assert_array_equal(on_page[0], [0, *[0.25] * 4])
    np.testing.assert_array_equal(on_page[1:], [[1, 0, 0, 0, 0]] * 4)


def test_sticks_are_weak_company():
    """Beside a letter a digit stays one in the company of two digits, not in that of sticks."""
    digits = [make_verdict(x, digit=0.97) for x in (10, 130, 250)]
    verdicts = [*digits, make_verdict(310, digit=0.01, is_digit=False)]
    alike = np.ones((4, 4), bool)
    are_digits = [likely_digits(verdicts, alike, NONE, 0.7, stick)[2] for stick in (None, 1)]
    assert are_digits == [True, False]
