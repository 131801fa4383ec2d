import cv2
import numpy as np
import pytest

from mnister.images.ink import COMFORTABLE_DIGIT, find_ink
from mnister.images.rulings import find_rulings, line_thickness, remove_rulings, rub_out


def ruled() -> tuple[np.ndarray, np.ndarray]:
    """Return a page with a rule that a stem crosses, and the stem alone."""
    ink = np.zeros((60, 200), np.uint8)
    ink[10:50, 100:104] = 255
    stem = ink.copy()
    ink[30:32] = 255
    return ink, stem


def test_rules_go_and_crossing_strokes_stay():
    ink, stem = ruled()
    without = remove_rulings(ink, 60, 4, ink)
    np.testing.assert_array_equal(without[:, 110:], 0)
    assert (without[stem > 0] > 0).all()


def test_tilted_and_upright_rules_go():
    ink = np.zeros((200, 200), np.uint8)
    for x in range(200):
        ink[100 + x // 20 : 103 + x // 20, x] = 255
    assert np.count_nonzero(remove_rulings(ink, 60, 3, ink)) < 0.02 * np.count_nonzero(ink)
    upright = np.ascontiguousarray(ink.T)
    assert np.count_nonzero(remove_rulings(upright, 60, 3, upright)) < 0.02 * np.count_nonzero(ink)


def test_without_rules_nothing_changes():
    _, stem = ruled()
    assert not find_rulings(stem, 60, 4).any()
    np.testing.assert_array_equal(rub_out(stem, np.zeros_like(stem), 4, stem), stem)


def test_level_strokes_in_a_row_are_no_rule():
    ink = np.zeros((60, 400), np.uint8)
    for x in range(20, 380, 34):
        ink[30:34, x : x + 20] = 255
        ink[10:34, x + 8 : x + 12] = 255
    for y in range(5, 55):
        ink[y, 340 + y : 344 + y] = 255  # long enough for rules to be looked for
    np.testing.assert_array_equal(remove_rulings(ink, 60, 4, ink), ink)


def test_line_thickness():
    ink, _ = ruled()
    assert line_thickness(find_rulings(ink, 60, 4)) <= 4
    assert line_thickness(np.zeros((5, 5), np.uint8)) == 0


def test_ink_lying_on_a_paler_rule_stays():
    ink = np.zeros((60, 600), np.uint8)
    ink[30:32] = 255
    depth = np.where(ink > 0, 60, 0).astype(np.uint8)
    depth[30:32, 320:350] = 160  # the foot of a 2, on the rule
    without = remove_rulings(ink, 60, 4, depth)
    assert (without[30:32, 322:348] > 0).all()
    assert not without[:, 370:].any()


@pytest.mark.parametrize("period", [8, 9])
@pytest.mark.parametrize("thickness", [6, 8, 10])
def test_a_wave_of_bold_strokes_is_no_rule(thickness, period):
    ink = np.zeros((160, 700), np.uint8)
    x = np.arange(20, 680)
    y = 80 + 2 * thickness * np.sin(2 * np.pi * x / (period * thickness))
    cv2.polylines(ink, [np.stack([x, y], axis=1).astype(np.int32)], False, 255, thickness)
    np.testing.assert_array_equal(remove_rulings(ink, 12 * thickness, thickness, ink), ink)


def test_both_ends_of_a_rule_go_that_is_lost_where_something_is_written():
    ink = np.zeros((60, 1000), np.uint8)
    ink[30:32, :330] = ink[30:32, 570:] = 255
    for x in range(338, 560, 22):
        ink[22:44, x : x + 4] = ink[36:39, x : x + 12] = 255
    without = remove_rulings(ink, 60, 3, ink)
    assert not without[:, :320].any()
    assert not without[:, 580:].any()
    np.testing.assert_array_equal(without[:, 340:550], ink[:, 340:550])


def test_a_grid_goes_whose_rules_are_faint_between_what_is_written():
    """Beside strokes only short pieces of the rules are ink: too short to be found as lines."""
    depth = np.zeros((600, 600), np.uint8)
    for at in range(50, 600, 50):
        depth[at : at + 2] = depth[:, at : at + 2] = 60
    depth[100:400, 100:400] = depth[100:400, 100:400] // 3 * 2  # the writing makes them look paler
    strokes = np.zeros_like(depth)
    for y in range(110, 400, 100):
        for x in range(110, 400, 100):
            strokes[y : y + 60, x : x + 5] = strokes[y : y + 5, x : x + 30] = 255
    ink = cv2.compare(depth, 40, cv2.CMP_GT) | strokes
    for at in range(150, 400, 100):  # pieces of rules
        ink[at : at + 2, 155:195] = ink[at : at + 2, 255:295] = 255
        ink[175:205, at : at + 2] = ink[275:305, at : at + 2] = 255
    depth[strokes > 0] = 200
    without = remove_rulings(ink, 90, 4, depth)
    assert (without[strokes > 0] > 0).mean() > 0.95
    assert np.count_nonzero(without[strokes == 0]) < 0.02 * np.count_nonzero(ink)


def test_the_size_of_digits_is_measured_though_all_hang_on_a_grid():
    grey = np.full((400, 400), 230, np.uint8)
    grey[20::40] = grey[:, 20::40] = 90
    for x in range(60, 340, 40):
        cv2.putText(grey, "5", (x, 140), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 40, 4)
    assert find_ink(grey).scale == pytest.approx(COMFORTABLE_DIGIT / 25, rel=0.1)


@pytest.mark.parametrize("text", ["kitchen garden", "while nothing"])
def test_lines_of_blurred_letters_that_run_together_are_no_rules(text):
    grey = np.full((400, 900), 230, np.uint8)
    for y in range(80, 400, 90):
        cv2.putText(grey, text, (30, y), cv2.FONT_HERSHEY_DUPLEX, 2, 60, 5)
    ink = find_ink(cv2.GaussianBlur(grey, (0, 0), 4))
    assert ink.mask.any()
    assert not ink.rulings.any()


def boxes() -> np.ndarray:
    """Draw four boxes in a row."""
    ink = np.zeros((120, 360), np.uint8)
    ink[[20, 21, 98, 99], 40:322] = 255
    for x in range(40, 330, 70):
        ink[20:100, x : x + 2] = 255
    return ink


def test_the_sides_of_boxes_go_and_the_digits_in_them_stay():
    digits = np.zeros((120, 360), np.uint8)
    digits[35:85, 70:74] = digits[35:39, 130:160] = digits[35:105, 150:154] = 255
    ink = boxes() | digits
    without = remove_rulings(ink, 100, 3, ink)
    assert (without[digits > 0] > 0).mean() > 0.95
    assert np.count_nonzero(without[digits == 0]) < 0.02 * np.count_nonzero(boxes())


def test_the_side_of_a_box_goes_that_a_stroke_crosses_or_that_ends_where_its_rules_are_faint():
    ink, crossed = boxes(), np.zeros((120, 360), np.uint8)
    crossed[50:60, 85:125] = 255  # through the side at 100
    broken = ink.copy()
    broken[18:23, 150:] = 0  # the upper rule, too faint from here on
    depth = np.maximum(ink // 2, crossed)
    for seen in (ink | crossed, broken):
        without = remove_rulings(seen, 100, 3, depth)
        left = np.count_nonzero(without[crossed == 0])
        assert left < 0.02 * np.count_nonzero(ink), left


def test_a_darker_stroke_from_rule_to_rule_stays():
    ink = boxes()
    depth = ink // 3
    ink[20:100, 215:218] = 255
    depth[20:100, 215:218] = 200
    assert (remove_rulings(ink, 100, 3, depth)[24:96, 215:218] > 0).all()
