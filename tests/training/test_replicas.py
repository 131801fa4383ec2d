"""Each replica draws its own dropout; batch statistics are those of the whole batch."""

import json

import numpy as np
import pytest

PROGRAM = """
import json
import keras, numpy as np, tensorflow as tf
from mnister.models.batch_normalization import BatchNormalization
from mnister.training.replicas import draw_apart

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
one = tf.distribute.OneDeviceStrategy("CPU:0")
two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def make(strategy, *layers):
    keras.utils.set_random_seed(3)
    with strategy.scope():
        network = keras.Sequential([keras.Input((6, 6, 4)), *[make() for make in layers]])
        draw_apart(network)
        network.compile(keras.optimizers.SGD(0.1), "mse")
    return network


def masks(strategy, steps=3):
    network = make(strategy, lambda: keras.layers.Dropout(0.5))
    images = tf.ones((1, 6, 6, 4))
    step = tf.function(
        lambda: strategy.run(lambda: tf.reshape(network(images, training=True), [-1]))
    )
    drawn = [strategy.experimental_local_results(step()) for _ in range(steps)]
    return (np.array(drawn) > 0).astype(int).tolist()


def trained(strategy):
    network = make(
        strategy,
        lambda: keras.layers.Conv2D(5, 3, use_bias=False),
        lambda: BatchNormalization(momentum=0.5),
        lambda: keras.layers.GlobalMaxPooling2D(),
    )
    generator = np.random.default_rng(1)
    data = tf.data.Dataset.from_tensor_slices((
        generator.normal(3, 2, (24, 6, 6, 4)).astype("float32"),
        generator.normal(size=(24, 5)).astype("float32"),
    )).batch(8)
    exchanges = count_exchanges()
    step = tf.function(lambda batch: strategy.run(network.train_step, args=(batch,)))
    for batch in strategy.experimental_distribute_dataset(data):
        step(batch)
    values = [np.asarray(variable).tolist() for variable in network.variables[:5]]
    return {"values": values, "exchanges": len(exchanges)}


def count_exchanges():
    exchanges = []
    context = tf.distribute.ReplicaContext
    exchange = getattr(context, "plain_all_reduce", context.all_reduce)
    context.plain_all_reduce = exchange

    def counted(self, operation, value, *arguments, **named):
        if tf.is_tensor(value):
            exchanges.append(value.shape)
        return exchange(self, operation, value, *arguments, **named)

    context.all_reduce = counted
    return exchanges


print(json.dumps({
    "masks of one": masks(one), "masks of two": masks(two),
    "one": trained(one), "two": trained(two),
}))
"""


@pytest.fixture(scope="module")
def outcome(run_python):
    finished = run_python("-c", PROGRAM, CUDA_VISIBLE_DEVICES="-1")
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.slow
def test_each_replica_drops_other_units(outcome):
    drawn = [tuple(mask) for step in outcome["masks of two"] for mask in step]
    assert len(set(drawn)) == 6
    assert [step[0] for step in outcome["masks of two"]] == [
        step[0] for step in outcome["masks of one"]
    ]


def test_batch_statistics_are_those_of_the_whole_batch(outcome):
    one, two = outcome["one"]["values"], outcome["two"]["values"]
    assert len(one) == len(two) == 5  # kernel, gamma, beta, running mean and variance
    for of_one, of_two in zip(one, two, strict=True):
        np.testing.assert_allclose(of_two, of_one, rtol=1e-5, atol=1e-5)
    assert np.abs(one[3]).max() > 0.1


def test_batch_statistics_are_exchanged_at_once(outcome):
    assert outcome["two"]["exchanges"] == 2  # by two replicas, forward
