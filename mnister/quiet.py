"""TensorFlow and LiteRT without the start-up lines that say nothing to a user."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence

from mnister.errors import UserError
from mnister.invocation import install_command


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Drop what native libraries write to the error stream while the block runs.

    Some of their lines ignore every log level. Python's exceptions are not touched.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


_process = {"does_one_job": False}
# What TensorFlow and Keras import only to see whether it is there, and do without if it is not.
_NOT_USED = ("matplotlib", "pandas", "scipy")


def expect_one_job() -> None:
    """Say that this process does one job and ends.

    All that is alive once TensorFlow is imported is then taken to stay, and is not looked through
    for garbage again; that takes a tenth of the processor time of a short run. Where several jobs
    follow each other, what the first had made by then could never be freed. And TensorFlow and
    Keras are kept from importing what no job of ours lets them use; in the process of somebody
    else, who may give Keras a table of pandas, they are not.
    """
    _process["does_one_job"] = True


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Look for no garbage while the block runs, nor later in what it made if one job follows.

    Of what an import makes nearly all stays.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if _process["does_one_job"]:
            gc.freeze()
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def _left_out(names: Sequence[str]) -> Iterator[None]:
    """Let packages not be found while the block runs, but for those that are imported already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextlib.contextmanager
def _no_keras() -> Iterator[None]:
    """Keep `import tensorflow` from importing Keras: told to use the old one, it finds none."""
    name = "TF_USE_LEGACY_KERAS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def import_tensorflow(*, keras: bool = False):
    """Import TensorFlow, let it look for its devices, and return it; quietly.

    Args:
        keras: Let TensorFlow import Keras, too; a quarter of the time, nothing to a reader.

    Raises:
        UserError: TensorFlow is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # By default only where the processor has AVX-512 VNNI; with AVX2 alone it trains the networks
    # of conf/model 1.4 to 2.3 times as fast.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    try:
        without = contextlib.nullcontext() if keras else _no_keras()
        not_used = _left_out(_NOT_USED if _process["does_one_job"] else ())
        with silenced_stderr(), _no_garbage_collection(), without, not_used:
            import tensorflow

            tensorflow.config.list_physical_devices()
    except ImportError as error:
        raise UserError(
            "TensorFlow is not installed",
            received=str(error),
            instead=f"{install_command('train')}, or read with runtime=litert",
        ) from error
    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow
