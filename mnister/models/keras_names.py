"""What Keras offers by name, read from its source files without importing it.

Importing Keras takes seconds; a config is checked in a fraction of one. Only what is listed here
can be named in a config file: a config chooses what Keras offers, it never imports other code.
"""

import ast
import functools
import importlib.util
from pathlib import Path

from mnister.errors import UserError
from mnister.invocation import install_command

# These run code or load programs that a config file could name.
RUN_OTHER_CODE = {
    "FlaxLayer", "InputLayer", "JaxLayer", "Lambda", "Layer", "TFSMLayer",
    "TorchModuleWrapper", "Wrapper",
}  # fmt: skip
NOT_OPTIMIZERS = {"LossScaleOptimizer", "MultiOptimizer", "Optimizer", "OptimizerMap"}
NOT_NAMED_IN_CONFIGS = {"Constraint", "Initializer", "Input", "Regularizer"}
COMMON_LAYER_ARGUMENTS = ("activity_regularizer", "dtype", "name", "trainable")


@functools.cache
def keras_classes(module: str) -> dict[str, tuple[Path, str]]:
    """Return the classes that a public Keras module exports.

    Args:
        module: Name below `keras`, for example `layers` or `optimizers`.

    Returns:
        Public name to the source file and the class name in it; aliases have names of their own.

    Raises:
        UserError: Keras is not installed.
    """
    root = _keras_folder()
    tree = ast.parse((root / module / "__init__.py").read_text(encoding="utf-8"))
    classes = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("keras.src"):
            source = root.parent / (node.module.replace(".", "/") + ".py")
            exported = {alias.asname or alias.name: (source, alias.name) for alias in node.names}
            classes |= {name: place for name, place in exported.items() if name[0].isupper()}
    for name in RUN_OTHER_CODE | NOT_OPTIMIZERS | NOT_NAMED_IN_CONFIGS:
        classes.pop(name, None)
    return classes


@functools.cache
def class_arguments(module: str, name: str) -> tuple[str, ...]:
    """Return the arguments of a Keras class.

    Args:
        module: Name below `keras`, for example `layers`.
        name: A key of `keras_classes(module)`.

    Returns:
        Argument names in their order; those that every layer has come last.
    """
    source, class_name = keras_classes(module)[name]
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    return _own_arguments(item, module)
    return COMMON_LAYER_ARGUMENTS if module == "layers" else ()


def _own_arguments(function: ast.FunctionDef, module: str) -> tuple[str, ...]:
    listed = [a.arg for a in function.args.args[1:] + function.args.kwonlyargs]
    if function.args.kwarg and module == "layers":
        listed += [name for name in COMMON_LAYER_ARGUMENTS if name not in listed]
    return tuple(listed)


def _keras_folder() -> Path:
    spec = importlib.util.find_spec("keras")
    if spec is None or spec.origin is None:
        raise UserError(
            "Keras is not installed, so nothing can be trained here",
            instead=f"{install_command('train')}   (in a checkout: make setup)",
        )
    return Path(spec.origin).parent
