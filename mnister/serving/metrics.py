"""What Prometheus is told: requests, errors, latency, queue, digits read."""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counts what a server does.

    Args:
        waiting: Returns how many pictures are read or wait to be read.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        labels = ("route", "status")
        where = {"registry": self._registry}
        self._requests = Counter("mnister_requests", "Requests answered.", labels, **where)
        self._seconds = Histogram(
            "mnister_request_seconds", "From request to answer.", ("route",), buckets=_SECONDS,
            **where,
        )  # fmt: skip
        self._digits = Counter("mnister_digits", "Digits read.", **where)
        self.batch = Histogram(
            "mnister_batch_digits", "Digits given to the network at once.",
            buckets=(1, 2, 4, 8, 16, 32, 64), **where,
        )  # fmt: skip
        queue = Gauge("mnister_pictures", "Pictures that are read, or wait for it.", **where)
        queue.set_function(waiting)

    def note(self, route: str, status: int, seconds: float, digits: int) -> None:
        """Count one request.

        Args:
            route: Its name; never a path, of which there are any number.
            status: Of HTTP.
            seconds: Until it was answered.
            digits: How many digits were read.
        """
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        self._digits.inc(digits)

    def text(self) -> bytes:
        """Return all of it in Prometheus' format."""
        return generate_latest(self._registry)
