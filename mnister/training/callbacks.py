"""The Keras callbacks that a config names."""

from typing import Any

from mnister.config.layer_lists import split_entry
from mnister.errors import UserError


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
                f"callbacks[{index}] cannot be made: {str(error).splitlines()[0]}",
                received=str(entry),
            ) from error
    return made
