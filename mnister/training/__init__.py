"""The training room: data → fit → export.

run.py           one run as numbered steps
data.py          the digits of every step, a function of seed and step
augmentation.py  random changes to digits
model.py         a YAML list → a Keras Sequential network
optimizer.py     a Keras optimizer with its schedule
devices.py       threads, precision and the tf.distribute strategy
fit.py           the training loop
export.py        SavedModel, LiteRT file and manifest, compared with the network
report.py        metrics, curves, confusion matrix; tensorboard.py, progress.py, sweep.py
"""
