"""Digits on a page: what a page network is to answer, what its answer says, and if it is right.

heads.py     the channels of an answer
targets.py   digits that are known → the answer that is wanted
peaks.py     an answer → digits
matching.py  digits found beside digits known
"""
