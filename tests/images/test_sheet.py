"""Regions that may be a sheet of paper are found on a photo."""

import cv2
import numpy as np
import pytest

from mnister.images.sheet import find_hulls


def photo(table: int) -> np.ndarray:
    light = np.full((200, 260), table, np.uint8)
    light[40:160, 50:210] = 220
    return cv2.GaussianBlur(light, (0, 0), 1)


@pytest.mark.parametrize("shade", [1.0, 0.7])
def test_a_sheet_is_found_also_where_a_shadow_parts_it(shade):
    light = photo(90).astype(float)
    light[100:] *= shade
    boxes = [cv2.boundingRect(hull) for hull in find_hulls(light.astype(np.uint8))]
    assert any(np.abs(np.subtract(box, (50, 40, 160, 120))).max() < 16 for box in boxes)


def test_without_a_table_there_is_no_sheet():
    assert find_hulls(photo(220)) == []
