"""The way of one picture of a form: loaded, aligned to the template, read, its fields filled."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from mnister.documents.find import page_of
from mnister.forms.align import LEAST_SHARE, Alignment, align, aligned
from mnister.forms.fields import SMALL, UNREADABLE, FieldReading, read_fields
from mnister.forms.form_file import Form
from mnister.forms.template import Template
from mnister.forms.unread import written_ink
from mnister.images.draw import annotate
from mnister.images.files import WORKING_PIXELS, Picture, load_picture, picture_from_array
from mnister.reading.page import Page
from mnister.reading.reader import Reader

_HEIGHTS = (32, 72)  # pixels of a field, as a page is read: digits are some two thirds of it
_MOST = 2.0  # times as large as it is a page is read, at most


@dataclass(frozen=True)
class FormPage:
    """A page, its fields read.

    Attributes:
        file: As found; None for an array.
        fields: In the order of the form; none where the page does not fit it.
        note: Why it does not fit; that its fields are too small to be read well.
        homography: From the template's pixels to the picture's, where it fits.
        picture: uint8 (h, w, 3), RGB, the page as it lies below the template.
        scale: Pixels of that for each of the template.
        boxes: Of the fields, pixels of the template.
        error: Why it could not be read.
    """

    file: str | None
    fields: tuple[FieldReading, ...] = ()
    note: str | None = None
    homography: np.ndarray | None = None
    picture: np.ndarray | None = field(default=None, repr=False)
    scale: float = 1.0
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    error: str | None = None

    def annotated(self) -> np.ndarray:
        """Draw what was read onto the aligned page: uint8 (h, w, 3), RGB."""
        boxes = [tuple(value * self.scale for value in box) for box in self.boxes]
        wrong = [None if reading.note is None else False for reading in self.fields]
        return annotate(self.picture, boxes, [reading.text for reading in self.fields], wrong)


class FormReader:
    """Reads the fields of pictures of one form. Loads once, reads many.

    Args:
        reader: Reads the aligned page, with rotation=0.
        form: The template and its fields.

    Attributes:
        networks: Those in use.
    """

    def __init__(self, reader: Reader, form: Form) -> None:
        self.reader, self.form = reader, form
        self._smaller = form.picture.scale  # pixels of form.yaml for each of the template's here
        grey = cv2.cvtColor(form.picture.pixels, cv2.COLOR_RGB2GRAY)
        boxes = [[value / self._smaller for value in each.box] for each in form.fields]
        self.template = Template(grey, boxes)

    @property
    def networks(self) -> list:
        """Those in use."""
        return self.reader.networks

    def read(self, picture: str | Path | np.ndarray | Picture) -> FormPage:
        """Read the fields of one picture.

        Args:
            picture: A file, or what `images.files.picture_from_array` takes.

        Returns:
            The page; without fields where it does not fit the template, and then `note` says so.

        Raises:
            UserError: When the file cannot be read.
        """
        is_given = isinstance(picture, np.ndarray | Picture)
        file = None if is_given else str(picture)
        # 1. Load.
        loaded = picture_from_array(picture) if is_given else load_picture(page_of(picture))
        # 2. Align.
        grey = cv2.cvtColor(loaded.pixels, cv2.COLOR_RGB2GRAY)
        found = align(self.template, grey)
        if found is None or not found.fits:
            most = self._height() * max(grey.shape) / max(self.template.shape) * loaded.scale
            return FormPage(file, note=misfit(self.form.template, found, most))
        # 3. Read the page as it lies below the template, its fields of a good height.
        scale, pixels = self._below(loaded.pixels, found.homography)
        page = self.reader.read(Picture(pixels, pixels.shape[1], pixels.shape[0]))
        # 4. Give each digit to its field.
        bears = self.template.scale_on(found.homography)
        height = self._height() * bears * loaded.scale
        heights = [each.box[3] / self._smaller * bears * loaded.scale for each in self.form.fields]
        boxes = [[value * scale / self._smaller for value in f.box] for f in self.form.fields]
        below = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        readings = read_fields(
            page,
            self.form.fields,
            scale / self._smaller,
            ink=written_ink(below, self.template.grey, boxes, scale / bears),
            heights=heights,
        )
        return FormPage(
            file,
            tuple(readings),
            note=too_small(height) if height < SMALL else None,
            homography=self._in_originals(found.homography, loaded),
            picture=pixels,
            scale=scale / self._smaller,
            boxes=tuple(each.box for each in self.form.fields),
        )

    def _below(self, pixels: np.ndarray, homography: np.ndarray) -> tuple[float, np.ndarray]:
        """Return a picture below the template, as large as is good to read, and its scale."""
        height, width = self.template.shape
        bears = self.template.scale_on(homography)
        sides = (side / self._height() for side in _HEIGHTS)
        scale = min(float(np.clip(bears, *sides)), _MOST * bears)
        scale = min(scale, (WORKING_PIXELS / (width * height)) ** 0.5)
        shape = max(8, round(height * scale)), max(8, round(width * scale))
        down = np.diag([width / shape[1], height / shape[0], 1.0])
        return scale, aligned(pixels, homography @ down, shape)

    def _height(self) -> float:
        """Return how high most fields are, pixels of the template."""
        return float(np.median([each.box[3] for each in self.form.fields])) / self._smaller

    def _in_originals(self, homography: np.ndarray, picture: Picture) -> np.ndarray:
        """Return a homography between pictures scaled down as one between those in the files."""
        to_small, to_large = 1 / self._smaller, picture.scale
        whole = (
            np.diag([to_large, to_large, 1.0]) @ homography @ np.diag([to_small, to_small, 1.0])
        )
        return whole / whole[2, 2]


def misfit(template: str, found: Alignment | None, height: float) -> str:
    """Say that a page does not fit a template, and how it is known.

    Args:
        template: Its name.
        found: What fits best.
        height: Pixels of most fields, if the form filled the picture.
    """
    if found is None or not len(found.agreement.offsets):
        why = "nothing of its print was found"
    else:
        why = f"{found.agreement.share:.0%} of its print is where it should be"
        if found.agreement.share >= LEAST_SHARE:
            why += ", which is too little of it to be sure; a sharper or larger picture may do"
    said = f"The page does not fit {template}: {why}. It was not read."
    if height < UNREADABLE:
        said += (
            f" On so small a picture its fields are {height:.0f} pixels high at most, too small "
            "to be read; one taken from nearer by may fit."
        )
    return said


def too_small(height: float) -> str:
    """Say that digits are too small to be read well, or at all."""
    are_read = (
        "no digits so small are read"
        if height < UNREADABLE
        else "few digits so small are read rightly"
    )
    return (
        f"The fields are only {height:.0f} pixels high on the picture: {are_read}. "
        "A picture taken from nearer by is read better."
    )


def as_form_page(page: FormPage | Page) -> FormPage:
    """Return a page that could not be read, as `read_many` gives it, as one of a form."""
    return page if isinstance(page, FormPage) else FormPage(page.file, error=page.error)
