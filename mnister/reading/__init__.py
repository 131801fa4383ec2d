"""The reading room: from a picture to lines of digits.

run.py         one run of infer.py as numbered steps
reader.py      Reader: the way of one picture; library.py: with an exported model
looks.py       picture → looks: grey, and what to take for granted of it
finder.py      look → found: the four steps below
candidates.py  ink → candidates: pieces, pieces together, pieces cut apart
classify.py    candidates → probabilities
choose.py      probabilities → which candidates are digits, together, apart or clutter
plausible.py   what does not fit its page is dropped; likely.py: judged by what is around
best.py        the best of several looks, and ways up (rotation.py)
build_page.py  found → page, in lines (layout.py), with notes.py
page.py        Page, Digit, Guess, Rejected: what a reading returns
many.py        many pictures on all cores
score.py       label files, accuracy
report.py      Report: pictures, table and totals of a run
predictions.py predictions.csv and .json, and numbers.csv, of a run
"""
