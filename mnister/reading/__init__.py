"""The reading room: from a picture to lines of digits. It knows a network only by its classes.

reader.py      Reader: loads once, reads many; the steps below in a row
images.files   file → upright RGB picture        images.ink  picture → ink, rulings removed
find.py        ink → candidates: pieces, pieces together, pieces cut apart
classify.py    candidates → probabilities (LiteRT); saved_model.py: the same through TensorFlow
choose.py      probabilities → which candidates are digits, together, apart or clutter
plausible.py   what does not fit its page is dropped; rotation.py: which way up a page stands
layout.py      digits → lines in reading order
page.py        Page, Digit, Guess, Rejected: what a reading returns
score.py       label files, alignment, accuracy
report.py      Report: pictures, table and totals of a run
predictions.py predictions.csv and predictions.json of a run
"""
