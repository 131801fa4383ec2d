"""How much ink stands in the fields of a page that the template has not printed."""

from collections.abc import Sequence

import cv2
import numpy as np

from mnister.forms.agreement import print_of

_NEARBY = 1.5  # pixels of the picture, by which a page may be off its template
_DARKER = 1.2  # times as dark as the print near it
_GRAIN = 5.0  # times the page's grain
_FAINTEST = 0.03  # of the paper's light
_INNER = 0.12  # of a field's height: nearer to its edge is what reaches in from elsewhere


def written_ink(
    page: np.ndarray,
    template: np.ndarray,
    boxes: Sequence[Sequence[float]],
    finer: float,
) -> list[float]:
    """Measure what is written in each field.

    Args:
        page: uint8 (height, width), as it lies below the template.
        template: uint8 (h, w), the empty form, of any size.
        boxes: x, y, width, height of each field, pixels of the page.
        finer: How many times larger the page is than the picture it comes from; below 1 it is
            smaller.

    Returns:
        For each field the area of ink that is not the template's, in squares of its height. On
        made forms of 600 pixels and more it is 0.01 at most in empty fields, and 0.1 at least in
        filled ones.
    """
    seen, finer = print_of(page), max(1.0, finer)
    as_sharp = [max(1, round(side / finer)) for side in page.shape[::-1]]
    blurred = cv2.resize(template, as_sharp, interpolation=cv2.INTER_AREA)
    own = print_of(cv2.resize(blurred, page.shape[::-1], interpolation=cv2.INTER_CUBIC))
    reach = 2 * max(1, round(_NEARBY * finer)) + 1
    near = cv2.dilate(own, np.ones((reach, reach), np.uint8))
    bare = seen[near < _FAINTEST]
    level = float(np.median(bare)) if bare.size else 0.0
    grain = 1.48 * float(np.median(np.abs(bare - level))) if bare.size else 0.0
    is_written = seen - level > _DARKER * near + _GRAIN * grain + _FAINTEST
    areas = []
    for x, y, width, height in boxes:
        rim = _INNER * height
        rows = slice(max(0, round(y + rim)), max(0, round(y + height - rim)) + 1)
        columns = slice(max(0, round(x + rim)), max(0, round(x + width - rim)) + 1)
        areas.append(float(is_written[rows, columns].sum()) / max(1.0, height * height))
    return areas
