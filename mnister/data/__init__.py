"""Sets of digits with their truth.

datasets.py      what a data set is; parts become one, and what makes it doubtful is told
split.py         which digits validate and test
idx_sets.py      MNIST as bundled, any four idx files; idx.py: their format
image_folder.py  folders of pictures, one a class; folders.py: which are parts, which classes
tables.py        files of other programs become data sets, by way of a Table (table.py):
                 csv_tables.py, npz_tables.py, parquet_tables.py read them
pixels.py        grey values of any range and shape → images
"""
