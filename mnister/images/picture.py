"""A picture of one digit becomes the 28 × 28 image that a network is trained on."""

from pathlib import Path

import cv2
import numpy as np

from mnister.errors import UserError
from mnister.images.files import load_picture
from mnister.images.headers import read_header
from mnister.images.ink import find_ink
from mnister.images.normalize import FRAME, normalize_digit


def read_digit(path: str | Path, threshold: str | float = "auto") -> np.ndarray:
    """Read a picture of one digit as the MNIST authors normalised theirs.

    Args:
        path: The picture file.
        threshold: T, what is ink: "auto", "otsu", "sauvola", or a grey level from 0 to 255.

    Returns:
        uint8 (28, 28), white on black.

    Raises:
        UserError: The file cannot be read, or holds no ink.
    """
    grey = cv2.cvtColor(load_picture(path).pixels, cv2.COLOR_RGB2GRAY)
    ink = find_ink(grey, threshold).mask
    if not ink.any():
        raise UserError(
            f"{path} holds no ink",
            expected="one digit that stands out from the paper",
            received=f"nothing with T = {threshold}",
            instead="another preprocessing.threshold, or remove the picture",
        )
    return normalize_digit(ink)


def decode_image(data: bytes) -> np.ndarray:
    """Take a picture's file as an image that is normalised already.

    Args:
        data: The whole file.

    Returns:
        uint8 (28, 28), grey.

    Raises:
        UserError: It is no picture, damaged, or of another size.
    """
    header = read_header(data)
    if header is not None and (header.height, header.width) != (FRAME, FRAME):
        raise UserError(
            f"{header.width}×{header.height} pixels instead of {FRAME}×{FRAME}",
            expected=f"{FRAME}×{FRAME} pixels",
        )
    encoded = np.frombuffer(data, np.uint8)
    image = None if header is None else cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    if image is None or image.shape != (FRAME, FRAME):
        raise UserError("no undamaged picture", received=f"{len(data):,} bytes")
    return image
