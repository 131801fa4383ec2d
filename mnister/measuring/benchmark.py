"""`mode=benchmark`: latency and throughput of an exported model on every runtime and device."""

import contextlib
import gc
import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from mnister.config.infer_schema import BenchmarkConfig
from mnister.errors import UserError
from mnister.measuring.benchmark_report import print_benchmark, write_benchmark
from mnister.measuring.measurement import Measurement, Place
from mnister.models.load import load_network
from mnister.models.runtimes import Classifier
from mnister.models.store import ExportedModel
from mnister.quiet import import_tensorflow
from mnister.run_files import count_cores, read_cpu_model, write_environment

WARM_UP_CALLS = 3
SEED = 0

log = logging.getLogger("mnister.reading")


def run_benchmark(
    config: BenchmarkConfig, model: ExportedModel, run_folder: Path
) -> list[Measurement]:
    """Measure an exported model wherever it can run, print a table and write the run's files.

    Args:
        config: A checked config; LiteRT runs with its `runtime.threads`, or one a core.
        model: The version that is measured, its files verified.
        run_folder: Where `benchmark.csv`, `benchmark.png` and `environment.json` go.

    Returns:
        One measurement for each runtime, device and batch size.
    """
    threads = getattr(config.runtime, "threads", None) or count_cores()
    log.info("1. Look for runtimes and devices")
    places = find_places(threads)
    batch_sizes = sorted(set(config.batch_sizes))
    measurements = []
    for place in places:
        log.info("2. Measure %s/%d with %s on %s: %s", model.name, model.version, place.runtime,
                 place.device, place.description)  # fmt: skip
        measurements += measure(model, place, batch_sizes, config.repeats, threads)
    log.info("3. Write %s", run_folder)
    print_benchmark(measurements)
    write_benchmark(measurements, run_folder)
    write_environment(run_folder / "environment.json")
    return measurements


def find_places(threads: int) -> list[Place]:
    """List where the model can run: LiteRT always, TensorFlow's devices where it is installed.

    Args:
        threads: Of LiteRT.
    """
    cpu = read_cpu_model()
    places = [Place("litert", "CPU", f"{cpu}, {count_of(threads, 'thread')}")]
    try:
        tensorflow = import_tensorflow()
    except UserError as error:
        log.warning("   runtime saved_model is left out: %s", error.what)
        return places
    places.append(Place("saved_model", "CPU", f"{cpu}, {count_of(count_cores(), 'thread')}"))
    for number, gpu in enumerate(tensorflow.config.list_physical_devices("GPU")):
        details = tensorflow.config.experimental.get_device_details(gpu)
        name = details.get("device_name", "unknown model")
        places.append(Place("saved_model", f"GPU:{number}", name))
    return places


def count_of(number: int, thing: str) -> str:
    """Write `1 thread`, `2 threads`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def measure(
    model: ExportedModel, place: Place, batch_sizes: Sequence[int], repeats: int, threads: int
) -> list[Measurement]:
    """Measure the model in one place, loaded anew for each batch size.

    Loading anew makes every first call a cold one, so that first calls can be compared.

    Args:
        model: A verified version.
        place: Runtime and device.
        batch_sizes: Digits a call.
        repeats: Timed calls of each batch size.
        threads: Of LiteRT.
    """
    measurements = []
    with device_scope(place):
        for batch_size in batch_sizes:
            started = time.perf_counter_ns()
            classifier = load_network(model, place.runtime, batch_size=batch_size, threads=threads)
            load_ms = (time.perf_counter_ns() - started) / 1e6
            first_ms, calls_ms = time_calls(classifier, random_digits(batch_size), repeats)
            measurements.append(Measurement(place, batch_size, load_ms, first_ms, calls_ms))
    return measurements


def device_scope(place: Place) -> AbstractContextManager:
    """Make TensorFlow keep and run what is loaded meanwhile on the place's device."""
    if place.runtime == "litert":
        return contextlib.nullcontext()
    return import_tensorflow().device(f"/{place.device}" if ":" in place.device else "/CPU:0")


def random_digits(count: int) -> np.ndarray:
    """Return always the same images uint8 (count, 28, 28, 1) of noise; any image takes as long."""
    return np.random.default_rng(SEED).integers(0, 256, (count, 28, 28, 1), dtype=np.uint8)


def time_calls(
    classifier: Classifier, images: np.ndarray, repeats: int
) -> tuple[float, np.ndarray]:
    """Time calls of a network, from images in memory to probabilities in memory.

    Args:
        classifier: The network; not called before.
        images: uint8 (N, 28, 28, 1), one batch.
        repeats: Timed calls, after the warm-up.

    Returns:
        Milliseconds of the first call, and of each timed call, float64 (repeats,). Python's
        garbage collector rests meanwhile, as in `timeit`.
    """
    first_ms = _call_ms(classifier, images)
    for _ in range(WARM_UP_CALLS - 1):
        classifier.predict(images)
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        calls_ms = np.array([_call_ms(classifier, images) for _ in range(repeats)])
    finally:
        if was_collecting:
            gc.enable()
    return first_ms, calls_ms


def _call_ms(classifier: Classifier, images: np.ndarray) -> float:
    started = time.perf_counter_ns()
    classifier.predict(images)
    return (time.perf_counter_ns() - started) / 1e6
