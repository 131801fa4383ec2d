import numpy as np

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
