"""Empty paper with its printed rules, and the ink that is laid on it."""

import cv2
import numpy as np

from mnister.pages.style import RULES, SHEETS, Color, PageStyle


def draw_sheet(shape: tuple[int, int], style: PageStyle, baseline: int) -> np.ndarray:
    """Draw the empty paper with thin, pale rules that the baselines stand on.

    Args:
        shape: Height and width of the page, in pixels.
        style: Gives paper, sheet, digit height and line spacing.
        baseline: The row of one baseline, in pixels.

    Returns:
        uint8 (H, W, 3).
    """
    sheet = np.full((*shape, 3), SHEETS[style.sheet], dtype=np.uint8)
    if style.paper == "plain":
        return sheet
    spacing = style.digit_height * style.line_spacing
    if style.paper == "squared":
        spacing /= round(2 * style.line_spacing)  # squares half as tall as a digit
        sheet[:, rule_positions(shape[1], spacing, spacing / 2)] = RULES[style.sheet]
    sheet[rule_positions(shape[0], spacing, baseline + 1)] = RULES[style.sheet]
    return sheet


def rule_positions(length: int, spacing: float, start: float) -> np.ndarray:
    """List where rules of a given spacing lie, one of them at `start`.

    Args:
        length: How long the side of the page is, in pixels.
        spacing: From one rule to the next, in pixels.
        start: Where one of the rules lies, in pixels.

    Returns:
        int64 (K,), all within 0 to length - 1.
    """
    positions = np.round(np.arange(start % spacing, length, spacing)).astype(np.int64)
    return positions[positions < length]


def ink_evenness(shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Make the soft field of how well the pen takes, by which its coverage is multiplied.

    Args:
        shape: Height and width of the page, in pixels.
        generator: Source of the field.

    Returns:
        float64 (H, W), 0.82 to 0.98, changing over some 8 pixels.
    """
    coarse = generator.integers(0, 256, (shape[0] // 8 + 2, shape[1] // 8 + 2), dtype=np.uint8)
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR_EXACT)
    return 0.82 + 0.16 * (field / 255)


def lay_ink(sheet: np.ndarray, coverage: np.ndarray, color: Color) -> np.ndarray:
    """Colour the covered part of the paper with ink.

    Args:
        sheet: uint8 (H, W, 3).
        coverage: float (H, W), 0 to 1.
        color: Blue, green and red of the ink.

    Returns:
        uint8 (H, W, 3).
    """
    share = coverage[..., None]
    return to_uint8(sheet * (1 - share) + np.array(color) * share)


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Round to whole grey values from 0 to 255.

    Args:
        values: float, any shape.

    Returns:
        uint8, the same shape.
    """
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
