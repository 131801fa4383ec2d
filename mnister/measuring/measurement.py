"""What a benchmark measures: one runtime on one device with one batch size."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Place:
    """Where a network runs.

    Attributes:
        runtime: `litert` or `saved_model`.
        device: `CPU`, `GPU:0`, `GPU:1` …
        description: The device's model and, of a CPU, the threads used.
    """

    runtime: str
    device: str
    description: str

    def __str__(self) -> str:
        """Return the runtime and the device."""
        return f"{self.runtime} on {self.device}"


@dataclass(frozen=True)
class Measurement:
    """How long calls with one batch size took in one place.

    Attributes:
        place: Runtime and device.
        batch_size: Digits a call.
        load_ms: Milliseconds to load the model.
        first_ms: Milliseconds of the first call after loading.
        calls_ms: Milliseconds of each timed call after the warm-up, float64 (repeats,).
    """

    place: Place
    batch_size: int
    load_ms: float
    first_ms: float
    calls_ms: np.ndarray

    @property
    def median_ms(self) -> float:
        """Latency that half of the calls kept below."""
        return float(np.median(self.calls_ms))

    @property
    def p95_ms(self) -> float:
        """Latency that 95 % of the calls kept below."""
        return float(np.percentile(self.calls_ms, 95))

    @property
    def digits_per_second(self) -> float:
        """Throughput over all timed calls."""
        return 1000 * self.batch_size * len(self.calls_ms) / float(self.calls_ms.sum())
