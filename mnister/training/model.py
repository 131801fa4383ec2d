"""From a list of layers in YAML to a Keras Sequential network."""

from typing import Any

from mnister.config.layer_lists import nested_module, split_entry
from mnister.errors import UserError, reason_of
from mnister.models.blocks import BLOCKS
from mnister.tasks.task import Form


def build_network(layer_list: list[Any], form: Form, name: str):
    """Build the network that a model's YAML lists.

    The network takes grey values 0–255; its first layer divides them by 255. Its output are
    logits. In the list, `classes` stands for the number of its channels.

    Args:
        layer_list: Entries such as `Flatten` or `{Dense: {units: 10}}`, already checked by name.
        form: What the network takes and gives.
        name: The network's name.

    Returns:
        A built `keras.Sequential` from (N, H, W, 1) to float32 (N, …).

    Raises:
        UserError: Keras refuses a layer, or the last one does not give what the form says.
    """
    import keras

    network = keras.Sequential(name=name)
    network.add(keras.Input(form.image))
    network.add(keras.layers.Rescaling(1 / 255))
    for index, entry in enumerate(layer_list):
        is_last = index == len(layer_list) - 1
        for layer in _make_layers(index, entry, form.answer[-1], is_last=is_last):
            _add(network, layer, index, entry)
    _check_output(network, form)
    return network


def with_dropout(layer_list: list[Any], rate: float | None) -> list[Any]:
    """Return the list of layers with one rate for all kinds of dropout; None: as it is."""
    if rate is None:
        return layer_list
    named = map(split_entry, layer_list)
    return [
        {name: arguments | ({"rate": rate} if "Dropout" in name else {})}
        for name, arguments in named
    ]


def _make_layers(index: int, entry: Any, classes: int, *, is_last: bool) -> list:
    """Return the Keras layers that one entry stands for; the last gives float32 in any case."""
    import keras

    name, arguments = split_entry(entry)
    try:
        values = {key: _argument(key, value, classes) for key, value in arguments.items()}
        if name in BLOCKS:
            return BLOCKS[name](**values)
        if is_last:
            values = {"dtype": "float32"} | values
        return [getattr(keras.layers, name)(**values)]
    except Exception as error:
        raise _refused(index, entry, error) from error


def _add(network: Any, layer: Any, index: int, entry: Any) -> None:
    try:
        network.add(layer)
    except Exception as error:  # Keras and TensorFlow raise many kinds
        raise _refused(index, entry, error) from error


def _argument(key: str, value: Any, classes: int) -> Any:
    """Return an argument's value: nested names as Keras objects, `classes` as their number."""
    import keras

    if value == "classes":
        return classes
    if isinstance(value, dict):
        name, arguments = split_entry(value)
        return getattr(getattr(keras, nested_module(key)), name)(**arguments)
    return value


def _refused(index: int, entry: Any, error: Exception) -> UserError:
    return UserError(
        f"model.layers[{index}] cannot be built: {reason_of(error)}",
        received=str(entry),
    )


def _check_output(network: Any, form: Form) -> None:
    last = network.layers[-1]
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    is_squashed = activation in ("softmax", "sigmoid") or type(last).__name__ == "Softmax"
    wanted = (None, *form.answer)
    if tuple(network.output_shape) != wanted or is_squashed:
        raise UserError(
            f"The last layer does not give {form.words}",
            expected=f"output {wanted} without softmax; MNISTER adds it to the export",
            received=f"{last.__class__.__name__} with output {network.output_shape}"
            + (f" and {activation}" if activation != "linear" else ""),
            instead=form.last_layer,
        )
