"""Every model of the menu builds in Keras as its YAML says; what Keras refuses is named."""

import re

import numpy as np
import pytest
import yaml

from mnister.config import CONFIG_FOLDERS
from mnister.errors import UserError

FOLDER = CONFIG_FOLDERS["train"] / "model"
MODELS = sorted(file for file in FOLDER.glob("*.yaml") if file.stem not in ("page", "crop"))


@pytest.fixture(scope="module")
def build():
    """Give `build_network` with Keras imported quietly, in float32."""
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    import keras

    from mnister.tasks.digits import digit_form
    from mnister.training.model import build_network

    keras.mixed_precision.set_dtype_policy("float32")
    return lambda layers, classes=10, form=None: build_network(
        layers, form or digit_form(classes), "network"
    )


def read_model(file):
    """Return the content of a model's YAML and the parameters that it claims."""
    text = file.read_text(encoding="utf-8")
    claimed = re.search(r"([\d,]+) parameters", text.split("\nname:")[0])
    content = yaml.safe_load(text)
    assert content["name"] == file.stem
    return content, int(claimed[1].replace(",", ""))


@pytest.mark.slow
@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_a_model_has_the_parameters_that_its_yaml_claims(build, file):
    content, claimed = read_model(file)
    network = build(content["layers"])
    assert network.count_params() == claimed
    assert network.input_shape == (None, 28, 28, 1)
    assert network.output_shape == (None, 10)
    assert build(content["layers"], 26).output_shape == (None, 26)


def test_a_crop_network_takes_crops(build):
    from mnister.tasks.crops import crop_form

    content, claimed = read_model(FOLDER / "crop.yaml")
    network = build(content["layers"], form=crop_form())
    assert network.count_params() == claimed
    assert (network.input_shape, network.output_shape) == ((None, 40, 40, 1), (None, 21))


@pytest.mark.parametrize("size", [192, None])
def test_a_page_network_takes_pages_of_one_size_or_of_any(build, size):
    from mnister.tasks.pages import page_form

    content, claimed = read_model(FOLDER / "page.yaml")
    network = build(content["layers"], form=page_form(size))
    assert network.count_params() == claimed
    assert network.input_shape == (None, size, size, 1)
    assert network.output_shape == (None, size and 48, size and 48, 15)
    assert network(np.zeros((1, 192, 192, 1), np.uint8)).shape == (1, 48, 48, 15)


def test_a_network_of_digits_is_none_of_pages(build):
    from mnister.tasks.pages import page_form

    with pytest.raises(UserError, match="15 channels for every square") as caught:
        build(["Flatten", {"Dense": {"units": "classes"}}], form=page_form(64))
    assert caught.value.instead == "- Conv2D: {filters: classes, kernel_size: 1}"


def test_grey_values_are_divided_by_255(build):
    network = build(["Flatten", {"Dense": {"units": "classes"}}])
    image = np.full((1, 28, 28, 1), 255, np.float32)
    kernel, bias = network.get_weights()
    assert np.asarray(network(image)) == pytest.approx(kernel.sum(axis=0)[None] + bias, abs=1e-4)


def test_initial_values_come_from_the_yaml(build):
    layer = {
        "Dense": {
            "units": "classes",
            "kernel_initializer": {"TruncatedNormal": {"stddev": 0.1}},
            "bias_initializer": {"Constant": {"value": 0.1}},
            "kernel_regularizer": {"L2": {"l2": 0.5}},
        }
    }
    network = build(["Flatten", layer])
    kernel, bias = network.get_weights()
    assert 0.07 < kernel.std() < 0.1
    assert np.abs(kernel).max() <= 0.2
    assert np.array_equal(bias, np.full(10, 0.1, np.float32))
    assert float(network.layers[-1].kernel_regularizer.l2) == 0.5


def test_one_rate_is_set_for_every_dropout(build):
    from mnister.training.model import with_dropout

    layers = ["Flatten", {"Dropout": {"rate": 0.5, "seed": 3}}, {"GaussianDropout": {"rate": 0.2}}]
    layers.append({"Dense": {"units": "classes"}})
    network = build(with_dropout(layers, 0.0))
    assert [layer.rate for layer in network.layers[2:4]] == [0, 0]
    assert network.layers[2].seed == 3
    assert with_dropout(layers, None) is layers
    assert layers[1] == {"Dropout": {"rate": 0.5, "seed": 3}}


def test_a_block_is_its_layers(build):
    from mnister.models.batch_normalization import BatchNormalization

    block = {"ConvBlock": {"filters": 4, "kernel_size": 3, "strides": 2}}
    network = build([block, "GlobalMaxPooling2D", {"Dense": {"units": "classes"}}])
    kinds = [type(layer).__name__ for layer in network.layers[1:4]]
    assert kinds == ["Conv2D", "BatchNormalization", "Activation"]
    assert isinstance(network.layers[2], BatchNormalization)
    assert network.layers[3].output.shape == (None, 14, 14, 4)


def test_a_block_pools_before_it_normalises(build):
    block = {"ConvBlock": {"filters": 4, "kernel_size": 5, "padding": "valid", "pool": 2}}
    network = build([block, "GlobalMaxPooling2D", {"Dense": {"units": "classes"}}])
    kinds = [type(layer).__name__ for layer in network.layers[1:5]]
    assert kinds == ["Conv2D", "MaxPooling2D", "BatchNormalization", "Activation"]
    assert network.layers[3].output.shape == (None, 12, 12, 4)


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        ([{"Dense": {"units": -5}}], "model.layers[0]"),
        (["Flatten", {"Dense": {"units": "many"}}], "model.layers[1]"),
        (["Flatten", {"Dense": {"units": 10, "activation": "rleu"}}], "model.layers[1]"),
        (["Flatten", "MaxPooling2D"], "model.layers[1]"),
        ([{"Conv2D": {"filters": 3}}], "model.layers[0]"),
        ([{"ConvBlock": {"filters": 3}}], "model.layers[0]"),
        ([{"Conv2D": {"filters": 3, "kernel_size": 29}}], "model.layers[0]"),
        (["Flatten", {"Dropout": {"rate": 2}}], "model.layers[1]"),
        (["Flatten", "Add", {"Dense": {"units": 10}}], "model.layers[1]"),
        (["Flatten", {"Dense": {"units": 10, "kernel_initializer": {"Constant": {"value": "x"}}}}],
         "model.layers[1]"),
        (["Flatten", {"Dense": {"units": 10, "kernel_initializer": {"VarianceScaling":
         {"mode": "fan"}}}}], "model.layers[1]"),
    ],
)  # fmt: skip
def test_a_layer_that_keras_refuses_is_named(build, layers, named):
    with pytest.raises(UserError) as caught:
        build(layers)
    assert caught.value.what.startswith(f"{named} cannot be built: ")
    assert caught.value.received == str(layers[int(named[-2])])


def test_the_reason_that_keras_gives_is_said(build):
    with pytest.raises(UserError, match=r"Values in `cropping` argument should be smaller"):
        build([{"Cropping2D": {"cropping": 20}}, "Flatten", {"Dense": {"units": "classes"}}])


@pytest.mark.parametrize(
    "last",
    [
        {"Dense": {"units": 11}},
        {"Dense": {"units": "classes", "activation": "softmax"}},
        {"Activation": {"activation": "softmax"}},
        "Softmax",
        {"Reshape": {"target_shape": [5, 2]}},
    ],
)
def test_the_last_layer_must_give_logits(build, last):
    with pytest.raises(UserError, match="one logit a class") as caught:
        build(["Flatten", {"Dense": {"units": "classes"}}, last])
    assert caught.value.instead == "- Dense: {units: classes}"
