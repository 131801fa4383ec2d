"""A template is found on pictures of it, whatever the camera's place, and on no others."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnister.forms.align import align, aligned, is_sane
from mnister.forms.made import fill_form, make_form, photograph
from mnister.forms.template import Template
from mnister.hands.page_digits import load_page_digits

SEED = 5
FORM = make_form(SEED, 0)
TEMPLATE = Template(FORM.blank)
HEIGHT, WIDTH = TEMPLATE.shape


def corners_on(homography):
    return cv2.perspectiveTransform(TEMPLATE.corners[None].astype(np.float64), homography)[0]


def views():
    """Return homographies of a sheet in a picture of 1000 × 1000: turned and askew."""
    shifts = st.lists(st.floats(-0.07, 0.07), min_size=8, max_size=8)
    return st.tuples(st.integers(0, 3), st.floats(-10, 10), st.floats(0.6, 0.8), shifts).map(_view)


def _view(drawn):
    quarter, degrees, part, shifts = drawn
    angle = np.radians(90 * quarter + degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = (TEMPLATE.corners - np.float32([WIDTH / 2, HEIGHT / 2])) / max(HEIGHT, WIDTH)
    seen = 500 + 1000 * part * (middle @ turn.T + np.reshape(shifts, (4, 2)))
    return cv2.getPerspectiveTransform(TEMPLATE.corners, seen.astype(np.float32))


@settings(max_examples=8, derandomize=True)
@given(views())
def test_a_template_that_is_warped_gives_the_homography_back(homography):
    twice = np.diag([2, 2, 1]) @ homography  # drawn twice as fine, and shrunk
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    by_middles = np.linalg.inv(half) @ twice @ half
    picture = cv2.warpPerspective(FORM.blank, by_middles, (2000, 2000), borderValue=90)
    picture = cv2.resize(picture, (1000, 1000), interpolation=cv2.INTER_AREA)
    found = align(TEMPLATE, picture)
    assert found is not None
    assert found.fits
    assert np.abs(corners_on(found.homography) - corners_on(homography)).max() < 2


@pytest.mark.parametrize("longest", [220, 700, 2600])
def test_a_photo_of_any_size_is_aligned(longest):
    photo = photograph(FORM.blank, SEED, 1, longest)
    found = align(TEMPLATE, photo.image)
    assert found.fits
    off = np.abs(corners_on(found.homography) - corners_on(photo.homography)).max()
    assert off < max(2, 0.008 * longest)


@pytest.mark.parametrize("number", [2, 4])
def test_a_small_photo_is_aligned_whatever_is_filled_in(number):
    form = make_form(SEED, number)
    sheet, _ = fill_form(form, SEED, 2, load_page_digits(True), empty=0.0)
    photo = photograph(sheet, SEED, 2, 200)
    template = Template(form.blank, [each.box for each in form.fields])
    found = align(template, photo.image)
    assert found.fits
    assert not align(Template(form.blank), photo.image).fits  # what is filled in is in the way
    corners = template.corners[None].astype(np.float64)
    views = (found.homography, photo.homography)
    here, there = (cv2.perspectiveTransform(corners, view) for view in views)
    assert np.abs(here - there).max() < 3


@pytest.mark.parametrize("other", [make_form(SEED, 0, 1), make_form(SEED, 9)])
def test_another_form_does_not_fit_even_one_of_the_same_house(other):
    photo = photograph(other.blank, SEED, 2, 800)
    found = align(TEMPLATE, photo.image)
    assert found is None or not found.fits


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_does_not_fit(level):
    found = align(TEMPLATE, np.full((300, 400), level, np.uint8))
    assert found is None or not found.fits


def test_what_is_aligned_lies_as_the_template_does():
    photo = photograph(FORM.blank, SEED, 3, 1400)
    found = align(TEMPLATE, photo.image)
    below = aligned(photo.image, found.homography, TEMPLATE.shape)
    assert below.shape == TEMPLATE.shape
    dark = cv2.blur(255 - FORM.blank, (9, 9)).ravel() > 60
    light = cv2.blur(255 - FORM.blank, (41, 41)).ravel() < 12
    assert below.ravel()[dark].mean() < below.ravel()[light].mean() - 20


def test_views_that_no_camera_has_are_insane():
    mirrored = np.array([[-1.0, 0, WIDTH], [0, 1, 0], [0, 0, 1]])
    folded = np.array([[1.0, 0, 0], [0, 1, 0], [-2 / WIDTH, 0, 1]])
    flat = np.array([[1.0, 0, 0], [0, 0.05, 0], [0, 0, 1]])
    assert is_sane(np.eye(3), TEMPLATE.shape)
    for homography in (mirrored, folded, flat):
        assert not is_sane(homography, TEMPLATE.shape)
