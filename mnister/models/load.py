"""From an exported version to the network as a function."""

from mnister.errors import UserError
from mnister.models.runtimes import (
    BATCH_SIZE,
    Classifier,
    LiteRTClassifier,
    LiteRTPageNetwork,
    PageNetwork,
)
from mnister.models.store import ExportedModel
from mnister.run_files import count_cores

RUNTIMES = ("saved_model", "litert")


def load_classifier(
    model: ExportedModel,
    runtime: str,
    *,
    batch_size: int = BATCH_SIZE,
    threads: int | None = None,
) -> Classifier:
    """Load an exported model into a runtime.

    Args:
        model: A verified version.
        runtime: `saved_model` or `litert`.
        batch_size: Digits the network is given at once.
        threads: Threads of the LiteRT interpreter; None: one a core.

    Raises:
        UserError: The runtime is unknown, not installed, or cannot run the model.
    """
    _check(runtime)
    if runtime == "litert":
        path = model.path / "model.tflite"
        return LiteRTClassifier(path, batch_size=batch_size, threads=threads or count_cores())
    from mnister.models.saved_model import SavedModelClassifier

    return SavedModelClassifier(model.path, batch_size=batch_size)


def load_page_network(
    model: ExportedModel, runtime: str, *, threads: int | None = None
) -> PageNetwork:
    """Load an exported page network into a runtime; one page at a time is given to it.

    Args:
        model: A verified version.
        runtime: `saved_model` or `litert`.
        threads: Threads of the LiteRT interpreter; None: one a core.

    Raises:
        UserError: The runtime is unknown, not installed, or cannot run the model.
    """
    _check(runtime)
    if runtime == "litert":
        path = model.path / "model.tflite"
        return LiteRTPageNetwork(path, batch_size=1, threads=threads or count_cores())
    from mnister.models.saved_model import SavedModelPageNetwork

    return SavedModelPageNetwork(model.path, batch_size=1)


def _check(runtime: str) -> None:
    if runtime not in RUNTIMES:
        raise UserError(f"runtime cannot be {runtime!r}", expected=" or ".join(RUNTIMES))
