"""`mode=evaluate`: measure an exported model on the test digits of a data set."""

import functools
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnister.bundled import find_bundled
from mnister.config.infer_schema import EvaluateConfig
from mnister.data.datasets import DIGIT_NAMES, NONE_NAME, Digits
from mnister.data.idx_sets import load_idx_test
from mnister.data.image_folder import load_all_pictures
from mnister.data.tables import ENDINGS, digits_of, read_test_table
from mnister.errors import UserError
from mnister.images.picture import decode_image, read_digit
from mnister.measuring.evaluation import Evaluation, evaluate
from mnister.measuring.evaluation_report import print_evaluation, write_evaluation
from mnister.models.runtimes import Classifier
from mnister.models.store import ExportedModel

log = logging.getLogger("mnister.reading")


def run_evaluate(
    config: EvaluateConfig,
    model: ExportedModel,
    classifier: Classifier,
    digits: Digits,
    run_folder: Path,
) -> Evaluation:
    """Measure an exported model on a data set, print a table and write the run's files.

    Args:
        config: A checked config.
        model: The version that is measured, its files verified.
        classifier: That version, loaded.
        digits: The digits to measure it on, see `load_test_digits`.
        run_folder: Where `evaluation.json`, `per_class.csv`, `confusion_matrix.png` and
            `wrong_digits.png` go.

    Returns:
        The measurement.
    """
    log.info("Classifying %s digits with %s/%d, %s", f"{len(digits):,}", model.name,
             model.version, config.runtime.name)  # fmt: skip
    evaluation = evaluate(classifier, digits, model.class_names, config.batch_size)
    print_evaluation(evaluation)
    origin = {
        "model": {
            "name": model.name,
            "version": model.version,
            "path": str(model.path),
            "runtime": config.runtime.name,
        },
        "data": config.data.model_dump(),
    }
    write_evaluation(evaluation, digits.images, origin, run_folder)
    log.info("Written: %s", run_folder)
    return evaluation


def load_test_digits(config: EvaluateConfig, class_names: Sequence[str]) -> Digits:
    """Read the test digits that the config names, labelled with the model's classes.

    Args:
        config: A checked config; of an `image_folder`, those in test/ or, without it, all.
        class_names: The model's, "none" among them or not.

    Raises:
        UserError: Files are missing or broken, or the classes are not the model's.
    """
    data = config.data
    log.info("Reading the test digits: %s in %s", data.kind, data.dir)
    if data.kind == "image_folder":
        read_picture = functools.partial(read_digit, threshold=config.preprocessing.threshold)
        return load_all_pictures(data.dir, read_picture, class_names, skip_broken=data.skip_broken)
    own_names = tuple(name for name in class_names if name != NONE_NAME)
    if data.kind == "mnist" and own_names != DIGIT_NAMES:
        raise _wrong_classes(
            data.dir, ", ".join(own_names), "the digits " + ", ".join(DIGIT_NAMES)
        )
    if data.kind in ENDINGS:
        table = read_test_table(data.kind, data.dir, decode_image).with_texts()
        digits = digits_of(table, own_names)
    else:
        folder = find_bundled(data.dir)
        digits = load_idx_test(folder, is_mnist=data.kind == "mnist", transposed=data.transposed)
    largest = int(digits.labels.max())
    if largest >= len(own_names):
        raise _wrong_classes(
            data.dir, f"labels 0 to {len(own_names) - 1}", f"labels up to {largest}"
        )
    own_classes = np.array([class_names.index(name) for name in own_names], dtype=np.int64)
    return Digits(digits.images, own_classes[digits.labels])


def _wrong_classes(folder: str, expected: str, received: str) -> UserError:
    return UserError(
        f"The model was not trained on the classes of {folder}",
        expected=f"the model's classes: {expected}",
        received=received,
        instead="another model (model=…) or data set (data.kind=… data.dir=…)",
    )
