"""The reader as a Python user imports it: from an exported model to a `Reader`."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from mnister.documents.find import page_of
from mnister.models import store
from mnister.models.load import load_classifier
from mnister.models.runtimes import BATCH_SIZE
from mnister.reading import reader
from mnister.reading.page import Page


class Reader(reader.Reader):
    """Reads pictures with an exported model. Loads once, reads many.

        page = Reader(model="latest", runtime="litert").read("photo.jpg")
        page.lines, page.digits, page.annotated()

    Args:
        model: `latest`, a version number, a model's name, `name/number`, or a version's folder.
        runtime: `litert`, which needs no TensorFlow, or `saved_model`.
        models_dir: Where exported models lie.
        batch_size: Digits the network is given at once.
        threads: Threads of the LiteRT interpreter; None: one a core.
        **options: Those of `mnister.reading.reader.Reader`: mode, threshold, reading_order,
            rotation, min_confidence, debug_images.

    Attributes:
        model: The `mnister.models.store.ExportedModel` in use.
        load_ms: Milliseconds to check the version's files and load the network.

    Raises:
        UserError: There is no such model, a file of it was changed, or an option is not allowed.
    """

    def __init__(
        self,
        model: str | int | Path = "latest",
        runtime: str = "litert",
        *,
        models_dir: str | Path = "outputs/models",
        batch_size: int = BATCH_SIZE,
        threads: int | None = None,
        **options: Any,
    ) -> None:
        started = time.perf_counter()
        self.model = store.find_model(models_dir, str(model))
        store.verify(self.model)
        classifier = load_classifier(self.model, runtime, batch_size=batch_size, threads=threads)
        self.load_ms = 1000 * (time.perf_counter() - started)
        super().__init__(
            classifier, self.model.class_names, digit_share=self.model.digit_share, **options
        )

    def read(self, picture: str | Path | np.ndarray) -> Page:
        """Read one picture, or a page such as "scan.pdf#3"; "scan.pdf" is its first page."""
        return super().read(page_of(picture))
