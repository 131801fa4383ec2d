"""The table of a dry run: arithmetic as by hand and as TensorFlow counts it, 80 columns wide."""

from types import SimpleNamespace

import pytest
import yaml

from mnister.config import CONFIG_FOLDERS

MODELS = sorted((CONFIG_FOLDERS["train"] / "model").glob("*.yaml"))


@pytest.fixture(scope="module")
def build():
    """Give `build_network` with Keras imported quietly."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    from mnister.tasks.digits import digit_form
    from mnister.training.model import build_network

    return lambda layers, form=None: build_network(layers, form or digit_form(10), "network")


def form_of(file):
    """Return what the network of a model's YAML takes and gives."""
    from mnister.tasks.digits import digit_form
    from mnister.tasks.pages import page_form

    return page_form(192) if file.stem == "page" else digit_form(10)


def operations(network):
    from mnister.training.summary import layer_operations

    return {type(layer).__name__: layer_operations(layer) for layer in network.layers}


def profiled(network):
    """Return what TensorFlow's profiler counts for one image, kernels alone."""
    import tensorflow as tf
    from tensorflow.compat.v1 import profiler

    forward = tf.function(lambda image: network(image, training=False))
    graph = forward.get_concrete_function(tf.TensorSpec((1, *network.input_shape[1:]))).graph
    count = profiler.ProfileOptionBuilder.float_operation()
    options = profiler.ProfileOptionBuilder(count).with_empty_output().build()
    kinds = {op.name: op.type for op in graph.get_operations()}
    nodes = profiler.profile(graph, options=options, cmd="scope").children
    kernels = ("Conv2D", "DepthwiseConv2dNative", "MatMul")
    return sum(node.float_ops for node in nodes if kinds.get(node.name) in kernels)


def test_operations_are_those_counted_by_hand(build):
    network = build(
        [
            {"Conv2D": {"filters": 8, "kernel_size": 5, "strides": 2}},  # 12×12×8
            {"DepthwiseConv2D": {"kernel_size": 3}},  # 10×10×8
            {"Conv2DTranspose": {"filters": 4, "kernel_size": 3, "strides": 2}},  # 21×21×4
            {"SeparableConv2D": {"filters": 6, "kernel_size": 3}},  # 19×19×6
            "MaxPooling2D",  # 9×9×6
            {"Reshape": {"target_shape": [81, 6]}},
            {"LSTM": {"units": 7}},
            {"Dense": {"units": "classes"}},
        ]
    )
    assert operations(network) == {
        "Rescaling": 0,
        "Conv2D": 2 * (5 * 5 * 1 * 8) * 12 * 12,
        "DepthwiseConv2D": 2 * (3 * 3 * 8) * 10 * 10,
        "Conv2DTranspose": 2 * (3 * 3 * 8 * 4) * 10 * 10,
        "SeparableConv2D": 2 * (3 * 3 * 4 + 4 * 6) * 19 * 19,
        "MaxPooling2D": 0,
        "Reshape": 0,
        "LSTM": 2 * (6 * 4 * 7 + 7 * 4 * 7) * 81,
        "Dense": 2 * (7 * 10),
    }


def test_a_grouped_convolution_sees_its_group_alone(build):
    grouped = {"Conv2D": {"filters": 6, "kernel_size": 3, "groups": 3}}
    network = build(
        [
            {"Conv2D": {"filters": 3, "kernel_size": 1}},
            grouped,
            "Flatten",
            {"Dense": {"units": 10}},
        ]
    )
    assert operations(network)["Conv2D"] == 2 * (3 * 3 * 1 * 6) * 26 * 26


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_tensorflow_counts_the_same(build, file):
    from mnister.training.summary import layer_operations

    layers = yaml.safe_load(file.read_text(encoding="utf-8"))["layers"]
    network = build(layers, form_of(file))
    # The convolution that LocalContrast interpolates with learns nothing and is not counted.
    fixed = 2 * 2 * (3 * 3 * 16) * 48 * 48 if "LocalContrast" in str(layers) else 0
    assert sum(map(layer_operations, network.layers)) == profiled(network) - fixed > 100_000


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_the_table_fits_a_terminal(build, file, capsys):
    from mnister.training.summary import print_summary

    extended = SimpleNamespace(worker_devices=("/job:localhost/replica:0/task:0/device:GPU:3",))
    strategy = SimpleNamespace(num_replicas_in_sync=4, extended=extended)
    layers = yaml.safe_load(file.read_text(encoding="utf-8"))["layers"]
    print_summary(build(layers, form_of(file)), strategy, 64)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert lines[-1] == "SimpleNamespace: 4 replicas × 16 digits a step, on GPU:3"
