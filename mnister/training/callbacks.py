"""The Keras callbacks of a run: those that a config names, and those that only watch."""

from pathlib import Path
from typing import Any

from mnister.config.layer_lists import split_entry
from mnister.config.schema import TrainConfig
from mnister.errors import UserError, reason_of
from mnister.tasks.batches import Batches


def make_callbacks(entries: list[Any]) -> list[Any]:
    """Return the Keras callbacks of a list such as `[{EarlyStopping: {patience: 3}}]`.

    Args:
        entries: Names in `keras.callbacks` with their arguments, already checked by name.

    Raises:
        UserError: Keras refuses an argument.
    """
    import keras

    made = []
    for index, entry in enumerate(entries):
        name, arguments = split_entry(entry)
        try:
            made.append(getattr(keras.callbacks, name)(**arguments))
        except (TypeError, ValueError) as error:
            raise UserError(
                f"callbacks[{index}] cannot be made: {reason_of(error)}",
                received=str(entry),
            ) from error
    return made


def make_watchers(config: TrainConfig, run_folder: Path, batches: Batches) -> list[Any]:
    """Return the callbacks that show and write what happens and change nothing.

    Args:
        config: The run's config.
        run_folder: Where the run's files go.
        batches: What the network trains on.
    """
    from mnister.training.histograms import Histograms
    from mnister.training.profiler import Profiler
    from mnister.training.progress import ProgressBar

    wanted, board = config.tensorboard, run_folder / "tensorboard"
    watchers = [ProgressBar(config.progress)]
    watchers += [Histograms(board, batches)] if wanted.histograms else []
    return watchers + ([Profiler(board)] if wanted.profile else [])
