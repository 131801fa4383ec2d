"""The arithmetic of a run: as the config says, or that in which this machine trains faster."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mnister.config.schema import TrainConfig
from mnister.run_files import read_cpu, read_cpu_instructions, read_version, write_atomically

log = logging.getLogger("mnister.training")

# Images a second, by the name of the Keras dtype policy.
Speeds = dict[str, float]
# So many → images and targets.
Noise = Callable[[int], tuple[np.ndarray, np.ndarray]]

FULL, REDUCED = "float32", "mixed_bfloat16"
# Reduced precision must be so many times as fast, or it is not worth its rounding.
WORTHWHILE = 1.1
# What processors call their instructions for bfloat16; without them it takes ten times as long.
BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
NO_GAIN: Speeds = {FULL: 1.0, REDUCED: 0.0}  # kept in place of what was not measured
# A larger batch is as fast an image; measuring one would only take longer.
MOST_DIGITS = 512
ROUNDS, SECONDS_A_TURN, MOST_SECONDS = 8, 0.05, 3.0


def choose_precision(
    config: TrainConfig,
    build: Callable[[], Any],
    strategy: Any,
    run_folder: Path,
    noise: Noise | None = None,
) -> str:
    """Return the Keras dtype policy to train under; keep what `auto` took in the run's folder.

    `auto` times training steps of the network in float32 and in bfloat16, unless the processor
    has no instructions for bfloat16. It measures once a machine, network and batch; a run that
    goes on takes what it took before. It is float32 with `device.deterministic=true`, whose bits
    must not depend on a stopwatch, and with several workers, which might not agree.

    Args:
        config: The run's config.
        build: Returns the network, compiled, under the global dtype policy.
        strategy: The `tf.distribute.Strategy` to train under.
        run_folder: Where `precision.json` is kept.
        noise: Makes batches to time steps on; None: of digits.
    """
    import tensorflow as tf

    wanted = config.device.precision
    if wanted != "auto":
        return wanted
    has_workers = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if config.device.deterministic or has_workers:
        return FULL
    digits = min(MOST_DIGITS, config.batch_size // strategy.num_replicas_in_sync)
    in_run, in_cache = run_folder / "precision.json", _cache_file(config, strategy, digits)
    kept = {"as this run began": _read(in_run), "measured before": _read(in_cache)}
    source = next((name for name, speeds in kept.items() if speeds), "measured now")
    speeds = kept.get(source)
    if speeds is None and not may_gain(strategy):
        log.info("   %s: this processor has no instructions for bfloat16", FULL)
        _write(NO_GAIN, in_run)
        return FULL
    if speeds is None:
        speeds = measure_speeds(build, strategy, digits, noise=noise)
        _write(speeds, in_cache)
    _write(speeds, in_run)
    gain = speeds[REDUCED] / speeds[FULL]
    chosen = REDUCED if gain >= WORTHWHILE else FULL
    log.info("   %s: %s trains %.2f times as fast (%s, %s images/s; taken from %s on), %s",
             chosen, REDUCED, gain, f"{speeds[REDUCED]:,.0f}", f"{speeds[FULL]:,.0f}",
             WORTHWHILE, source)  # fmt: skip
    return chosen


def may_gain(strategy: Any, instructions: set[str] | None = None) -> bool:
    """Tell whether reduced precision may pay: on a GPU, or where nothing says that it does not.

    Args:
        strategy: The `tf.distribute.Strategy` to train under.
        instructions: What the processor names; None: those of this one.
    """
    known = read_cpu_instructions() if instructions is None else instructions
    is_on_gpu = "GPU" in strategy.extended.worker_devices[0]
    return is_on_gpu or not known or bool(known & BFLOAT16)


def measure_speeds(
    build: Callable[[], Any],
    strategy: Any,
    digits: int,
    precisions: tuple = (FULL, REDUCED),
    *,
    noise: Noise | None = None,
) -> Speeds:
    """Time training steps in each precision, in turns; the fastest turn of each counts.

    The global dtype policy, Keras' names and the random state are not what they were afterwards.

    Args:
        build: Returns the network, compiled, under the global dtype policy.
        strategy: The first of its devices is measured.
        digits: Digits a step.
        precisions: Keras dtype policies.
        noise: Makes a batch; None: of digits.

    Returns:
        Images a second in each precision.
    """
    import keras
    import tensorflow as tf

    fastest = dict.fromkeys(precisions, float("inf"))
    with tf.device(strategy.extended.worker_devices[0]):
        steps = {}
        for precision in precisions:
            keras.mixed_precision.set_dtype_policy(precision)
            steps[precision] = make_step(build(), digits, noise)
        started, rounds = time.perf_counter(), 0
        while rounds < ROUNDS and (not rounds or time.perf_counter() - started < MOST_SECONDS):
            for precision, step in steps.items():
                fastest[precision] = min(fastest[precision], seconds_a_step(step))
            rounds += 1
    return {precision: round(digits / seconds, 1) for precision, seconds in fastest.items()}


def make_step(network: Any, digits: int, noise: Noise | None = None) -> Callable[[], float]:
    """Return a function that trains the network for a step on noise and returns the mean loss.

    Args:
        network: A compiled network; its weights change.
        digits: Digits a step.
        noise: Makes the batch; None: of digits.
    """
    import tensorflow as tf

    shapes = network.input_shape[1:], network.output_shape[1:]
    batch = tuple(map(tf.constant, noise(digits) if noise else noise_of(*shapes, digits)))
    train = tf.function(
        network.train_step,
        reduce_retracing=True,
        jit_compile=network.jit_compile,
        autograph=False,
    )

    def step() -> float:
        return float(train(batch)["loss"])  # reading it waits until a GPU is done

    for _ in range(2):  # the first compiles, the second fills caches
        step()
    return step


def noise_of(image: tuple, targets: tuple, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a batch that means nothing: uint8 images, float32 targets of which one channel is 1.

    Args:
        image: Shape of an image.
        targets: Shape of its targets.
        count: Of images.
    """
    generator, channels = np.random.default_rng(0), targets[-1]
    images = generator.integers(0, 256, (count, *image), dtype=np.uint8)
    chosen = generator.integers(0, channels, (count, *targets[:-1]))
    return images, np.eye(channels, dtype=np.float32)[chosen]


def seconds_a_step(step: Callable[[], float]) -> float:
    """Return the mean time of the steps that fit into a short turn, one at least."""
    started, steps = time.perf_counter(), 0
    while not steps or time.perf_counter() - started < SECONDS_A_TURN:
        step()
        steps += 1
    return (time.perf_counter() - started) / steps


def _cache_file(config: TrainConfig, strategy: Any, digits: int) -> Path:
    """Return where the speeds of this machine, software and network are kept."""
    import platformdirs
    import tensorflow as tf

    device = strategy.extended.worker_devices[0]
    gpus = tf.config.list_physical_devices("GPU") if "GPU" in device else []
    circumstances = {
        "cpu": read_cpu(),
        "gpus": [tf.config.experimental.get_device_details(gpu) for gpu in gpus],
        "threads": config.device.threads,
        "xla": getattr(config.device, "xla", False),
        "versions": {name: read_version(name) for name in ("tensorflow", "keras")},
        "variables": {name: value for name, value in os.environ.items() if "ONEDNN" in name},
        "layers": config.model.layers,
        "optimizer": _without_floats(config.optimizer.model_dump()),
        "digits": digits,
    }
    text = json.dumps(circumstances, sort_keys=True, default=str)
    name = hashlib.sha256(text.encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("mnister") / "precision" / f"{name}.json"


def _without_floats(values: dict[str, Any]) -> dict[str, Any]:
    """Take the sizes out: how far a step goes costs no time; momentum or none does."""
    return {k: value != 0 if isinstance(value, float) else value for k, value in values.items()}


def _read(path: Path) -> Speeds | None:
    """Return the speeds that a file holds; None if it is not there or not whole."""
    try:
        speeds = json.loads(path.read_text(encoding="utf-8"))["images_per_second"]
        return {name: float(speeds[name]) for name in (FULL, REDUCED)}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(speeds: Speeds, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(json.dumps({"images_per_second": speeds}, indent=2) + "\n", path)
    except OSError as error:  # it is measured again next time
        log.warning("   %s cannot be written: %s", path, error.strerror or error)
