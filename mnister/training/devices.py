"""The devices of a run: threads, memory, and the `tf.distribute` strategy."""

import functools
import logging
from typing import Any

from mnister.errors import UserError
from mnister.workers.telling import tell

log = logging.getLogger(__name__)


def choose_strategy(settings: Any, batch_size: int):
    """Set TensorFlow up as `device` says and return the strategy to train under.

    May be called once a job in a process that runs many; what TensorFlow fixes at its start
    (threads, logical CPUs) is set by the first.

    Args:
        settings: Settings of `conf/device`.
        batch_size: Digits a step, over all replicas.

    Returns:
        A `tf.distribute.Strategy`.

    Raises:
        UserError: A device is not there, or the replicas do not divide the batch.
    """
    import tensorflow as tf

    _set_once(settings)
    if settings.deterministic:
        tf.config.experimental.enable_op_determinism()
    strategy = _make_strategy(settings)
    _check_batch(batch_size, strategy.num_replicas_in_sync)
    _check_xla(settings, strategy.num_replicas_in_sync)
    return strategy


def _make_strategy(settings: Any):
    import tensorflow as tf

    if settings.kind == "multi_worker":
        return _workers_strategy()
    gpus = [device.name.split(":", 1)[1] for device in tf.config.list_logical_devices("GPU")]
    if settings.kind == "gpu" and not gpus:
        raise _no_device("a GPU", "device=gpu")
    if settings.kind == "mirrored":
        return tf.distribute.MirroredStrategy(_mirrored_devices(settings, gpus))
    if settings.kind == "auto" and len(gpus) > 1:
        return tf.distribute.MirroredStrategy(gpus)
    is_on_gpu = bool(gpus) and settings.kind in ("auto", "gpu")
    return tf.distribute.OneDeviceStrategy(gpus[0] if is_on_gpu else "CPU:0")


@functools.cache
def _workers_strategy():
    """Return the strategy of the workers in TF_CONFIG, once all of them are there."""
    import tensorflow as tf

    tell(ready=True)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    tell(started=True)
    return strategy


def _mirrored_devices(settings: Any, gpus: list[str]) -> list[str]:
    import tensorflow as tf

    cpus = [device.name.split(":", 1)[1] for device in tf.config.list_logical_devices("CPU")]
    wanted = settings.devices or (cpus if settings.logical_cpus else gpus or cpus)
    for name in wanted:
        if f"device:{name}" not in [f"device:{n.removeprefix('device:')}" for n in gpus + cpus]:
            raise _no_device(name, f"device.devices={wanted}")
    return wanted


def _no_device(wanted: str, received: str) -> UserError:
    import tensorflow as tf

    seen = [device.name for device in tf.config.list_logical_devices()]
    return UserError(
        f"TensorFlow does not see {wanted}",
        expected=f"one of what it sees: {', '.join(seen)}",
        received=received,
        instead="device=auto   (for NVIDIA GPUs: pip install 'tensorflow[and-cuda]')",
    )


def _check_batch(batch_size: int, replicas: int) -> None:
    if batch_size % replicas:
        below = batch_size - batch_size % replicas
        nearest = [size for size in (below, below + replicas) if size > 0]
        raise UserError(
            f"{replicas} replicas do not divide the batch evenly",
            expected=f"batch_size that {replicas} divides",
            received=f"batch_size={batch_size}",
            instead=" or ".join(f"batch_size={size}" for size in nearest),
        )


def _check_xla(settings: Any, replicas: int) -> None:
    if getattr(settings, "xla", False) and replicas > 1:
        raise UserError(
            "XLA cannot compile the training step of several replicas",
            expected="one device",
            received=f"device.xla=true on {replicas} GPUs",
            instead="device=gpu device.xla=true, or device.xla=false",
        )


def _set_once(settings: Any) -> None:
    """Set what TensorFlow takes only before it starts."""
    import tensorflow as tf

    try:
        if settings.threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(settings.threads)
            tf.config.threading.set_inter_op_parallelism_threads(settings.threads)
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, settings.memory_growth)
        if getattr(settings, "logical_cpus", None):
            cpu = tf.config.list_physical_devices("CPU")[0]
            parts = [tf.config.LogicalDeviceConfiguration()] * settings.logical_cpus
            tf.config.set_logical_device_configuration(cpu, parts)
    except RuntimeError:
        log.warning("TensorFlow already runs in this process: threads and devices stay as set.")
