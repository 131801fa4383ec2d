import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnister.images.colors import ink_density, palest_channel, separate_inks

PAPER, RED, BLUE = np.array([230, 225, 210]), np.array([200, 90, 80]), np.array([40, 60, 150])


def separate_inks_of(pixels):
    return separate_inks(pixels, ink_density(pixels))


def palest_channel_of(pixels):
    return palest_channel(pixels, ink_density(pixels))


def two_inks():
    """Return a page of red rules with a blue stroke, and where only rules and only stroke are."""
    rules, stroke = np.zeros((2, 200, 300), bool)
    rules[20::30] = rules[21::30] = True
    stroke[40:160, 140:148] = True
    light = PAPER * np.where(rules[..., None], RED / PAPER, 1)
    light = light * np.where(stroke[..., None], BLUE / PAPER, 1)
    light *= np.linspace(0.7, 1, 300)[None, :, None]
    return light.astype(np.uint8), rules & ~stroke, stroke & ~rules


def test_each_ink_has_its_picture_without_the_other():
    pixels, rules, stroke = two_inks()
    of_rules, of_stroke = separate_inks_of(pixels)
    for picture, ink, other in ((of_rules, rules, stroke), (of_stroke, stroke, rules)):
        paper = np.median(picture)
        assert picture[ink].mean() < paper - 80
        assert picture[other].mean() > paper - 20


def test_ink_of_one_color_is_not_parted():
    pixels, _, _ = two_inks()
    grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert separate_inks_of(grey) == []
    assert separate_inks_of(np.full((50, 60, 3), PAPER, np.uint8)) == []


def test_a_pencil_shows_where_colored_lines_are_palest():
    pixels, rules, _ = two_inks()
    palest = palest_channel_of(pixels[:, 150:])
    np.testing.assert_array_equal(palest, pixels[:, 150:, 0])  # the lines are red
    assert palest_channel_of(np.full((50, 60, 3), PAPER, np.uint8)) is None
    grey = np.where(rules[..., None], 90, 220).astype(np.uint8).repeat(3, axis=2)
    assert palest_channel_of(grey) is None


@given(arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.just(3))))
@settings(max_examples=40, deadline=None)
def test_any_picture_goes_through(pixels):
    palest = palest_channel_of(pixels)
    for picture in [*separate_inks_of(pixels), *([] if palest is None else [palest])]:
        assert picture.shape == pixels.shape[:2]
        assert picture.dtype == np.uint8
