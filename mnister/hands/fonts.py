"""Text in free fonts: letters as pieces of ink, each drawn once and then scaled.

The fonts in `fonts/` are under the SIL Open Font License or the Apache License (`fonts/README.md`
names them and their authors); DejaVu, Computer Modern and STIX come with Matplotlib.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mnister.hands.drawing import scaled, turned

_FOLDER = Path(__file__).parent / "fonts"
_DRAWN = 48  # pixels of an em at which letters are drawn
_INK = 96  # coverage from which on a pixel belongs to a letter's box

# What training sees, and what validation sees in its place.
PRINT = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif",
    "DejaVuSerif-Bold", "cmr10", "cmb10", "cmtt10", "cmss10", "STIXGeneral",
    "STIXGeneralItalic", "courier-prime", "oswald", "barlow-condensed", "libre-baskerville",
    "special-elite", "arimo", "tinos", "cousine", "lato", "roboto-slab", "roboto-condensed",
    "montserrat", "merriweather", "playfair-display", "crimson-text", "ibm-plex-mono",
    "share-tech-mono", "anonymous-pro", "cutive-mono", "rajdhani", "archivo-narrow",
    "bebas-neue", "anton", "arvo", "alegreya", "quicksand", "nunito", "jura", "fira-sans",
    "inter", "old-standard-tt", "josefin-sans", "dosis", "oxanium", "gelasio", "space-mono",
    "saira-extra-condensed", "nixie-one", "orbitron", "abril-fatface", "bitter",
)  # fmt: skip
HANDWRITING = (
    "caveat", "kalam", "patrick-hand", "indie-flower", "reenie-beanie", "dancing-script",
    "homemade-apple", "cedarville-cursive", "permanent-marker", "playwrite-cl",
    "playwrite-de-sas", "playwrite-us-trad", "gloria-hallelujah", "shadows-into-light",
    "covered-by-your-grace", "just-another-hand", "just-me-again-down-here",
    "annie-use-your-telescope", "zeyada", "la-belle-aurore", "over-the-rainbow",
    "sue-ellen-francisco", "waiting-for-the-sunrise", "swanky-and-moo-moo",
    "loved-by-the-king", "give-you-glory", "dawning-of-a-new-day", "crafty-girls",
    "nothing-you-could-do", "nanum-pen-script", "sedgwick-ave", "kristi", "mansalva",
    "bad-script", "beth-ellen", "long-cang", "liu-jian-mao-cao", "mr-dafoe", "meddon", "bilbo",
    "ruthie", "licorice", "caramel", "square-peg",
)  # fmt: skip
UNSEEN_PRINT = (
    "inconsolata", "eb-garamond", "vt323", "STIXGeneralBol", "DejaVuSansMono-Bold",
    "league-gothic", "pt-serif", "noto-sans", "overpass-mono",
)  # fmt: skip
UNSEEN_HANDWRITING = (
    "gochi-hand", "marck-script", "the-girl-next-door", "yomogi", "edu-sa-beginner",
)  # fmt: skip


@dataclass(frozen=True)
class Face:
    """A font as it is set: plain, or changed into one more of its family.

    Attributes:
        font: Its name, as in `PRINT`.
        slant: Columns to the right for each row up.
        stretch: Multiple of its width.
        weight: Pixels by which strokes are broader, at `_DRAWN` pixels an em; below 0: finer.
    """

    font: str
    slant: float = 0.0
    stretch: float = 1.0
    weight: int = 0


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


@functools.lru_cache(maxsize=8192)
def letter_of(face: Face, character: str) -> Letter:
    """Draw a letter of a face."""
    plain = letter(face.font, character)
    if face == Face(face.font):
        return plain
    advance = plain.advance * face.stretch + face.weight
    if not plain.ink.size:
        return Letter(plain.ink, 0, 0, advance)
    pad = max(face.weight, 0)
    ink = cv2.copyMakeBorder(plain.ink, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    if face.weight:
        kernel = np.ones((abs(face.weight) + 1,) * 2, np.uint8)
        changed = cv2.dilate(ink, kernel) if face.weight > 0 else cv2.erode(ink, kernel)
        ink = changed if cv2.countNonZero(changed) else ink
    wide = max(1, round(ink.shape[1] * face.stretch))
    ink = cv2.resize(ink, (wide, ink.shape[0]), interpolation=cv2.INTER_LINEAR)
    ink = turned(ink, 0, face.slant) if face.slant else ink
    foot = -(plain.top + plain.ink.shape[0])  # rows from the baseline up to the lowest
    left = (plain.left - pad) * face.stretch + face.slant * foot
    return Letter(ink, round(left), plain.top - pad, advance)


@functools.cache
def letter(name: str, character: str) -> Letter:
    """Draw a letter of a font, once a process."""
    font = _font(name)
    mask, (left, top) = font.getmask2(character, mode="L", anchor="ls")
    drawn = np.array(mask, np.uint8).reshape(mask.size[::-1])
    if not drawn.size:  # a space
        return Letter(drawn.reshape(0, 0), 0, 0, float(font.getlength(character)))
    x, y, width, height = cv2.boundingRect(cv2.compare(drawn, _INK, cv2.CMP_GE))
    ink = np.ascontiguousarray(drawn[y : y + height, x : x + width])
    return Letter(ink, left + x, top + y, float(font.getlength(character)))


def typeset(text: str, face: Face | str, height: float, spacing: float = 0.0) -> Text:
    """Set a line of text.

    Args:
        text: Latin letters, digits and signs.
        face: How; a font's name: as it is.
        height: Of the font's digit 0, pixels.
        spacing: Between letters, in heights, on top of the font's own.
    """
    face = Face(face) if isinstance(face, str) else face
    letters = [letter_of(face, character) for character in text]
    scale = height / max(letter(face.font, "0").ink.shape[0], 1)
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
