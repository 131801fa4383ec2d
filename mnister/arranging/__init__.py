"""What digits that stand on a page make up, from their boxes alone: nothing here sees a picture.

gaps.py       the gaps between the digits of a line, and how likely a number ends there
numbers.py    digits → numbers
tables.py     numbers → tables: rows, columns, cells
written.py    numbers and tables as rows, as JSON and as CSV files
"""
