"""What a run over many pictures leaves, written while it reads; nothing here reads a picture.

journal.py    what each picture gave, kept as it comes: a run that was killed goes on from there
parquet.py    predictions.csv and numbers.csv as Parquet, too
review.py     the numbers from the least sure on, as a page for a browser; review_page/: its parts
"""
