"""What a pen or a press leaves: a digit in somebody's hand, a line of text, as ink to be laid.

hand.py           a writer and a pen, and a digit as they write it
forms.py          forms of digits that MNIST has few of
page_digits.py    MNIST's digits, and the lines that the pen went (thinning.py)
font_digits.py    … those of handwriting fonts
fonts.py          text in the fonts of fonts/ and of Matplotlib; words.py: which words
drawing.py        what all of it is drawn with: chances, curves, lines, fields
"""
