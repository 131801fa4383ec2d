"""From the ink of one digit to the 28 × 28 picture that a network trained on MNIST expects.

Source of the frame: the MNIST authors (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of
handwritten digits"): the ink's bounding box is scaled to fit 20 × 20 with its aspect kept,
anti-aliased, and its centre of mass is put in the middle of 28 × 28, white on black.
"""

import cv2
import numpy as np

BOX = 20  # pixels: the square that the ink's bounding box is scaled to fit
FRAME = 28  # pixels: side of the picture that the network sees
_WORKING_BOX = 80  # pixels: large enough for a thickened stroke to keep its shape
_ENOUGH = 320  # pixels: what is twice as large and more is first scaled by a whole number
_LEAST_STROKE = 1.9  # pixels in the box; MNIST's own strokes lie between 1.5 and 4


def normalize_digit(ink: np.ndarray) -> np.ndarray:
    """Scale, thicken and centre the ink of one digit as the MNIST authors did.

    Args:
        ink: uint8 (height, width), ink white (its strength) on black, of any size.

    Returns:
        uint8 (28, 28), white on black. All black where there is no ink.
    """
    cropped = crop_to_ink(ink)
    if cropped.size == 0:
        return np.zeros((FRAME, FRAME), np.uint8)
    step = max(cropped.shape) // _ENOUGH
    if step > 1:
        cropped = shrink(cropped, step)
    if max(cropped.shape) > _WORKING_BOX:
        cropped = fit(cropped, _WORKING_BOX)
    thick = thicken(cropped, _LEAST_STROKE / BOX)
    return centre_by_mass(full_strength(fit(thick, BOX)), FRAME)


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """Cut away the empty margin.

    Args:
        ink: uint8 (height, width), 0 where there is no ink.

    Returns:
        A view of the bounding box of all pixels above 0; shape (0, 0) when there is none.
    """
    x, y, width, height = cv2.boundingRect(ink)
    return ink[y : y + height, x : x + width]


def fit(ink: np.ndarray, side: int) -> np.ndarray:
    """Scale so that the longer side is `side` pixels, aspect kept, anti-aliased.

    Args:
        ink: uint8 (height, width).
        side: Pixels of the longer side of the result.

    Returns:
        uint8, the shorter side at least one pixel.
    """
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def shrink(ink: np.ndarray, step: int) -> np.ndarray:
    """Scale down by a whole number, which takes a tenth of the time of `fit`.

    Args:
        ink: uint8 (height, width).
        step: How many pixels, along and across, become one: their mean.

    Returns:
        uint8, each side divided by `step` and rounded up.
    """
    height, width = ink.shape
    rests = (0, -height % step, 0, -width % step)
    whole = cv2.copyMakeBorder(ink, *rests, cv2.BORDER_CONSTANT, value=0)
    size = (whole.shape[1] // step, whole.shape[0] // step)
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def stroke_width(ink: np.ndarray) -> float:
    """Estimate how wide the strokes are: twice the area over the length of the outline.

    Args:
        ink: uint8 (height, width), ink above 127.

    Returns:
        Pixels; 0 where there is no ink. A stroke one or two pixels wide measures 2.
    """
    mask = (ink > 127).astype(np.uint8)
    area = cv2.countNonZero(mask)
    inside = cv2.erode(mask, None, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    outline = area - cv2.countNonZero(inside)
    return 2 * area / outline if outline else 0.0


def thicken(ink: np.ndarray, least: float) -> np.ndarray:
    """Widen strokes that would fade when the digit is scaled down; leave the others alone.

    A pen on a 12-megapixel photo draws strokes of a fiftieth of the digit's height: in the 20 × 20
    box 0.4 pixels, which no MNIST digit has.

    Args:
        ink: uint8 (height, width), tightly cropped.
        least: Least stroke width, as a part of the longer side.

    Returns:
        uint8, up to `least` × the longer side larger on each side.
    """
    ink = full_strength(ink)
    missing = round(least * max(ink.shape) - stroke_width(ink))
    if missing < 1:
        return ink
    margin = (missing + 1) // 2
    padded = cv2.copyMakeBorder(ink, *[margin] * 4, cv2.BORDER_CONSTANT, value=0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (missing + 1, missing + 1))
    return crop_to_ink(cv2.dilate(padded, kernel))


def full_strength(ink: np.ndarray) -> np.ndarray:
    """Scale values so that the strongest ink is 255.

    Args:
        ink: uint8 of any shape.

    Returns:
        uint8 of the same shape; unchanged where there is no ink.
    """
    peak = int(ink.max(initial=0))
    return ink if peak in (0, 255) else cv2.convertScaleAbs(ink, alpha=255 / peak)


def centre_by_mass(ink: np.ndarray, side: int) -> np.ndarray:
    """Place the ink on a black square with its centre of mass in the middle.

    Args:
        ink: uint8 (height, width), neither longer than `side`.
        side: Pixels of the square.

    Returns:
        uint8 (side, side). Ink that would fall outside is moved back in, whole.
    """
    height, width = ink.shape
    moments = cv2.moments(ink)
    mass = moments["m00"] or 1.0
    left = round((side - 1) / 2 - moments["m10"] / mass)
    top = round((side - 1) / 2 - moments["m01"] / mass)
    left = min(max(left, 0), side - width)
    top = min(max(top, 0), side - height)
    placed = np.zeros((side, side), np.uint8)
    placed[top : top + height, left : left + width] = ink
    return placed
