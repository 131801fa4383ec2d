"""Files as people have them: which there are, and every page of each as a picture.

find.py       files, folders and patterns → pages, and what was passed over
page.py       FilePage: one page of a file, which loads itself when it is read
frames.py     the pages of TIFF and GIF
pdf.py        the pages of PDF: opened, and drawn where they are more than one scan
scan.py       a page of a PDF that is one scan: its picture as it was put in
"""
