#!/usr/bin/env bash
# Guess:    What keras.export.ExportArchive writes loads with tf.saved_model.load, and the variables
#           of the loaded object are the network's weights, in the order of model.weights: copying
#           them one by one begins another training.
# Versions: TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6, Python 3.11.
# Behaviour: The state of each random layer (a Dropout's two whole numbers) stands among them, where
#           the layer stands, though model.weights leaves it out and the exported function, which
#           runs without training, never reads it. Behind the first Dropout everything is shifted.
#           Those that are floating point are model.weights, in its order.
# Seen:     weights: (4, 8) (8,) (8, 2) (2,)
#           loaded:  (4, 8) (8,) (2,) (8, 2) (2,)
#           floating: equal
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    tensorflow==2.21.0 keras==3.15.1 numpy==2.4.6
cd "$folder"
seen=$(TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python - 2> log <<'PYTHON'
import keras
import numpy as np
import tensorflow as tf

network = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(8),
    keras.layers.Dropout(0.5),
    keras.layers.Dense(2),
])
archive = keras.export.ExportArchive()
archive.track(network)
archive.add_endpoint("serve", lambda x: network(x, training=False), [tf.TensorSpec((None, 4))])
archive.write_out("exported", verbose=False)
loaded = tf.saved_model.load("exported").variables
print("weights:", *(tuple(each.shape) for each in network.weights))
print("loaded:", *(tuple(each.shape) for each in loaded))
floating = [each for each in loaded if each.dtype.is_floating]
same = all(np.array_equal(a, b) for a, b in zip(floating, network.get_weights(), strict=True))
print("floating:", "equal" if same else "different")
PYTHON
)
echo "$seen"
diff <(echo "$seen") - <<'SEEN'
weights: (4, 8) (8,) (8, 2) (2,)
loaded: (4, 8) (8,) (2,) (8, 2) (2,)
floating: equal
SEEN
