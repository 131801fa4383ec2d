"""The training room: data → network → fit → export.

run.py           one run as numbered steps, a module each:
work.py          1. the task and the number of steps
build.py         2. devices, precision and the compiled network
learn.py         3. the network trained, watched and recorded
evaluate.py      4. what it is worth
export.py        5. SavedModel, LiteRT file and manifest, compared with the network
report.py        what the run leaves in its folder; tensorboard.py: what it leaves for TensorBoard

model.py         a YAML list → a Keras Sequential network
begin_from.py    … with the weights of another
optimizer.py     a Keras optimizer with its schedule
devices.py       threads and the tf.distribute strategy; replicas.py: other chance on each
precision.py     float32 or bfloat16: what the config says, or the faster
fit.py           the training loop
checkpoints.py   all that a run needs to go on to the bit
callbacks.py     what watches a run: progress.py, histograms.py, gradients.py, profiler.py
summary.py       the network as a table, for a dry run
check.py         make check: does this installation train?
"""
