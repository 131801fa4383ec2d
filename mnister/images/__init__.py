"""Pure steps on arrays, the floor of both wings: no configs, no models.

files.py       file → upright RGB picture; headers.py (with tiff.py): its size, before decode.py
               decodes it
opened.py      HEIC, AVIF and JPEG 2000, opened and decoded by their libraries
picture.py     a picture of one digit → 28×28
ink.py         grey picture → ink, by a threshold
components.py  ink → connected pieces of a digit's size
normalize.py   ink → 28×28, as the MNIST authors did it
sheet.py       regions of a photo that may be a sheet of paper
draw.py        boxes and texts on a picture
"""
