"""The task of finding all digits on a page: grey pixels of any size → classes and boxes."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.data.datasets import DIGIT_NAMES
from mnister.detecting import heads
from mnister.detecting.calibration import BINS, count_right, fit_calibration
from mnister.detecting.matching import COLUMNS, judge, rates, tally
from mnister.detecting.peaks import Found, find_digits, sigmoid
from mnister.detecting.targets import CHANNELS
from mnister.models.runtimes import LiteRTPageNetwork
from mnister.pages.made import MadePage, make_page
from mnister.tasks.page_batches import PageBatches, change_page, stack
from mnister.tasks.page_pictures import draw_found, draw_truth, make_sheet, write_sheet
from mnister.tasks.task import Form, Predict, Task, predictor_of

PAGES_AT_ONCE = 16
SHOWN = 12  # pages on a sheet of pictures
SIGNED = 8  # of the first training pages and those that validate goes into the checksum
# The threshold with which the validation pages are read best is the network's own.
THRESHOLDS = np.arange(0.2, 0.81, 0.05).round(2)
FIRST_TEST_PAGE = 1_000_000  # the pages before validate
# How likely a digit is, anywhere, before anything is learned: with even odds the many places
# without a digit would drown the few with one. Source: T.-Y. Lin et al., "Focal loss for dense
# object detection", ICCV (2017), section 4.1.
PRIOR = 0.01


class PagesTask(Task):
    """Many digits an image, see `Task`. Pages are made while the run goes on.

    Args:
        config: A checked config.
    """

    name = "pages"
    class_names = DIGIT_NAMES
    tolerance = 1e-3  # of a logit or another channel
    quantized_tolerance = 0.15  # of a probability, or of what else is said of a digit

    def __init__(self, config: TrainConfig) -> None:
        self.config, data = config, config.data
        most = data.limit or max(data.pages_per_epoch, data.validation_pages, data.test_pages)
        self.sizes = (
            min(most, data.pages_per_epoch) // config.batch_size * config.batch_size
            or config.batch_size,
            min(most, data.validation_pages),
            min(most, data.test_pages),
        )
        self.form, self.exported_form = page_form(data.size), page_form(None)
        self._page = functools.cache(self._make_unseen)

    @functools.cached_property
    def sha256(self) -> str:
        """Of the first training pages and the first that validate."""
        size, seed = self.config.data.size, self.config.seed
        pages = [make_page(seed, number, size) for number in range(SIGNED)]
        pages += [self._page(number) for number in range(min(SIGNED, self.sizes[1]))]
        parts = [
            np.ascontiguousarray(values).tobytes()
            for page in pages
            for values in (page.image, page.boxes, page.classes, page.kinds)
        ]
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def make_batches(self, total_steps: int) -> PageBatches:
        """Return pages made on the way, see `Task`."""
        config, data, augmentation = self.config, self.config.data, self.config.augmentation
        amounts = augmentation.model_dump(exclude={"kind"})
        return PageBatches(
            config.seed,
            config.batch_size,
            size=data.size,
            pages_per_epoch=self.sizes[0],
            reuse=data.reuse,
            cached_pages=data.cached_pages,
            limit=data.limit,
            change=functools.partial(change_page, **amounts) if amounts else None,
            changed_steps=round((1 - config.plain_end) * total_steps),
        )

    def prepare(self, network: Any) -> None:
        """Let digits be unlikely everywhere."""
        bias = getattr(network.layers[-1], "bias", None)
        if bias is not None:
            unlikely = np.zeros(heads.CHANNELS, np.float32)
            unlikely[heads.LOGITS] = np.log(PRIOR / (1 - PRIOR))
            bias.assign_add(unlikely)

    def make_loss(self) -> Any:
        """Return the focal loss with that of the boxes."""
        from mnister.tasks.page_loss import PageLoss

        return PageLoss()

    def make_metrics(self) -> list[Any]:
        """Return the share of digits' centres at which their class is the likeliest."""
        from mnister.tasks.page_loss import CentreAccuracy

        return [CentreAccuracy(name="accuracy")]

    def targets_shape(self) -> tuple[int | None, ...]:
        """Return what `mnister.detecting.targets` makes."""
        return (*self.form.answer[:-1], CHANNELS)

    def make_predictor(self, network: Any) -> Predict:
        """Return a function from uint8 (N, H, W) to float32 (N, H / 4, W / 4, 15)."""
        return predictor_of(network, PAGES_AT_ONCE)

    def tally(self, predict: Predict, part: tuple[int, int] = (0, 1)) -> np.ndarray:
        """Return, for each threshold, the loss and what `rates` needs; then `count_right`."""
        numbers = range(self.sizes[1])[part[0] :: part[1]]
        rows, answers = self._tally(predict, numbers)
        sure = np.zeros((BINS, 2))
        for page, found in answers:
            counts, right = judge(found, page)
            sure += count_right(found.confidences[counts], right[counts])
        return np.concatenate([rows.ravel(), sure.ravel()])

    def summarize(self, tally: np.ndarray) -> dict[str, float]:
        """Return what the pages come to at the threshold with the best F1, the accuracy here."""
        sure = tally[-2 * BINS :].reshape(BINS, 2)
        rows = tally[: -2 * BINS].reshape(len(THRESHOLDS), -1)
        best = int(np.argmax([rates(row[1:])["f1"] for row in rows]))
        slope, offset = fit_calibration(sure)
        chosen = {"threshold": float(THRESHOLDS[best]), "slope": slope, "offset": offset}
        return self._rates(rows[best]) | chosen

    def test(
        self, predict: Predict, validation: Mapping[str, float]
    ) -> tuple[dict, list[tuple[MadePage, Found]]]:
        """Measure on pages of their own, at the threshold that validation chose."""
        row = int(np.argmin(np.abs(THRESHOLDS - validation["threshold"])))
        numbers = range(FIRST_TEST_PAGE, FIRST_TEST_PAGE + self.sizes[2])
        rows, answers = self._tally(predict, numbers)
        measured = {f"test_{name}": value for name, value in self._rates(rows[row]).items()}
        chosen = {f"validation_{name}": value for name, value in validation.items()}
        shown = [(page, found[found.scores >= THRESHOLDS[row]]) for page, found in answers[:SHOWN]]
        return measured | chosen, shown

    def draw(
        self, answers: list[tuple[MadePage, Found]], batches: PageBatches, folder: Path
    ) -> dict[str, np.ndarray]:
        """Write training pages with their digits, and test pages with those found."""
        learned = [batches.page(0, slot) for slot in range(min(SHOWN, batches.batch_size))]
        sheets = {
            "training pages": make_sheet([draw_truth(page) for page in learned]),
            "test pages": make_sheet([draw_found(page, found) for page, found in answers]),
        }
        for name, sheet in sheets.items():
            write_sheet(sheet, folder / f"{name.replace(' ', '_')}.png")
        return sheets

    def finish(self, network: Any) -> Any:
        """Return the network as it is."""
        return network

    def make_signature(self, network: Any) -> tuple[Any, Any]:
        """Return grey pixels in, the answer (`heads`) out."""
        import tensorflow as tf

        def serve(image):
            answer = network(tf.cast(image, tf.float32), training=False)
            return {"heads": tf.identity(answer, name="heads")}

        return serve, tf.TensorSpec((None, None, None, 1), tf.uint8, name="image")

    def load_exported(self, folder: Path) -> dict[str, Predict]:
        """Return the SavedModel and the LiteRT file as a reader runs them."""
        from mnister.models.saved_model import SavedModelPageNetwork

        return {
            "SavedModel": SavedModelPageNetwork(folder, batch_size=PAGES_AT_ONCE).answer,
            "LiteRT": LiteRTPageNetwork(folder / "model.tflite", batch_size=PAGES_AT_ONCE).answer,
        }

    def compared(self, answers: np.ndarray) -> np.ndarray:
        """Return probabilities; and where and how large digits are, as far as there are any."""
        likely = sigmoid(answers[..., heads.LOGITS])
        digits = likely[..., heads.DIGITS].max(axis=-1, keepdims=True)
        return np.concatenate([likely, digits * answers[..., heads.LOGITS.stop :]], axis=-1)

    def samples(self, count: int) -> list[np.ndarray]:
        """Return test pages in two sizes: as in training, and one joined of two, cut narrower."""
        count = min(count, self.sizes[2])
        pages = np.stack([self._page(FIRST_TEST_PAGE + number).image for number in range(count)])
        joined = np.concatenate([pages[:1], pages[-1:]], axis=1)[:, :, heads.MULTIPLE :]
        return [pages[: max(1, count - 1)], joined]

    def describe(self, metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Return how a page must look, and how the answer is read."""
        image = {
            "shape": [None, None, 1],
            "multiple_of": heads.MULTIPLE,
            "dtype": "uint8",
            "polarity": "any",
            "values": "grey, 0 to 255",
        }
        answer = {
            "name": "heads",
            "stride": heads.STRIDE,
            "channels": {
                "0-9": "logit of each digit: its centre lies in this square of 4×4 pixels",
                "10": "logit of a printed digit",
                "11-12": "from the square's centre to the digit's, x and y, in squares",
                "13-14": f"natural logarithm of width and height, in {heads.UNIT:g} pixels",
            },
            "threshold": metrics["validation_threshold"],
            "calibration": [metrics["validation_slope"], metrics["validation_offset"]],
        }
        return {"image": image, "answer": answer}

    def _make_unseen(self, number: int) -> MadePage:
        data = self.config.data
        return make_page(data.seed, number, data.size, unseen=True)

    def _tally(
        self, predict: Predict, numbers: range
    ) -> tuple[np.ndarray, list[tuple[MadePage, Found]]]:
        """Read pages: return the sums, loss first, and what was found on each."""
        loss, rows, answers = self.make_loss(), np.zeros((len(THRESHOLDS), 1 + len(COLUMNS))), []
        for first in range(0, len(numbers), PAGES_AT_ONCE):
            pages = [self._page(number) for number in numbers[first : first + PAGES_AT_ONCE]]
            images, targets = stack(pages)
            answered = predict(images[..., 0])
            rows[:, 0] += float(np.sum(loss.call(targets, answered)))
            for page, answer in zip(pages, answered, strict=True):
                found = find_digits(answer, THRESHOLDS[0])
                rows[:, 1:] += tally(found, page, THRESHOLDS)
                answers.append((page, found))
        return rows, answers

    def _rates(self, row: np.ndarray) -> dict[str, float]:
        """Return mean loss, rates and the accuracy, which here is the F1."""
        measured = rates(row[1:])
        return {"loss": float(row[0] / row[1]), "accuracy": measured["f1"]} | measured


def page_form(size: int | None) -> Form:
    """Return what a network takes and gives that finds digits on a page.

    Args:
        size: Edge of the page, pixels; None: any.
    """
    places = size and size // heads.STRIDE
    return Form(
        (size, size, 1),
        (places, places, heads.CHANNELS),
        f"{heads.CHANNELS} channels for every square of {heads.STRIDE}×{heads.STRIDE} pixels",
        "- Conv2D: {filters: classes, kernel_size: 1}",
    )
