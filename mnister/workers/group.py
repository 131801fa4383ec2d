"""The processes that train one network together, as each of them sees the others."""

import json
from typing import Any

import numpy as np

from mnister.config.begun import leaves
from mnister.config.schema import TrainConfig
from mnister.errors import UserError

# In what workers may differ: where they are, what they show and save.
MAY_DIFFER = (
    "device.index",
    "device.threads",
    "device.memory_growth",
    "device.start_timeout_seconds",
    "data.dir",
    "export.dir",
    "resume",
    "progress",
    "debug",
)


class Workers:
    """The workers of a strategy; for a strategy of one process, that process.

    What it offers is collective: all workers must call the same, or those that do wait.

    Args:
        strategy: The `tf.distribute.Strategy`.

    Attributes:
        count: How many there are.
        index: Which one this process is; 0 is the chief, which alone writes.
    """

    def __init__(self, strategy: Any) -> None:
        resolver = getattr(strategy, "cluster_resolver", None)
        spec = resolver.cluster_spec().as_dict() if resolver else {}
        self._strategy = strategy
        self.count = max(1, len(spec.get("worker", ())))
        self.index = resolver.task_id if self.count > 1 else 0

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.index == 0

    @property
    def part(self) -> tuple[int, int]:
        """Which part of each batch this process trains on: its place, and how many there are."""
        return self.index, self.count

    def total(self, values: Any) -> np.ndarray:
        """Return the sum of an array over all workers.

        Args:
            values: Of the same shape and dtype in each, int32, int64, float32 or float64.
        """
        import tensorflow as tf

        values = np.asarray(values)
        if self.count == 1:
            return values
        replicas = self._strategy.num_replicas_in_sync // self.count
        spread = self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(
                values if context.replica_id_in_sync_group % replicas == 0 else 0 * values
            )
        )
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, spread, axis=None).numpy()

    def from_chief(self, content: bytes) -> bytes:
        """Return the chief's bytes.

        Args:
            content: Those of the chief; what the others give does not matter.
        """
        if self.count == 1:
            return content
        content = content if self.is_chief else b""
        length = int(self.total(np.int64(len(content))))
        padded = np.frombuffer(content.ljust(-(-length // 4) * 4, b"\0"), dtype=np.int32)
        return self.total(padded).tobytes()[:length] if length else b""


def check_same_config(config: TrainConfig, data_sha256: str, workers: Workers) -> None:
    """Make sure that all workers train the same, on the same data.

    Args:
        config: Of this worker.
        data_sha256: Of the content of its data set.
        workers: All of them.

    Raises:
        UserError: A worker, this or another, was started with another config than the chief, or
            its `data.dir` holds other data.
    """
    mine = dict(leaves(config.model_dump(mode="json"))) | {"data (SHA-256)": data_sha256}
    chiefs = json.loads(workers.from_chief(json.dumps(mine).encode()))
    keys = sorted(mine.keys() | chiefs.keys())
    others = [k for k in keys if mine.get(k) != chiefs.get(k) and not k.startswith(MAY_DIFFER)]
    differ = workers.total(np.eye(workers.count, dtype=np.int64)[workers.index] * bool(others))
    if not differ.any():
        return
    names = " and ".join(f"worker {index}" for index in np.flatnonzero(differ))
    raise UserError(
        f"The chief and {names} were started with different configs",
        expected=", ".join(f"{key}={chiefs.get(key)}" for key in others) or "the chief's",
        received=", ".join(f"{key}={mine.get(key)}" for key in others) or f"see {names}",
        instead="the same command on every worker, but for device.index, and the same data",
    )
