"""The batches of a training, each a pure function of its step, made beside the network's steps."""

import abc
import os
import sys
import threading
from typing import Any

import numpy as np

# Steps of niceness of the thread that makes batches above that of the network's threads: enough to
# give way to them, and not to every other process of the machine.
GIVE_WAY = 3


class Batches(abc.ABC):
    """What a network is trained on, step by step.

    A batch follows from the run's seed and its step alone: a run can start at any step and sees
    what it would have seen there.

    Attributes:
        batch_size: Images a batch, over all workers.
        steps_per_epoch: Batches from one validation to the next.
    """

    batch_size: int
    steps_per_epoch: int

    @abc.abstractmethod
    def batch(self, step: int, part: tuple[int, int] = (0, 1)) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch of a step, or one worker's part of it.

        Args:
            step: 0 for the run's first.
            part: Place of the worker and how many there are.

        Returns:
            uint8 (N, H, W, 1) images and float32 (N, …) targets.
        """

    def dataset(self, first_step: int, last_step: int, part: tuple[int, int] = (0, 1)) -> Any:
        """Return the batches of the steps [first_step, last_step) as a `tf.data.Dataset`.

        `part` is that of `batch`. Batches are made one at a time, while the network trains on
        earlier ones: two Python threads keep each other waiting.
        """
        import tensorflow as tf

        keep_to_one_thread()
        images, targets = self.batch(first_step, part)

        def make_batch(step):
            _give_way()
            return self.batch(step, part)

        def make(step):
            made = tf.numpy_function(make_batch, [step], [tf.uint8, tf.float32], stateful=False)
            return tuple(
                tf.ensure_shape(part, shape)
                for part, shape in zip(made, (images.shape, targets.shape), strict=True)
            )

        steps = tf.data.Dataset.range(first_step, last_step)
        batches = steps.map(make, num_parallel_calls=1, deterministic=True).prefetch(4)
        options = tf.data.Options()
        options.threading.private_threadpool_size = 1  # a thread that only makes batches
        options.autotune.enabled = False  # see `fit._compile_step`
        return batches.with_options(options)


def keep_to_one_thread() -> None:
    """Let NumPy and OpenCV compute on the thread that calls them.

    Batches are made beside the training; with threads of their own they keep the network's
    waiting: an epoch on two cores took half as long again. And the rounding of a product no
    longer depends on the number of cores.
    """
    import cv2
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    threadpool_limits(1, user_api="blas")


def _give_way() -> None:
    """Let this thread compute when the network's threads do not; does nothing but on Linux.

    Every operation of the network waits for the slowest of its threads: one that shares its core
    holds up all.
    """
    if sys.platform == "linux":
        niceness = os.getpriority(os.PRIO_PROCESS, os.getpid()) + GIVE_WAY
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, niceness))
