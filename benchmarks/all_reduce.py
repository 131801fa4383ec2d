"""Measure what it costs two or more processes of this machine to add up an array they each hold.

    python benchmarks/all_reduce.py
    python benchmarks/all_reduce.py --workers 4 --values 1 102378

ms         one all-reduce of float32 values under MultiWorkerMirroredStrategy, the next one
           beginning where the last one ended, as in a training step
"""

import argparse
import json
import os
import subprocess
import sys
import time

SIZES = (1, 1_000, 100_000, 1_000_000, 3_000_000, 10_000_000)
IN_A_ROW = 10
REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--values", type=int, nargs="+", default=SIZES, metavar="N",
                        help="sizes of the array (default: 1 to 10,000,000)")  # fmt: skip
    arguments = parser.parse_args()
    if "TF_CONFIG" in os.environ:
        measure(arguments.values)
    else:
        start(arguments.workers)


def start(count: int) -> None:
    """Run this program once a worker, each told of the others by TF_CONFIG."""
    from mnister.workers.addresses import free_addresses

    cluster = {"worker": free_addresses(count)}
    workers = []
    for index in range(count):
        task = {"type": "worker", "index": index}
        environment = os.environ | {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}
        errors = None if index == 0 else subprocess.DEVNULL
        command = [sys.executable, *sys.argv]
        workers.append(subprocess.Popen(command, env=environment, stderr=errors))
    sys.exit(max(worker.wait() for worker in workers))


def measure(sizes: list[int]) -> None:
    """Print the time of an all-reduce by size; every worker measures, the first one prints."""
    from mnister.quiet import import_tensorflow

    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    if is_first := strategy.cluster_resolver.task_id == 0:
        print(f"{'values':>12}{'ms':>10}")
    for size in sizes:
        step = tf.function(lambda size=size: strategy.run(reduce_in_a_row, args=(size,)))
        step()
        milliseconds = min(timed(step) for _ in range(REPEATS)) / IN_A_ROW
        if is_first:
            print(f"{size:>12,}{milliseconds:>10.2f}", flush=True)


def reduce_in_a_row(size: int):
    """Return an array that was added up over all workers again and again."""
    import tensorflow as tf

    context, values = tf.distribute.get_replica_context(), tf.zeros(size)
    for _ in range(IN_A_ROW):
        values = context.all_reduce(tf.distribute.ReduceOp.MEAN, values)
    return values


def timed(step) -> float:
    """Return how long a call takes, in milliseconds."""
    started = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
