"""Digits on a page: what a page network is to answer, what its answer says, and if it is right.

heads.py     the channels of an answer
targets.py   digits that are known → the answer that is wanted
peaks.py     an answer → digits
pyramid.py   a picture in several sizes → digits; upright.py: the way up that it reads best
crops.py     digits cut out with what is around; second_look.py: what a crop network says of them
detector.py  a page network and how its answer is read; calibration.py: how likely it is right
matching.py  digits found beside digits known
"""
