"""Text in free fonts: letters as pieces of ink, each drawn once and then scaled.

The fonts in `fonts/` are under the SIL Open Font License or the Apache License (`fonts/README.md`
names them and their authors); DejaVu, Computer Modern and STIX come with Matplotlib.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnister.hands.drawing import scaled

_FOLDER = Path(__file__).parent / "fonts"
_DRAWN = 48  # pixels of an em at which letters are drawn
_INK = 96  # coverage from which on a pixel belongs to a letter's box

# What training sees, and what validation sees in its place.
PRINT = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif",
    "DejaVuSerif-Bold", "cmr10", "cmb10", "cmtt10", "cmss10", "STIXGeneral", "STIXGeneralItalic",
    "courier-prime", "oswald", "barlow-condensed", "libre-baskerville", "special-elite",
)  # fmt: skip
HANDWRITING = (
    "caveat", "kalam", "patrick-hand", "indie-flower", "reenie-beanie", "dancing-script",
    "homemade-apple", "cedarville-cursive", "permanent-marker",
)  # fmt: skip
UNSEEN_PRINT = ("inconsolata", "eb-garamond", "vt323", "STIXGeneralBol", "DejaVuSansMono-Bold")
UNSEEN_HANDWRITING = ("gochi-hand", "marck-script")


@dataclass(frozen=True)
class Letter:
    """One letter of a font at `_DRAWN` pixels an em.

    Attributes:
        ink: uint8 (h, w), cut out tightly; (0, 0) for a space.
        left: Columns from the pen's place to the ink.
        top: Rows from the baseline to the ink's first row; negative is above.
        advance: Columns from the pen's place to that of the next letter.
    """

    ink: np.ndarray
    left: int
    top: int
    advance: float


@dataclass(frozen=True)
class Text:
    """A line of text.

    Attributes:
        ink: uint8 (h, w), how much of each pixel is covered.
        baseline: Row of the ink on which the letters stand.
        boxes: float32 (N, 4), x, y, width, height of each character's ink within it; of no
            width where it has none.
    """

    ink: np.ndarray
    baseline: float
    boxes: np.ndarray


@functools.cache
def _font(name: str):
    """Open a font that lies here or comes with Matplotlib."""
    from matplotlib import get_data_path
    from PIL import ImageFont

    own = _FOLDER / f"{name}.woff2"
    path = own if own.exists() else Path(get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(str(path), _DRAWN, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def letter(name: str, character: str) -> Letter:
    """Draw a letter of a font, once a process."""
    from PIL import Image, ImageDraw

    font = _font(name)
    canvas = Image.new("L", (4 * _DRAWN, 4 * _DRAWN))
    ImageDraw.Draw(canvas).text((_DRAWN, 2 * _DRAWN), character, 255, font, anchor="ls")
    drawn = np.asarray(canvas)
    rows, columns = np.nonzero(drawn >= _INK)
    advance = float(font.getlength(character))
    if not rows.size:
        return Letter(np.zeros((0, 0), np.uint8), 0, 0, advance)
    top, left = int(rows.min()), int(columns.min())
    ink = np.ascontiguousarray(drawn[top : rows.max() + 1, left : columns.max() + 1])
    return Letter(ink, left - _DRAWN, top - 2 * _DRAWN, advance)


def typeset(text: str, name: str, height: float, spacing: float = 0.0) -> Text:
    """Set a line of text.

    Args:
        text: Latin letters, digits and signs.
        name: Of the font, as in `PRINT`.
        height: Of the font's digit 0, pixels.
        spacing: Between letters, in heights, on top of the font's own.
    """
    letters = [letter(name, character) for character in text]
    scale = height / max(letter(name, "0").ink.shape[0], 1)
    steps = [glyph.advance + spacing * height / scale for glyph in letters]
    lefts = np.cumsum([4.0, *steps])[:-1] + [glyph.left for glyph in letters]
    lefts -= min(0, lefts.min(initial=0))
    top = min([glyph.top for glyph in letters], default=0)
    bottom = max([glyph.top + glyph.ink.shape[0] for glyph in letters], default=1)
    wide = int(max([x + g.ink.shape[1] for x, g in zip(lefts, letters, strict=True)], default=1))
    canvas = np.zeros((bottom - top + 4, wide + 5), np.uint8)
    boxes = np.zeros((len(letters), 4), np.float32)
    for i, (x, glyph) in enumerate(zip(lefts, letters, strict=True)):
        rows, columns = glyph.ink.shape
        y = glyph.top - top + 2
        place = canvas[y : y + rows, int(x) : int(x) + columns]
        np.maximum(place, glyph.ink, out=place)
        boxes[i] = int(x), y, columns, rows
    return Text(scaled(canvas, scale), (2 - top) * scale, boxes * np.float32(scale))
