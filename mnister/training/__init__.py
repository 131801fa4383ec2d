"""The training room: data → fit → export.

run.py           one run as numbered steps
data.py          the digits of every step, a function of seed and step
augmentation.py  random changes to digits
model.py         a YAML list → a Keras Sequential network
optimizer.py     a Keras optimizer with its schedule
devices.py       threads and the tf.distribute strategy
precision.py     float32 or bfloat16: what the config says, or the faster
fit.py           the training loop
export.py        SavedModel, LiteRT file and manifest, compared with the network
checkpoints.py   all that a run needs to go on to the bit
callbacks.py     what watches a run: progress.py, histograms.py, gradients.py, profiler.py
summary.py       the network as a table, for a dry run
report.py        metrics and their history; tensorboard.py, sweep.py
"""
