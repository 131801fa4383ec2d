"""The reader as a Python user imports it: from exported networks to a `Reader`."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mnister.detecting.calibration import AS_IT_IS
from mnister.detecting.detector import Detector
from mnister.detecting.second_look import SecondLook, as_described
from mnister.documents.find import page_of
from mnister.errors import UserError
from mnister.models import store
from mnister.models.builtin import find_version
from mnister.models.load import load_network
from mnister.models.runtimes import BATCH_SIZE
from mnister.models.store import ExportedModel
from mnister.reading import reader
from mnister.reading.page import Page

log = logging.getLogger("mnister.reading")


class Reader(reader.Reader):
    """Reads pictures with exported networks. Loads once, reads many.

        page = Reader().read("photo.jpg")
        page.lines, page.digits, page.annotated()

    Args:
        model: The digit network, which looks again at each digit: `latest`, a version number, a
            model's name, `name/number`, or a version's folder. `latest` where none is exported
            yet, or None or `none`: the page network reads alone.
        runtime: `litert`, which needs no TensorFlow, or `saved_model`.
        detector: The page network, which finds the digits: `builtin`, or one that
            `train.py experiment=page` exported, named as `model` is; `none`: they are found as
            pieces of ink.
        crop_network: Looks again at each digit that the page network found, cut out with what is
            around it: `builtin`, or one that `train.py experiment=crop` exported, named as
            `model` is; `none`: the page network's word counts alone.
        models_dir: Where exported models lie.
        batch_size: Digits the network is given at once.
        threads: Threads of the LiteRT interpreter; None: one a core.
        **options: Those of `mnister.reading.reader.Reader`: mode, threshold, reading_order,
            rotation, min_confidence, read_printed, debug_images.

    Attributes:
        detector: The page network, a `mnister.models.store.ExportedModel`; None: there is none.
        crop_network: The crop network; None: there is none.
        model: The digit network; None: there is none.
        load_ms: Milliseconds to check the versions' files and load the networks.

    Raises:
        UserError: There is no such model, a file of it was changed, or an option is not allowed.
    """

    def __init__(
        self,
        model: str | int | Path | None = "latest",
        runtime: str = "litert",
        *,
        detector: str | Path = "builtin",
        crop_network: str | Path = "builtin",
        models_dir: str | Path = "outputs/models",
        batch_size: int = BATCH_SIZE,
        threads: int | None = None,
        **options: Any,
    ) -> None:
        started = time.perf_counter()
        self.detector = find_detector(detector, models_dir)
        self.crop_network = find_crop_network(crop_network, models_dir)
        uses_threshold = self.detector is None or options.get("threshold", "auto") != "auto"
        if uses_threshold:
            self.detector = self.crop_network = None
        self.model = find_digit_model(model, models_dir, is_needed=uses_threshold)
        found = None
        if self.detector is not None:
            found = load_detector(self.detector, self.crop_network, runtime, threads=threads)
        classifier, names = None, None
        if self.model is not None:
            store.verify(self.model)
            classifier = load_network(self.model, runtime, batch_size=batch_size, threads=threads)
            names = self.model.class_names
        self.load_ms = 1000 * (time.perf_counter() - started)
        super().__init__(classifier, names, detector=found, **options)

    @property
    def models(self) -> dict[str, ExportedModel | None]:
        """Each network by the key that names it in a config; None: it does not read."""
        return {name: getattr(self, name) for name in ("detector", "crop_network", "model")}

    def read(self, picture: str | Path | np.ndarray) -> Page:
        """Read one picture, or a page such as "scan.pdf#3"; "scan.pdf" is its first page."""
        return super().read(page_of(picture))


def find_detector(
    wanted: str | Path = "builtin", models_dir: str | Path = "outputs/models"
) -> ExportedModel | None:
    """Return the page network that is asked for; None for `none`.

    Raises:
        UserError: There is no such one.
    """
    return _find(wanted, models_dir, "pages")


def find_crop_network(
    wanted: str | Path = "builtin", models_dir: str | Path = "outputs/models"
) -> ExportedModel | None:
    """Return the crop network that is asked for; None for `none`.

    Raises:
        UserError: There is no such one.
    """
    return _find(wanted, models_dir, "crops")


def _find(wanted: str | Path, models_dir: str | Path, task: str) -> ExportedModel | None:
    return None if str(wanted) == "none" else find_version(models_dir, wanted, task)


def load_detector(
    model: ExportedModel,
    crops: ExportedModel | None = None,
    runtime: str = "litert",
    *,
    threads: int | None = None,
) -> Detector:
    """Check and load a page network, and the crop network beside it.

    Args:
        model: From `find_detector`.
        crops: From `find_crop_network`.
        runtime: `litert` or `saved_model`; those that come with MNISTER have no SavedModel.
        threads: Threads of the LiteRT interpreter; None: one a core.

    Raises:
        UserError: A file was changed, cannot be run, or its manifest does not say how what it
            answers is read.
    """
    network = _load(model, runtime, threads)
    with _described(model, "detector"):
        answer = model.manifest["answer"]
        slope, offset = map(float, answer.get("calibration", AS_IT_IS))
        detector = Detector(network, float(answer["threshold"]), (slope, offset))
    if crops is None:
        return detector
    network = _load(crops, runtime, threads)
    with _described(crops, "crop_network"):
        look = SecondLook(network, *as_described(crops.manifest["beside_page_network"]))
    return replace(detector, second_look=look)


def _load(model: ExportedModel, runtime: str, threads: int | None) -> Any:
    """Check and load a network that may be builtin."""
    store.verify(model)
    return load_network(model, runtime, threads=threads)


@contextmanager
def _described(model: ExportedModel, key: str) -> Iterator[None]:
    """Refuse a manifest that lacks what is read of it in the block."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError(
            f"{model.path} does not say how its answer is read",
            expected="its manifest as training writes it",
            instead=f"{key}=builtin, or export it again",
        ) from None


def find_digit_model(
    wanted: str | int | Path | None, models_dir: str | Path, *, is_needed: bool
) -> ExportedModel | None:
    """Return the digit network that is asked for.

    Args:
        wanted: As `Reader` takes it.
        models_dir: Where exported models lie.
        is_needed: Nothing can be read without one.

    Raises:
        UserError: There is no such one, or none where one is needed.
    """
    if wanted in (None, "none") and not is_needed:
        return None
    if wanted == "none":
        raise no_digit_network("a digit network, or detector=builtin and a threshold of auto",
                               "model=none", "model=latest")  # fmt: skip
    if str(wanted) == "latest" and not is_needed:
        digits = [model for model in store.list_models(models_dir) if model.task == "digits"]
        if not digits:
            log.info(
                "No digit network is exported in %s: the page network reads alone", models_dir
            )
            return None
    return store.find_model(models_dir, "latest" if wanted is None else str(wanted))


def no_digit_network(expected: str, received: str, instead: str | None = None) -> UserError:
    """Return the error that a threshold is given where no digit network reads what it leaves."""
    return UserError(
        "There is no digit network, which a threshold needs",
        expected=expected,
        received=received,
        instead=instead,
    )
