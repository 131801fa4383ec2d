"""The task of telling what stands in the middle of a crop: a digit, a printed one, or nothing."""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.data.datasets import Digits
from mnister.detecting.crops import AROUND, CROP_NAMES, SIDE
from mnister.errors import UserError
from mnister.models import load, store
from mnister.models.builtin import find_version
from mnister.pages.made import MadePage, make_page
from mnister.tasks.crop_batches import CropBatches, draw_change, draw_crops, find_places
from mnister.tasks.crop_pair import described, fit_pair, look_at, measure_pair
from mnister.tasks.digits import DigitsTask
from mnister.tasks.page_batches import PageBatches
from mnister.tasks.pages import FIRST_TEST_PAGE
from mnister.tasks.task import Form, Predict

SIGNED = 8  # of the first training pages and those that validate goes into the checksum


class CropsTask(DigitsTask):
    """One crop an image, one class a crop; see `Task`. Crops are made while the run goes on.

    Args:
        config: A checked config.

    Raises:
        UserError: There is no such page network, or a batch cannot be shared out among pages.
    """

    name = "crops"
    class_names = CROP_NAMES
    tolerance = 1e-3  # of a probability

    def __init__(self, config: TrainConfig) -> None:
        self.config, data = config, config.data
        each = data.crops_per_page
        if config.batch_size % each:
            raise UserError(
                "A batch cannot be cut out of whole pages",
                expected=f"batch_size a multiple of data.crops_per_page, {each}",
                received=f"batch_size={config.batch_size}",
                instead=f"batch_size={max(1, config.batch_size // each) * each}",
            )
        detector = find_version(config.export.dir, data.detector, "pages", "data.detector")
        store.verify(detector)
        self.detector = detector
        self.network = load.load_network(detector, "saved_model", threads=1)
        most = data.limit or max(data.pages_per_epoch, data.validation_pages, data.test_pages)
        batch = config.batch_size // each
        pages = min(most, data.pages_per_epoch) // batch * batch or batch
        counts = (pages, min(most, data.validation_pages), min(most, data.test_pages))
        self.sizes = tuple(each * count for count in counts)
        self.data = MadeCrops(self)
        self.form = self.exported_form = crop_form()

    @functools.cached_property
    def sha256(self) -> str:
        """Of the page network, the first training pages and the first that validate."""
        data, digest = self.config.data, hashlib.sha256()
        digest.update(repr(sorted(self.detector.manifest["files"].items())).encode())
        for number in range(SIGNED):
            own = make_page(self.config.seed, number, data.size, printed=data.printed)
            for page in (own, self.make_unseen(number)):
                for values in (page.image, page.boxes, page.classes, page.kinds):
                    digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def make_batches(self, total_steps: int) -> CropBatches:
        """Return crops cut out of pages that are made on the way, see `Task`."""
        config, data, augmentation = self.config, self.config.data, self.config.augmentation
        pages = PageBatches(
            config.seed,
            config.batch_size // data.crops_per_page,
            size=data.size,
            pages_per_epoch=self.sizes[0] // data.crops_per_page,
            reuse=data.reuse,
            cached_pages=data.cached_pages,
            limit=data.limit,
            printed=data.printed,
            prepare=functools.partial(find_places, network=self.network),
        )
        amounts = augmentation.model_dump(exclude={"kind"})
        inverted = amounts.pop("inverted", 0.0)
        return CropBatches(
            pages,
            crops_per_page=data.crops_per_page,
            seed=config.seed,
            draw=functools.partial(draw_change, **amounts) if amounts else None,
            inverted=inverted,
            changed_steps=round((1 - config.plain_end) * total_steps),
        )

    def test(self, predict: Predict, validation: Mapping[str, float]) -> tuple[dict, np.ndarray]:
        """Measure on the test crops; and on whole pages, together with the page network."""
        measured, answers = super().test(predict, validation)
        each, (_, validating, testing) = self.config.data.crops_per_page, self.sizes
        counts = ((0, validating // each), (FIRST_TEST_PAGE, testing // each))
        validated, tested = (
            look_at(map(self.make_unseen, range(first, first + count)), self.network, predict)
            for first, count in counts
        )
        fitted = fit_pair(validated)
        on_pages = measure_pair(tested, fitted, self.detector.manifest["answer"]["threshold"])
        measured |= {f"validation_pages_{name}": value for name, value in fitted.items()}
        return measured | {f"test_pages_{name}": v for name, v in on_pages.items()}, answers

    def describe(self, metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Return how a crop must look."""
        image = {
            "shape": list(self.form.image),
            "dtype": "uint8",
            "polarity": "any",
            "values": "grey, 0 to 255",
            "around": AROUND,  # edges of the crop, in longer edges of the digit's box
        }
        start = "validation_pages_"
        fitted = {n.removeprefix(start): v for n, v in metrics.items() if n.startswith(start)}
        return {"image": image, "beside_page_network": described(fitted)}

    def make_unseen(self, number: int) -> MadePage:
        """Make a page of the kinds that training does not have."""
        data = self.config.data
        return make_page(data.seed, number, data.size, unseen=True, printed=data.printed)


def crop_form() -> Form:
    """Return what a network takes and gives that tells what stands in a crop."""
    return Form(
        (SIDE, SIDE, 1),
        (len(CROP_NAMES),),
        "one logit for each of the 21 that may stand in a crop",
        "- Dense: {units: classes}",
    )


class MadeCrops:
    """The crops that validate and test, made when they are first wanted.

    Args:
        task: Whose they are.
    """

    def __init__(self, task: CropsTask) -> None:
        self._task = task

    @functools.cached_property
    def validation(self) -> Digits:
        """Crops of the pages that validate, as many of each."""
        return self._cut(0, self._task.sizes[1])

    @functools.cached_property
    def test(self) -> Digits:
        """Crops of the pages that test."""
        return self._cut(FIRST_TEST_PAGE, self._task.sizes[2])

    def _cut(self, first: int, count: int) -> Digits:
        data = self._task.config.data
        numbers = range(first, first + count // data.crops_per_page)
        made = [self._of_page(number) for number in numbers]
        return Digits(*map(np.concatenate, zip(*made, strict=True)))

    def _of_page(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        data = self._task.config.data
        places = find_places(self._task.make_unseen(number), self._task.network)
        return draw_crops(places, data.crops_per_page, np.random.default_rng([data.seed, number]))
