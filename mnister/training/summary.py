"""A network as a table: layers, output shapes, parameters, arithmetic."""

from math import prod
from typing import Any

from mnister.workers.group import Workers


def print_summary(network: Any, strategy: Any, batch_size: int, things: str = "digits") -> None:
    """Print the network's layers and how a batch is spread over the devices; the chief does.

    Args:
        network: A built Keras network.
        strategy: The `tf.distribute.Strategy` it was made under.
        batch_size: Images a step, over all replicas.
        things: What is on them.
    """
    if not Workers(strategy).is_chief:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Layer", "Kind", "Output", title=network.name, title_justify="left")
    table.add_column("Parameters", justify="right")
    table.add_column("MFLOP", justify="right")
    for layer in network.layers:
        shape = "×".join(str(edge) for edge in layer.output.shape[1:])
        operations = f"{count / 1e6:.2f}" if (count := layer_operations(layer)) else ""
        kind = type(layer).__name__
        table.add_row(layer.name, kind, shape, f"{layer.count_params():,}", operations)
    total = sum(layer_operations(layer) for layer in network.layers)
    table.add_section()
    table.add_row("", "", "", f"{network.count_params():,}", f"{total / 1e6:.2f}")
    console = Console(width=80)
    console.print(table)
    console.print(describe_strategy(strategy, batch_size, things), soft_wrap=True)


def describe_strategy(strategy: Any, batch_size: int, things: str) -> str:
    """Say how a batch is spread: `MirroredStrategy: 2 replicas × 64 digits a step, on …`."""
    replicas = strategy.num_replicas_in_sync
    word = "replica" if replicas == 1 else "replicas"
    devices = [name.rpartition("device:")[2] for name in strategy.extended.worker_devices]
    each = " each" if Workers(strategy).count > 1 else ""
    return (
        f"{name_strategy(strategy)}: {replicas} {word} × {batch_size // replicas} {things} a step"
        f", on {', '.join(devices)}{each}"
    )


def name_strategy(strategy: Any) -> str:
    """Return the name under which `tf.distribute` offers a strategy."""
    name = type(strategy).__name__
    return name.replace("CollectiveAllReduce", "MultiWorkerMirrored")


def layer_operations(layer: Any) -> int:
    """Count the floating-point operations of one image through a layer.

    Counted are the multiplications and additions of kernels (convolutions, dense and recurrent
    layers), which are nearly all of a network's work; a training step takes about three times
    as many. TensorFlow's profiler agrees, but sees neither grouped convolutions nor loops.

    Args:
        layer: A built Keras layer.
    """
    from keras import layers

    if inner := getattr(layer, "inner", None):
        return sum(map(layer_operations, inner.layers))
    # These apply a kernel once at each position of their input, the others of their output.
    reads_input = (layers.RNN, layers.Conv1DTranspose, layers.Conv2DTranspose)
    side = layer.input if isinstance(layer, reads_input) else layer.output
    kernels = [w for w in layer.weights if w.name.endswith("kernel")]
    return sum(2 * prod(kernel.shape) * prod(side.shape[1:-1]) for kernel in kernels)
