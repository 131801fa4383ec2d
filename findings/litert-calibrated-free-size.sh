#!/usr/bin/env bash
# Guess:    A TensorFlow graph whose height and width are free gives a LiteRT file that can be loaded,
#           whichever way it is quantized: the sizes are set later, by resize_tensor_input.
# Versions: TensorFlow 2.21.0, ai-edge-litert 2.3.0, NumPy 2.4.6, Python 3.11.
# Behaviour: In the file the free edges are 1 pixel. After a pooling nothing of them is left, and a
#           symmetric padding of nothing is refused when the tensors are allocated, but only in the
#           file that was calibrated with pictures (8-bit activations). As float, and with 8-bit
#           weights alone, it is allocated. Resized first, all three work.
# Seen:     float:                allocated, resized (1, 8, 12, 1)
#           8-bit weights:        allocated, resized (1, 8, 12, 1)
#           calibrated:           refused (MirrorPad), resized (1, 8, 12, 1)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorflow==2.21.0 ai-edge-litert==2.3.0 numpy==2.4.6
cd "$folder"
seen=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python - 2> log <<'PYTHON'
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

mean = tf.constant(np.full((3, 3, 1, 1), 1 / 9, np.float32))


class Smooth(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 1), tf.float32)])
    def run(self, image):
        pooled = tf.nn.avg_pool2d(image, 4, 4, "VALID")
        padded = tf.pad(pooled, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
        return tf.nn.conv2d(padded, mean, 1, "VALID")


def pictures():
    rng = np.random.default_rng(0)
    for _ in range(4):
        yield [rng.random((1, 32, 32, 1), dtype=np.float32)]


def look(name, is_quantized, is_calibrated):
    module = Smooth()
    graph = module.run.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], module)
    converter.optimizations = [tf.lite.Optimize.DEFAULT] if is_quantized else []
    converter.representative_dataset = pictures if is_calibrated else None
    interpreter = Interpreter(model_content=converter.convert())
    try:
        interpreter.allocate_tensors()
        first = "allocated"
    except RuntimeError as error:
        first = f"refused ({'MirrorPad' if 'MirrorPad' in str(error) else error})"
    taken = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(taken, (1, 32, 48, 1))
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken, np.ones((1, 32, 48, 1), np.float32))
    interpreter.invoke()
    shape = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).shape
    print(f"{name + ':':<22}{first}, resized {shape}")


look("float", False, False)
look("8-bit weights", True, False)
look("calibrated", True, True)
PYTHON
)
echo "$seen"
diff <(echo "$seen" | tr -s ' ') - <<'SEEN'
float: allocated, resized (1, 8, 12, 1)
8-bit weights: allocated, resized (1, 8, 12, 1)
calibrated: refused (MirrorPad), resized (1, 8, 12, 1)
SEEN
