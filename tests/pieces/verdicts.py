"""Bars that a network takes for a 1 or for no digit, and the ink that they are."""

import numpy as np

from mnister.images.components import Piece
from mnister.images.ink import Ink
from mnister.pieces.candidates import Candidate
from mnister.pieces.choose import Verdict

NONE = 10
PAPER, INK = 255, 0


def make_verdict(
    x, *, y=10, height=40, width=12, digit=0.98, is_digit=True, whole=None, is_part=False
):
    """Return a bar at this place that the network gives this probability of being a 1.

    `whole` numbers the connected ink that it was cut from; None: nothing else was.
    """
    whole = x if whole is None else whole
    piece = Piece(x, y, np.full((height, width), 255, np.uint8), whole)
    probabilities = np.zeros(11, np.float32)
    probabilities[1], probabilities[NONE] = digit, 1 - digit
    candidate = Candidate((x,), (piece,), is_part=is_part, extent=max(height, width))
    return Verdict(candidate, is_digit, probabilities)


def make_ink(verdicts, faint=()):
    even, rulings = np.full((200, 900), PAPER, np.uint8), np.zeros((200, 900), np.uint8)
    for verdict in verdicts:
        piece = verdict.candidate.piece
        area = even[piece.y : piece.y + piece.height, piece.x : piece.x + piece.width]
        area[:] = 200 if verdict in faint else INK
    return Ink(rulings, rulings, even, 1.0, 128.0, False, 12.0, 40.0, float(PAPER))


def line_of_digits(count=5):
    return [make_verdict(10 + 60 * i) for i in range(count)]
