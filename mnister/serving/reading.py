"""Reading in a worker's process: a picture's file comes, what is answered goes back, as bytes.

The verbs of a server of networks: `start` sets up, `_Reading` decodes, predicts and encodes.
"""

import base64
import csv
import functools
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2

from mnister.images.files import picture_from_bytes
from mnister.models.builtin import is_builtin
from mnister.models.store import ExportedModel
from mnister.reading.library import Reader
from mnister.reading.many import give_memory_back
from mnister.reading.page import Page
from mnister.reading.predictions import COLUMNS, Predictions, page_as_json

JSON, PNG, CSV = "application/json", "image/png", "text/csv"
_READERS = 8  # with options of requests, kept
_LARGE = 4_000_000  # bytes of pixels: after larger ones memory is given back


@dataclass(frozen=True)
class Job:
    """A picture to read.

    Attributes:
        data: Its file.
        model: Folder of the version that looks again at each digit; None: the page network alone.
        options: Of the reader, sorted pairs.
        kind: Of the answer: JSON, PNG or CSV.
        has_details: With what the network saw and said of each digit; JSON only.
        most_pixels: Of the picture.
    """

    data: bytes
    model: str | None
    options: tuple[tuple[str, Any], ...]
    kind: str = JSON
    has_details: bool = False
    most_pixels: int = 150_000_000


@dataclass(frozen=True)
class Read:
    """What came of it: the answer's body, and how many digits were read."""

    body: bytes
    digits: int


def start(model: str | None, settings: dict[str, Any], options: tuple) -> Callable[[Job], Read]:
    """Set up: load the networks that most requests ask for.

    Args:
        model: A version's folder; None: the page network reads alone.
        settings: Arguments of `Reader` that no request changes.
        options: Those that a request may change, as the first will have them.

    Returns:
        The function that does a job.
    """
    cv2.setNumThreads(1)  # one core is one process's share
    reading = _Reading(settings)
    reading.reader(model, options)
    return reading.do


class _Reading:
    """Reads pictures with readers that it keeps."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._runtime = settings["runtime"]
        self.reader = functools.lru_cache(_READERS)(
            lambda model, options: Reader(model, **settings, **dict(options))
        )

    def do(self, job: Job) -> Read:
        """Decode, predict, encode."""
        started = time.perf_counter()
        reader = self.reader(job.model, job.options)
        picture = picture_from_bytes(job.data, most_pixels=job.most_pixels)
        page = reader.read(picture)
        load_ms = 1000 * (time.perf_counter() - started) - page.milliseconds["total"]
        page = replace(page, milliseconds=page.milliseconds | {"load": load_ms})
        encode = {JSON: _as_json, PNG: _as_png, CSV: _as_csv}[job.kind]
        networks = {key: self._told(model) for key, model in reader.models.items()}
        body = encode(page, job, networks, reader.class_names)
        if page.picture is not None and page.picture.nbytes > _LARGE:
            give_memory_back()
        return Read(body, len(page.digits))

    def _told(self, model: ExportedModel | None) -> dict[str, Any] | None:
        """Return a network as predictions.json names it, but for where it lies."""
        if model is None:
            return None
        runtime = "litert" if is_builtin(model) else self._runtime
        return {"name": model.name, "version": model.version, "runtime": runtime}


def _as_json(
    page: Page, job: Job, networks: dict[str, Any], class_names: tuple[str, ...]
) -> bytes:
    """Encode a page as predictions.json has it."""
    image = page_as_json(page)
    if job.has_details:
        image["class_names"] = list(class_names)
        for digit, told in zip(page.digits, image["digits"], strict=True):
            told["image"] = base64.b64encode(digit.image.tobytes()).decode()
            told["probabilities"] = [round(p, 4) for p in digit.probabilities]
    timing = {name: round(value, 1) for name, value in page.milliseconds.items()}
    whole = {**networks, "images": [image], "timing_ms": timing}
    return json.dumps(whole, ensure_ascii=False).encode()


def _as_png(page: Page, *_: Any) -> bytes:
    """Encode a page's picture with its boxes and readings."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(page.annotated(), cv2.COLOR_RGB2BGR))
    return encoded.tobytes()


def _as_csv(page: Page, *_: Any) -> bytes:
    """Encode a page as predictions.csv has it."""
    table = io.StringIO(newline="")
    csv.writer(table).writerow(COLUMNS)
    Predictions(io.StringIO(), table, io.StringIO()).add(page)
    return table.getvalue().encode()
