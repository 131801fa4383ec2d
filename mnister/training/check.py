"""Does this installation train? python -m mnister.training.check, or make check."""

import platform
import sys

import numpy as np
from rich.console import Console
from rich.table import Table

from mnister.config.compose import compose_config
from mnister.errors import UserError
from mnister.quiet import import_tensorflow, silenced_stderr
from mnister.run_files import PACKAGES, count_cores, read_cpu, read_cpu_instructions, read_version
from mnister.tasks.digits import digit_form

HALF_PRECISIONS = ("mixed_bfloat16", "mixed_float16")
# What a processor calls its instructions for half precision.
INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "avx512_fp16", "amx_fp16", "bf16", "asimdhp")
DIGITS = 64


def main() -> int:
    """Print versions, devices and precisions, train for a step; return the exit code."""
    console = Console(width=80)
    try:
        console.print(_versions())
        console.print(_devices())
        float32 = train_one_step("float32")
        console.print(_precisions(float32))
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    loss = float32["loss"]
    is_sound = bool(np.isfinite(loss)) and 1 < loss < 10
    words = "All is well" if is_sound else "Something is wrong"
    console.print(f"{words}: a training step of lenet5 on {DIGITS} digits gave loss {loss:.3f}")
    return 0 if is_sound else 1


def train_one_step(precision: str) -> dict[str, float]:
    """Train the smallest network on noise: a few steps, compiled, then timed ones.

    Args:
        precision: A Keras dtype policy.

    Returns:
        `loss` after a few steps and `images_per_second` of the fastest turn.
    """
    import keras

    from mnister.training.model import build_network
    from mnister.training.precision import make_step, seconds_a_step

    layers = compose_config("train", ["model=lenet5"]).model.layers
    keras.mixed_precision.set_dtype_policy(precision)
    try:
        keras.utils.set_random_seed(1)
        network = build_network(layers, digit_form(10), "check")
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        network.compile("adam", loss, jit_compile=False)
        step = make_step(network, DIGITS)
        value, fastest = step(), min(seconds_a_step(step) for _ in range(5))
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    return {"loss": value, "images_per_second": DIGITS / fastest}


def _versions() -> Table:
    table = Table("Package", "Version", title="Versions", title_justify="left")
    table.add_row("python", platform.python_version())
    for package in PACKAGES:
        table.add_row(package, read_version(package) or "not installed")
    return table


def _devices() -> Table:
    """Return what TensorFlow sees; it is loaded here."""
    tf = import_tensorflow(keras=True)
    cpu = read_cpu()
    table = Table("Device", "What it is", title="Devices", title_justify="left")
    table.add_row("CPU:0", f"{cpu['model name']}, {count_cores()} cores")
    for place, gpu in enumerate(tf.config.list_physical_devices("GPU")):
        details = tf.config.experimental.get_device_details(gpu)
        capability = ".".join(map(str, details.get("compute_capability", "?")))
        named = f"{details.get('device_name', 'unknown')}, compute capability {capability}"
        table.add_row(f"GPU:{place}", named)
    known = read_cpu_instructions()
    found = [name for name in INSTRUCTIONS if name in known]
    table.add_row("half precision", ", ".join(found) or "no instructions of its own on the CPU")
    return table


def _precisions(float32: dict[str, float]) -> Table:
    """Return the speed of training in every precision, that of float32 as measured already."""
    title = f"Precisions: lenet5, batches of {DIGITS}"
    table = Table("device.precision", title=title, title_justify="left")
    table.add_column("images/s", justify="right")
    table.add_column("loss", justify="right")
    table.add_row("float32", *_figures(float32))
    for precision in HALF_PRECISIONS:
        try:
            with silenced_stderr():
                measured = train_one_step(precision)
            table.add_row(precision, *_figures(measured))
        except Exception as error:  # TensorFlow raises many kinds
            table.add_row(precision, "does not run", type(error).__name__)
    return table


def _figures(measured: dict[str, float]) -> tuple[str, str]:
    """Return speed and loss as the table shows them."""
    return f"{measured['images_per_second']:,.0f}", f"{measured['loss']:.3f}"


if __name__ == "__main__":
    sys.exit(main())
