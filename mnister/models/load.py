"""From an exported version to the network as a function."""

from typing import Any

from mnister.errors import UserError
from mnister.models.builtin import is_builtin
from mnister.models.runtimes import BATCH_SIZE, LiteRTClassifier, LiteRTPageNetwork
from mnister.models.store import ExportedModel
from mnister.run_files import count_cores

RUNTIMES = ("saved_model", "litert")


def load_network(
    model: ExportedModel,
    runtime: str,
    *,
    batch_size: int = BATCH_SIZE,
    threads: int | None = None,
) -> Any:
    """Load an exported model into a runtime.

    Args:
        model: A verified version.
        runtime: `saved_model` or `litert`, which those that come with MNISTER have alone.
        batch_size: Pictures the network is given at once; pages are given to it one by one.
        threads: Threads of the LiteRT interpreter; None: one a core.

    Returns:
        A `mnister.models.runtimes.Classifier` where the model has learned digits, a `PageNetwork`
        where it has learned pages.

    Raises:
        UserError: The runtime is unknown, not installed, or cannot run the model.
    """
    if runtime not in RUNTIMES:
        raise UserError(f"runtime cannot be {runtime!r}", expected=" or ".join(RUNTIMES))
    runtime = "litert" if is_builtin(model) else runtime
    is_of_pages = model.task == "pages"
    batch_size = 1 if is_of_pages else batch_size
    if runtime == "litert":
        path, threads = model.path / "model.tflite", threads or count_cores()
        kind = LiteRTPageNetwork if is_of_pages else LiteRTClassifier
        return kind(path, batch_size=batch_size, threads=threads)
    from mnister.models.saved_model import SavedModelClassifier, SavedModelPageNetwork

    kind = SavedModelPageNetwork if is_of_pages else SavedModelClassifier
    return kind(model.path, batch_size=batch_size)
