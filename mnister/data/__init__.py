"""Sets of digits with their truth.

datasets.py      MNIST as bundled, any four idx files
image_folder.py  folders of pictures, one a class
idx.py           MNIST's file format
"""
