"""Pure steps on arrays, the floor of both wings: no configs, no models.

files.py       file → upright RGB picture; headers.py (with tiff.py): its size, before decode.py
               decodes it
opened.py      HEIC, AVIF and JPEG 2000, opened and decoded by their libraries
picture.py     a picture of one digit → 28×28
ink.py         grey picture → ink (binarize.py), rulings removed (rulings.py)
components.py  ink → connected pieces
cut.py         digits that touch, cut apart
normalize.py   ink → 28×28, as the MNIST authors did it
colors.py      one colour of ink at a time; sheet.py: without what the paper lies on
draw.py        boxes and texts on a picture
"""
