"""Layers and callbacks that Keras does not offer are refused, and arguments that they have not."""

import pytest

from mnister.config.compose import check_overrides
from mnister.config.layer_lists import CALLBACK_VALUES, CALLBACKS
from mnister.models.keras_names import class_arguments
from tests.config.refused import mistakes_of

LAYER_MISTAKES = [
    ("[Dens]", "", "no such name", "Dense"),
    ("[{Conv2d:{filters:3}}]", "", "no such name", "Conv2D"),
    ("[{Dense:{unit:10}}]", ".Dense.unit", "no such argument", "units"),
    ("[{MaxPool2D:{poolsize:2}}]", ".MaxPool2D.poolsize", "no such argument",
     "pool_size"),
    ("[{ConvBlock:{filter:3}}]", ".ConvBlock.filter", "no such argument",
     "filters"),
    ("[{Dense:{units:1,kernel_initializer:{TruncatedNorml:{}}}}]",
     ".Dense.kernel_initializer", "no such name", "TruncatedNormal"),
    ("[{Dense:{units:1,kernel_initializer:{Constant:{valeu:1}}}}]",
     ".Dense.kernel_initializer.Constant.valeu", "no such argument", "value"),
    ("[{Dense:{units:1,kernel_regularizer:{L3:{}}}}]",
     ".Dense.kernel_regularizer", "no such name", None),
    ("[Lambda]", "", "no such name", None),
    ("[{Lambda:{function:x}}]", "", "no such name", None),
    ("[{TFSMLayer:{filepath:x}}]", "", "no such name", None),
    ("[{os.system:{command:ls}}]", "", "no such name", None),
    ("[5]", "", "not a layer", None),
    ("[{Dense:5}]", "", "not a layer", None),
    ("[{Dense:{units:1},Flatten:{}}]", "", "not a layer", None),
    ("[{1:{units:5}}]", "", "no such name", None),
    ("[{Dense:{5:1}}]", ".Dense.5", "no such argument", None),
    ("[{Dense:{units:{class_name:int,module:builtins}}}]", ".Dense.units",
     "takes no nested names", None),
    ("[{Dense:{units:1,activation:{class_name:Lambda,module:keras.layers,config:{}}}}]",
     ".Dense.activation", "takes no nested names", None),
    ("[{Dense:{units:1,kernel_initializer:{class_name:run,module:subprocess}}}]",
     ".Dense.kernel_initializer", "not one name with its arguments", None),
    ("[{Dense:{units:1,kernel_initializer:{module:{a:b}}}}]",
     ".Dense.kernel_initializer", "no such name", None),
    ("[{Pipeline:{layers:[{class_name:Lambda,module:keras.layers}]}}]",
     ".Pipeline.layers", "takes no nested names", None),
    ("[{Pipeline:{layers:[[{class_name:Lambda}]]}}]",
     ".Pipeline.layers", "takes no nested names", None),
]  # fmt: skip


def test_layers_that_cannot_be_are_refused():
    layers = [layer[1:-1] for layer, *_ in LAYER_MISTAKES]
    mistakes = mistakes_of(f"model.layers=[{','.join(layers)}]")
    wanted = {
        f"model.layers[{index}]{key}": (problem, instead)
        for index, (_, key, problem, instead) in enumerate(LAYER_MISTAKES)
    }
    assert {key: (m.problem, m.instead) for key, m in mistakes.items()} == wanted


@pytest.mark.parametrize("layers", ["[]", "Dense"])
def test_layers_must_be_a_list(layers):
    assert "a list" in mistakes_of(f"model.layers={layers}")["model.layers"].expected


def test_callbacks_that_would_fail_when_an_epoch_ends_are_refused_before():
    typed = (
        "callbacks=[{EarlyStopping: {monitor: validation_loss, patience: three, mode: up}},"
        " {ReduceLROnPlateau: {factor: [0.5]}}, {EarlyStopping: {patince: 3}}]"
    )
    mistakes = mistakes_of(typed)
    assert {key: mistake.received for key, mistake in mistakes.items()} == {
        "callbacks[0].EarlyStopping.monitor": "validation_loss",
        "callbacks[0].EarlyStopping.patience": "three",
        "callbacks[0].EarlyStopping.mode": "up",
        "callbacks[1].ReduceLROnPlateau.factor": "[0.5]",
        "callbacks[2].EarlyStopping.patince": "3",
        "callbacks": "schedule=one_cycle",
    }
    assert mistakes["callbacks[0].EarlyStopping.monitor"].instead == "val_loss"
    assert mistakes["callbacks"].instead == "schedule=constant"
    possible = "callbacks=[{ReduceLROnPlateau: {factor: 0.5, monitor: val_accuracy, mode: max}}]"
    assert check_overrides("train", [possible, "schedule=constant"])


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("patience: null", "a whole number of 0 or more"),
        ("patience: -1", "a whole number of 0 or more"),
        ("min_delta: nan", "a number of 0 or more"),
        ("baseline: low", "a number or null"),
        ("restore_best_weights: 1", "true or false"),
    ],
)
def test_a_callbacks_arguments_have_their_range(argument, expected):
    (mistake,) = mistakes_of(f"callbacks=[{{EarlyStopping: {{{argument}}}}}]").values()
    assert mistake.key == f"callbacks[0].EarlyStopping.{argument.partition(':')[0]}"
    assert mistake.expected == expected


@pytest.mark.parametrize("name", CALLBACKS)
def test_every_argument_of_a_callback_has_its_range(name):
    assert set(class_arguments("callbacks", name)) <= set(CALLBACK_VALUES)
