"""An exported version → the weights that it was exported with, to begin another training."""

from pathlib import Path
from typing import Any

import numpy as np

from mnister.errors import UserError, reason_of
from mnister.models.store import ExportedModel
from mnister.quiet import import_tensorflow


def read_weights(model: ExportedModel) -> list[np.ndarray]:
    """Read the weights of an exported version.

    Args:
        model: A verified version.

    Returns:
        In the order of `keras.Model.weights`: those of its SavedModel, float32; without one (as
        in the networks that come with MNISTER) those of the convolutions and dense layers of its
        LiteRT file, 8-bit ones scaled back to float32.

    Raises:
        UserError: Neither can be read.
    """
    tensorflow = import_tensorflow()
    path = model.path / "model.tflite"
    try:
        if (model.path / "saved_model.pb").is_file():
            loaded = tensorflow.saved_model.load(str(model.path))
            return [each.numpy() for each in loaded.variables if each.dtype.is_floating]
        return _of_layers(path)
    except (OSError, ValueError, AttributeError, IndexError) as error:
        raise UserError(
            f"The weights of {model.path} cannot be read",
            expected="a version as training exports it",
            received=reason_of(error),
        ) from None


def _of_layers(path: Path) -> list[np.ndarray]:
    """Return kernel ((h, w,) in, out) and bias (out,) of every layer that has learned."""
    from ai_edge_litert import schema_py_generated as schema

    file = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(path.read_bytes(), 0))
    graph, weights = file.subgraphs[0], []
    axes = {
        schema.BuiltinOperator.CONV_2D: (1, 2, 3, 0),
        schema.BuiltinOperator.FULLY_CONNECTED: (1, 0),
    }
    for operator in graph.operators:
        code = file.operatorCodes[operator.opcodeIndex]
        if code.builtinCode in axes:
            tensors = [graph.tensors[index] for index in operator.inputs[1:]]
            if not tensors[0].name.startswith(b"arith.constant"):  # a fixed filter of a layer
                kernel, bias = (_values(file, tensor, schema) for tensor in tensors)
                weights += [np.ascontiguousarray(kernel.transpose(axes[code.builtinCode])), bias]
    return weights


def _values(file: Any, tensor: Any, schema: Any) -> np.ndarray:
    """Return a constant as float32 of its shape; the first axis may have a scale for each part."""
    kind = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT8: np.int8}[tensor.type]
    stored = np.frombuffer(bytes(file.buffers[tensor.buffer].data), kind).reshape(tensor.shape)
    if kind == np.float32:
        return stored
    scales = np.asarray(tensor.quantization.scale, np.float32)
    return stored * scales.reshape(-1, *[1] * (stored.ndim - 1))
