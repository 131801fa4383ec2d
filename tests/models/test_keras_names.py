"""What is read from Keras' source files is what Keras itself says."""

import inspect

import pytest

from mnister.models.keras_names import (
    COMMON_LAYER_ARGUMENTS,
    NOT_NAMED_IN_CONFIGS,
    NOT_OPTIMIZERS,
    RUN_OTHER_CODE,
    class_arguments,
    keras_classes,
)

MODULES = ("layers", "optimizers", "initializers", "regularizers", "constraints")


@pytest.fixture(scope="module")
def keras():
    from mnister.quiet import import_tensorflow

    import_tensorflow()
    import keras

    return keras


def real_arguments(module, kind):
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    takes_more = any(p.kind == p.VAR_KEYWORD for p in parameters)
    if module == "layers" and takes_more:
        named += [name for name in COMMON_LAYER_ARGUMENTS if name not in named]
    return tuple(named)


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_names_and_arguments_are_those_of_keras(keras, module):
    real = getattr(keras, module)
    offered = {name for name in dir(real) if inspect.isclass(getattr(real, name))}
    refused = RUN_OTHER_CODE | NOT_OPTIMIZERS | NOT_NAMED_IN_CONFIGS
    assert set(keras_classes(module)) == {n for n in offered - refused if n[0].isupper()}
    for name in keras_classes(module):
        expected = real_arguments(module, getattr(real, name))
        assert class_arguments(module, name) == expected, name


def test_what_runs_other_code_cannot_be_named():
    named = {name for module in MODULES for name in keras_classes(module)}
    assert named.isdisjoint({"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "Layer"})
    assert {"Dense", "Conv2D", "MaxPool2D", "AdamW", "TruncatedNormal", "L2"} <= named


@pytest.mark.slow
def test_every_refused_name_is_still_one_of_keras(keras):
    modules = [getattr(keras, module) for module in MODULES]
    for name in RUN_OTHER_CODE | NOT_OPTIMIZERS | NOT_NAMED_IN_CONFIGS:
        assert any(hasattr(module, name) for module in modules), name
