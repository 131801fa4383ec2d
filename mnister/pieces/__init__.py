"""The way without a page network: ink is told from paper, cut into pieces, and classified.

looks.py       picture → looks: grey, and what to take for granted of it
finder.py      look → found: the four steps below
candidates.py  ink → candidates: pieces, pieces together, pieces cut apart
classify.py    candidates → probabilities, by the digit network (digit_network.py)
choose.py      probabilities → which candidates are digits, together, apart or clutter
plausible.py   what does not fit its page is dropped; likely.py: judged by what is around
best.py        the best of several looks, and ways up (rotation.py)
"""
