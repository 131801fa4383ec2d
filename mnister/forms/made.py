"""Made forms: an empty one, the same filled in by hand, and photos of it, with the truth.

A form is a function of a seed and a number. Forms of one house have its head, its print and its
paper in common and ask for other things in other places.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from mnister.hands.drawing import field as smooth_field
from mnister.hands.drawing import lay, log_uniform, pick
from mnister.hands.fonts import PRINT, UNSEEN_PRINT, typeset
from mnister.hands.hand import draw_hand, write_digit
from mnister.hands.page_digits import PageDigits
from mnister.hands.words import WORDS
from mnister.paper.papers import TABLES

SIZES = ((1400, 990), (990, 1400), (1000, 1000), (1300, 800))  # height and width, pixels
INK, PAPER = 45, 246  # grey values of the print and of the paper
_STREAM = 77  # keeps these random numbers apart from those of other uses of the same seed
_HEAD, _BODY, _PEN, _CAMERA = range(4)


@dataclass(frozen=True)
class MadeField:
    """A place to write in.

    Attributes:
        kind: "box", "comb", "cells" (boxes apart) or "line".
        box: x, y, width, height, pixels of the form.
        digits: How many belong there.
        cells: The box of each digit; of a box or a line, itself alone.
    """

    kind: str
    box: tuple[int, int, int, int]
    digits: int
    cells: tuple[tuple[int, int, int, int], ...]


@dataclass
class MadeForm:
    """An empty form.

    Attributes:
        print: uint8 (height, width), how much of each pixel the press covers.
        fields: From top to bottom.
    """

    print: np.ndarray
    fields: list[MadeField] = field(default_factory=list)

    @property
    def blank(self) -> np.ndarray:
        """The empty form: uint8 (height, width), grey."""
        return _inked(np.full(self.print.shape, PAPER, np.float32), self.print, INK)


def make_form(seed: int, number: int, of_house: int = 0) -> MadeForm:
    """Make an empty form.

    Args:
        seed: Of all forms of a measurement.
        number: Of the house that it is of.
        of_house: Which of the forms of that house.
    """
    head = np.random.default_rng([seed, number, _STREAM, _HEAD])
    body = np.random.default_rng([seed, number, _STREAM, _BODY, of_house])
    height, width = SIZES[head.integers(len(SIZES))]
    form = MadeForm(np.zeros((height, width), np.uint8))
    fonts = [*PRINT, *UNSEEN_PRINT]
    title, small = (fonts[i] for i in head.integers(len(fonts), size=2))
    margin, line = int(head.uniform(40, 80)), int(head.uniform(1, 3.4))
    y = margin + _print_head(form, head, title, margin)
    rows, columns = int(head.integers(4, 11)), int(head.integers(1, 3))
    pitch = (height - margin - y) / rows
    cell = int(np.clip(pitch * body.uniform(0.45, 0.6), 30, 62))
    across = (width - 2 * margin) // columns
    for row in range(rows):
        for column in range(columns):
            x, top = margin + column * across, round(y + row * pitch)
            if body.random() < 0.15:
                _print_words(form, body, small, (x, top + 14), across - 30)
            else:
                _print_field(form, body, small, (x, top), across - 30, cell, line)
    return form


def _words(rng: np.random.Generator, count: int) -> str:
    text = " ".join(WORDS[i] for i in rng.integers(len(WORDS), size=count))
    return text.upper() if rng.random() < 0.15 else text.capitalize()


def _print_head(form: MadeForm, rng: np.random.Generator, font: str, margin: int) -> int:
    """Print the head of a house's forms: its mark, its title. Return how high it is."""
    tall = int(rng.uniform(18, 40))
    x = margin
    if rng.random() < 0.4:
        side = int(rng.uniform(1.2, 2) * tall)
        centre = (x + side // 2, margin + side // 2)
        if rng.random() < 0.5:
            cv2.circle(form.print, centre, side // 2, 255, int(rng.choice([-1, 4])), cv2.LINE_AA)
        else:
            cv2.rectangle(form.print, (x, margin), (x + side, margin + side), 255, 5)
        x += side + 20
    text = typeset(_words(rng, int(rng.integers(2, 5))), font, tall).ink
    lay(form.print, text[:, : form.print.shape[1] - x - margin], x, margin)
    if rng.random() < 0.5:
        end = (form.print.shape[1] - margin, margin + 2 * tall)
        cv2.line(form.print, (margin, end[1]), end, 255, int(rng.integers(1, 5)))
    return 2 * tall + int(rng.uniform(20, 50))


def _print_words(
    form: MadeForm, rng: np.random.Generator, font: str, place: tuple[int, int], width: int
) -> None:
    """Print two or three lines of small text."""
    tall = int(rng.uniform(9, 14))
    for row in range(int(rng.integers(2, 4))):
        ink = typeset(_words(rng, int(rng.integers(4, 12))), font, tall).ink
        lay(form.print, ink[:, :width], place[0], place[1] + row * 2 * tall)


def _print_field(
    form: MadeForm,
    rng: np.random.Generator,
    font: str,
    place: tuple[int, int],
    width: int,
    cell: int,
    line: int,
) -> None:
    """Print a caption and a place to write in, if there is room."""
    x, y = place
    caption = typeset(_words(rng, int(rng.integers(1, 3))), font, int(rng.uniform(10, 17))).ink
    is_above = rng.random() < 0.5
    kind = str(rng.choice(["box", "comb", "cells", "line"]))
    digits = int(rng.integers(1, 9)) if kind in ("box", "line") else int(rng.integers(2, 9))
    wide = {"box": 0.8, "comb": 0.85, "cells": 1.15, "line": 0.85}[kind] * cell
    room = width if is_above else width - caption.shape[1] - 14
    digits = min(digits, int((room - 0.4 * cell) // wide))
    if digits < (1 if kind in ("box", "line") else 2):
        return
    lay(form.print, caption, x, y if is_above else y + (cell - caption.shape[0]) // 2)
    left = x if is_above else x + caption.shape[1] + 14
    top = y + caption.shape[0] + 5 if is_above else y
    if kind in ("box", "line"):
        whole = (left, top, round(digits * wide + 0.4 * cell), cell)
        cells = [whole]
    else:
        step, own = round(wide), round(wide if kind == "comb" else 0.82 * cell)
        cells = [(left + i * step, top, own, cell) for i in range(digits)]
        whole = (left, top, (digits - 1) * step + own, cell)
    if top + cell + 6 > form.print.shape[0]:
        return
    for a, b, w, h in cells:
        if kind == "line":
            cv2.line(form.print, (a, b + h), (a + w, b + h), 255, line)
        else:
            cv2.rectangle(form.print, (a, b), (a + w, b + h), 255, line)
    form.fields.append(MadeField(kind, whole, digits, tuple(cells)))


def fill_form(
    form: MadeForm, seed: int, number: int, digits: PageDigits, *, empty: float = 0.1
) -> tuple[np.ndarray, list[str]]:
    """Fill a form in by hand, by one writer.

    Args:
        form: The empty one; it stays as it is.
        seed: As of `make_form`.
        number: Of the filling.
        digits: What is written with.
        empty: Share of fields that are left out.

    Returns:
        uint8 (height, width), grey; and what stands in each field.
    """
    rng = np.random.default_rng([seed, number, _STREAM, _PEN])
    hand, written, texts = draw_hand(rng), np.zeros_like(form.print), []
    fill = rng.uniform(0.55, 0.85)
    for place in form.fields:
        count = 0 if rng.random() < empty else place.digits
        text = "".join(str(digit) for digit in rng.integers(10, size=count))
        texts.append(text)
        x, y, width, height = place.box
        cells = place.cells
        if len(cells) == 1:
            step = (width - 0.2 * height) / max(1, place.digits)
            cells = [(x + 0.1 * height + i * step, y, step, height) for i in range(count)]
        for digit, (a, b, w, h) in zip(text, cells, strict=False):
            ink = write_digit(rng, int(digit), fill * h, hand, digits)
            left = a + (w - ink.box[2]) / 2 + rng.normal(0, 0.04) * w
            top = b + (h - ink.box[3]) / 2 + rng.normal(0, 0.04) * h
            lay(written, ink.coverage, round(left - ink.box[0]), round(top - ink.box[1]))
    return _inked(form.blank.astype(np.float32), written, rng.uniform(20, 110)), texts


def _inked(paper: np.ndarray, cover: np.ndarray, level: float) -> np.ndarray:
    """Lay ink of a grey level on paper, float32 (h, w), where it covers it: uint8."""
    share = cover.astype(np.float32) / 255
    return np.clip(paper + share * (np.minimum(level, paper) - paper) + 0.5, 0, 255).astype("u1")


@dataclass(frozen=True)
class MadePhoto:
    """A photo of a form.

    Attributes:
        image: uint8 (H, W), grey.
        homography: float64 (3, 3), from the form's pixels to the photo's.
    """

    image: np.ndarray
    homography: np.ndarray


def photograph(sheet: np.ndarray, seed: int, number: int, longest: int | None = None) -> MadePhoto:
    """Photograph a sheet askew: perspective, any way up, light, a table below it.

    Args:
        sheet: uint8 (height, width), grey.
        seed: As of `make_form`.
        number: Of the photo.
        longest: Pixels of the photo's long side; None: 150 to 4,000, small and large alike often.
    """
    rng = np.random.default_rng([seed, number, _STREAM, _CAMERA])
    drawn = round(log_uniform(rng, 150, 4000))
    longest = longest or drawn
    finer = max(1, -(-1600 // longest))  # drawn finer and shrunk: nothing flickers
    shape = _photo_shape(rng, longest * finer)
    view = _view(rng, sheet.shape, shape)
    table = pick(rng, TABLES)(rng, 256).astype(np.float32)
    scene = cv2.resize(table, shape[::-1], interpolation=cv2.INTER_CUBIC)
    seen = cv2.warpPerspective(
        sheet, _centred(view), shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = cv2.warpPerspective(np.full_like(sheet, 255), _centred(view), shape[::-1])
    share = mask.astype(np.float32) / 255
    scene = share * seen + (1 - share) * np.clip(scene, 10, 225)
    small = cv2.resize(scene, None, fx=1 / finer, fy=1 / finer, interpolation=cv2.INTER_AREA)
    homography = np.diag([1 / finer, 1 / finer, 1]) @ view
    return MadePhoto(_developed(rng, _lit(rng, small)), homography / homography[2, 2])


def _centred(view: np.ndarray) -> np.ndarray:
    """Return a view whose whole numbers are the middles of pixels, as OpenCV's are."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(half) @ view @ half


def _photo_shape(rng: np.random.Generator, longest: int) -> tuple[int, int]:
    short = round(longest * rng.uniform(0.66, 0.8))
    return (longest, short) if rng.random() < 0.5 else (short, longest)


def _view(rng: np.random.Generator, sheet: tuple[int, ...], photo: tuple[int, int]) -> np.ndarray:
    """Draw how a sheet lies before the camera: turned, tilted, filling most of the photo."""
    height, width = sheet[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    flat = (corners - (width / 2, height / 2)) / max(height, width)
    is_across = (height > width) != (photo[0] > photo[1])
    turn = np.radians(90 * (2 * rng.integers(2) + is_across) + rng.normal(0, 6))
    tilts = np.radians(rng.normal(0, 14, 2).clip(-30, 30))
    cos, sin = np.cos(turn), np.sin(turn)
    x, y = cos * flat[:, 0] - sin * flat[:, 1], sin * flat[:, 0] + cos * flat[:, 1]
    away = 1.6 + np.sin(tilts[0]) * x + np.sin(tilts[1]) * y
    seen = np.stack([np.cos(tilts[0]) * x / away, np.cos(tilts[1]) * y / away], axis=1)
    seen -= (seen.min(axis=0) + seen.max(axis=0)) / 2
    room = np.array(photo[::-1]) / np.ptp(seen, axis=0)
    seen *= room.min() * rng.uniform(0.72, 0.97)
    spare = np.array(photo[::-1]) - np.ptp(seen, axis=0)
    seen += np.array(photo[::-1]) / 2 + spare * rng.uniform(-0.4, 0.4, 2)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))


def _lit(rng: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """Let light fall on it: from one side, uneven, at times with a shadow's edge."""
    height, width = scene.shape
    light = rng.uniform(0.55, 1.0) * (1 + 0.09 * smooth_field(rng, (height, width), (3, 3)))
    if rng.random() < 0.4:
        across = np.linspace(-1, 1, width, dtype=np.float32)[None]
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        angle = rng.uniform(0, 2 * np.pi)
        off = np.cos(angle) * across + np.sin(angle) * down - rng.normal(0, 0.4)
        soft = np.clip(0.5 - off / log_uniform(rng, 0.02, 0.6), 0, 1)
        light = light * (1 - rng.uniform(0.1, 0.5) * soft)
    return scene * light


def _developed(rng: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """Blur it a little, add grain, compress it as cameras do."""
    blur = rng.uniform(0.3, 0.9) if max(scene.shape) < 1500 else rng.uniform(0.4, 1.8)
    scene = cv2.GaussianBlur(scene, (0, 0), blur)
    scene = scene + rng.standard_normal(scene.shape, dtype=np.float32) * rng.uniform(0.5, 5)
    grey = np.clip(scene + 0.5, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))]
    return cv2.imdecode(cv2.imencode(".jpg", grey, quality)[1], cv2.IMREAD_GRAYSCALE)
