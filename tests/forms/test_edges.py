"""A sheet is found by its sides, though a shadow lies over it."""

import cv2
import numpy as np

from mnister.forms.edges import find_quadrangles

CORNERS = np.float32([(60, 40), (250, 55), (235, 190), (45, 200)])


def sheet(shadow):
    """Draw a sheet on a table, a shadow over its left part: uint8 (240, 320)."""
    scene = np.full((240, 320), 110, np.uint8)
    cv2.fillConvexPoly(scene, CORNERS.astype(np.int32), 220)
    light = np.where(np.arange(320)[None] + np.arange(240)[:, None] < 220, shadow, 1.0)
    noise = np.random.default_rng(0).normal(0, 2, scene.shape)
    return cv2.medianBlur(np.clip(scene * light + noise, 0, 255).astype(np.uint8), 5)


def test_a_sheet_half_in_a_shadow_is_found_by_its_sides():
    for shadow in (1.0, 0.5):
        found = find_quadrangles(sheet(shadow), 0.15, 4)
        off = [np.abs(np.roll(each, turn, axis=0) - CORNERS).max()
               for each in found for turn in range(4)]  # fmt: skip
        assert min(off) < 4


def test_where_there_is_no_edge_there_is_no_sheet():
    assert find_quadrangles(np.full((240, 320), 128, np.uint8), 0.15, 4) == []
