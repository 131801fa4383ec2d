"""Measure how the fields of made forms are found and read, and how often a wrong form is refused.

    python benchmarks/fields.py                     # 100 right forms, 100 wrong ones
    python benchmarks/fields.py --model none        # by the page network that comes with MNISTER

A form is made, filled in by hand and photographed askew; its long side has 150 to 4,000 pixels on
the photo. Every other wrong form is of the same house: its head, paper and print are the same. A
field is found where each corner of its box is at most a third of its height off.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from mnister.forms.form_file import Form, FormField
from mnister.forms.made import MadeForm, fill_form, make_form, photograph
from mnister.forms.reader import FormPage, FormReader
from mnister.hands.page_digits import load_page_digits
from mnister.images.files import Picture
from mnister.reading.library import Reader

NEAR = 1 / 3  # of a field's height
SIZES = (150, 300, 600, 1200, 2400, 4001)  # pixels of a photo's long side, told apart
SURE = (0.5, 0.9, 0.99)


@dataclass
class Count:
    """What was counted on photos of a size."""

    forms: int = 0
    fitting: int = 0
    fields: int = 0
    found: int = 0
    right: int = 0
    wrong_forms: int = 0
    refused: int = 0
    seconds: float = 0.0
    sure: list[tuple[float, bool]] = field(default_factory=list)


def as_form(made: MadeForm) -> Form:
    """Return a made form as one that a form.yaml describes."""
    pixels = cv2.cvtColor(made.blank, cv2.COLOR_GRAY2RGB)
    fields = tuple(
        FormField(f"box_{n}", place.box, place.digits) for n, place in enumerate(made.fields)
    )
    return Form("blank.png", Picture(pixels, pixels.shape[1], pixels.shape[0]), fields)


def made_pages(seed: int, count: int) -> Iterator[tuple[int, MadeForm, np.ndarray, list[str]]]:
    """Yield forms with fields, each with its number, filled in, and what stands there."""
    digits, number = load_page_digits(True), 0
    for _ in range(count):
        while not make_form(seed, number).fields:
            number += 1
        made = make_form(seed, number)
        yield number, made, *fill_form(made, seed, number, digits)
        number += 1


def are_found(made: MadeForm, page: FormPage, truth: np.ndarray) -> list[bool]:
    """Tell of each field whether it was found in its place."""
    found = []
    for place in made.fields:
        x, y, w, h = place.box
        corners = np.float32([[(x, y), (x + w, y), (x + w, y + h), (x, y + h)]])
        there = cv2.perspectiveTransform(corners, truth)[0]
        seen = cv2.perspectiveTransform(corners, page.homography)[0]
        height = np.linalg.norm(there[3] - there[0])
        found.append(bool(np.linalg.norm(seen - there, axis=1).max() <= NEAR * height))
    return found


def measure(reader: Reader, seed: int, forms: int) -> dict[int, Count]:
    """Read right and wrong forms; return what was counted, by the size of the photos."""
    counts = {size: Count() for size in SIZES[:-1]}
    for number, made, sheet, texts in made_pages(seed, forms):
        photo = photograph(sheet, seed, number)
        longest = max(photo.image.shape)
        count = counts[max(size for size in SIZES[:-1] if size <= longest)]
        started = time.process_time()
        page = FormReader(reader, as_form(made)).read(photo.image)
        count.seconds += time.process_time() - started
        count.forms += 1
        count.fields += len(texts)
        said = page.note
        if page.fields:
            found = sum(are_found(made, page, photo.homography))
            right = [each.text == text for each, text in zip(page.fields, texts, strict=True)]
            count.fitting += 1
            count.found += found
            count.right += sum(right)
            probabilities = [each.probability for each in page.fields]
            count.sure += zip(probabilities, right, strict=True)
            said = f"{found} found, {sum(right)} right"
        other = make_form(seed, number, 1) if number % 2 else make_form(seed, number + 10**6)
        count.wrong_forms += 1
        wrong = FormReader(reader, as_form(other)).read(photo.image)
        count.refused += not wrong.fields
        taken = "a wrong form was taken" if wrong.fields else "a wrong form was refused"
        print(f"{number}: {longest} pixels, {len(texts)} fields: {said}; {taken}", flush=True)
    return counts


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--forms", type=int, default=100, help="right ones, and as many wrong")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="latest", help="the digit network; none: without one")
    arguments = parser.parse_args()
    model = None if arguments.model == "none" else arguments.model
    reader = Reader(model, threads=1, rotation=0)
    counts = measure(reader, arguments.seed, arguments.forms)
    counts[0] = Count(
        *(sum(getattr(c, name) for c in counts.values())
          for name in ("forms", "fitting", "fields", "found", "right", "wrong_forms", "refused",
                       "seconds")),
        [pair for c in counts.values() for pair in c.sure],
    )  # fmt: skip
    print("pixels    forms  fit  fields   found    right   wrong forms  refused   s a form")
    for size, c in counts.items():
        fields = max(1, c.fields)
        print(f"{f'{size:,}-' if size else 'all':8} {c.forms:6} {c.fitting:4} {c.fields:7} "
              f"{c.found / fields:7.2%} {c.right / fields:8.2%} {c.wrong_forms:13} {c.refused:8} "
              f"{c.seconds / max(1, c.forms):10.2f}")  # fmt: skip
    for least in SURE:
        held = [is_right for likely, is_right in counts[0].sure if likely >= least]
        print(f"at least {least:.0%} sure: {np.mean(held or [0]):.2%} of {len(held):,} right")


if __name__ == "__main__":
    main()
