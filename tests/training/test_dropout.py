"""Dropout draws other numbers in each replica, and in the first what one alone draws."""

import json

import pytest

PROGRAM = """
import json
import keras, numpy as np, tensorflow as tf
from mnister.training.dropout import draw_apart

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

def masks(strategy, steps=3):
    keras.utils.set_random_seed(3)
    with strategy.scope():
        network = keras.Sequential([keras.Input((100,)), keras.layers.Dropout(0.5)])
        draw_apart(network)
    step = tf.function(lambda: strategy.run(
        lambda: tf.reshape(network(tf.ones((1, 100)), training=True), [-1])))
    drawn = [strategy.experimental_local_results(step()) for _ in range(steps)]
    return (np.array(drawn) > 0).astype(int).tolist()

print(json.dumps({
    "one": masks(tf.distribute.OneDeviceStrategy("CPU:0")),
    "two": masks(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])),
}))
"""


@pytest.mark.slow
def test_each_replica_drops_other_units(run_python):
    finished = run_python("-c", PROGRAM, CUDA_VISIBLE_DEVICES="-1")
    assert finished.returncode == 0, finished.stderr
    masks = json.loads(finished.stdout.splitlines()[-1])
    drawn = [tuple(mask) for step in masks["two"] for mask in step]
    assert len(set(drawn)) == 6
    assert [step[0] for step in masks["two"]] == [step[0] for step in masks["one"]]
