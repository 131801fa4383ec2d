"""The reading room: from a picture to lines of digits.

run.py            one run of infer.py as numbered steps
reader.py         Reader: the way of one picture; library.py: with exported networks
by_network.py     picture → marks: a page network finds digits, others look again
look_again.py     a digit cut out by its box; what both networks say together
by_pieces.py      picture → marks without a page network: a threshold, pieces of ink
digit_network.py  the digit network behind the names of its classes
marks.py          Marks: what may be digits on a picture
build_page.py     marks → page, in lines (layout.py), with notes.py
page.py           Page, Digit, Guess, Rejected: what a reading returns
many.py           many pictures on all cores
score.py          label files, accuracy
report.py         Report: pictures, table and totals of a run
predictions.py    predictions.csv and .json, and numbers.csv, of a run
kept.py           what the journal of a run keeps, so that it goes on; plain.py: its pages
adopt.py          makes a page or crop network the one that comes with MNISTER, in models/
"""
