"""Made digits and pages, with their truth: to learn from and to show.

samples.py    the sample pictures in images/
page.py       digits written in lines on a sheet, photographed; the steps below in a row
style.py      how a page looks: paper, pen, writing, picture
strokes.py    a digit of MNIST → strokes of a pen
sheet.py      empty paper, and the ink that is laid on it
synthetic.py  digits as a reader cuts them out of photos; clutter.py: what is no digit
"""
