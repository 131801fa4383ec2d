"""Made pages, with their truth: to learn from and to show.

samples.py    the sample pictures in images/
page.py       digits written in lines on a sheet, photographed; the steps below in a row
style.py      how a page looks: paper, pen, writing, picture
strokes.py    a digit of MNIST → strokes of a pen
sheet.py      empty paper, and the ink that is laid on it

Pages of every kind, for a network that finds and reads digits on them:

made.py           seed and number → picture, boxes, classes, kinds; the steps in a row
draft.py          a page while it is being made, with its truth
layouts.py        where digits stand; layouts_unseen.py: where they do to validate
writing.py        rows of digits and signs, and words
hand_clutter.py   what else a hand leaves on a page; print_clutter.py: what a press does
"""
