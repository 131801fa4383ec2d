"""Digits cut out of a picture with what is around them, as the crop network sees them."""

import cv2
import numpy as np

from mnister.data.datasets import DIGIT_NAMES

SIDE = 40  # pixels of a crop's edge
AROUND = 1.8  # longer edges of a digit's box that a crop's edge is long

# What may stand in the middle of a crop.
CROP_NAMES = (*DIGIT_NAMES, *(f"printed {name}" for name in DIGIT_NAMES), "nothing")
WRITTEN, PRINTED = slice(0, 10), slice(10, 20)
NOTHING = 20


class CropCutter:
    """Cuts crops out of one picture; coarser versions of it are made when first wanted.

    Args:
        grey: uint8 (H, W).
    """

    def __init__(self, grey: np.ndarray) -> None:
        self._halves = [grey]

    def cut(self, box: np.ndarray, change: np.ndarray | None = None) -> np.ndarray:
        """Cut out a box with what is around it, so large that all digits are of one size.

        Args:
            box: (4,), x, y, width, height in pixels; beyond the picture its edge is repeated.
            change: (2, 3), from places in the crop, counted from its middle in parts of its edge,
                to those that are seen there; None: as it is.

        Returns:
            uint8 (SIDE, SIDE), grey.
        """
        edge = AROUND * max(float(box[2]), float(box[3]), 1.0)
        picture = self._coarse(int(max(0.0, np.log2(edge / SIDE))))
        scale = np.array(picture.shape[::-1]) / np.array(self._halves[0].shape[::-1])
        middle = scale * (box[:2] + np.asarray(box[2:]) / 2)
        matrix = np.eye(2, 3) if change is None else change
        # OpenCV counts from the middle of the first pixel.
        turned = (scale * edge / SIDE)[:, None] * matrix[:, :2]
        moved = middle + scale * edge * matrix[:, 2] - turned @ np.full(2, (SIDE - 1) / 2) - 0.5
        return cv2.warpAffine(
            picture,
            np.column_stack([turned, moved]),
            (SIDE, SIDE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def _coarse(self, halvings: int) -> np.ndarray:
        """Return the picture, so many times halved."""
        while len(self._halves) <= halvings and min(self._halves[-1].shape) > 1:
            last = self._halves[-1]
            size = tuple(max(1, edge // 2) for edge in last.shape[::-1])
            self._halves.append(cv2.resize(last, size, interpolation=cv2.INTER_AREA))
        return self._halves[min(halvings, len(self._halves) - 1)]


def cut_crops(grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Cut boxes out of a picture.

    Args:
        grey: uint8 (H, W).
        boxes: (N, 4), x, y, width, height in pixels.

    Returns:
        uint8 (N, SIDE, SIDE).
    """
    cutter = CropCutter(grey)
    crops = [cutter.cut(box) for box in boxes]
    return np.array(crops, np.uint8).reshape(-1, SIDE, SIDE)
