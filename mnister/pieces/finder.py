"""A look goes in, what was found comes out: find ink, classify, choose, drop."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mnister.images.components import Piece
from mnister.images.ink import USUAL, Ink, depth_of, find_ink
from mnister.images.normalize import normalize_digit
from mnister.pieces.candidates import (
    JUDGED,
    MOST_PIECES,
    UNJUDGED,
    find_atoms,
    find_candidates,
    find_pieces,
)
from mnister.pieces.choose import Verdict, choose, choose_one
from mnister.pieces.classify import with_class_share
from mnister.pieces.digit_network import DigitNetwork
from mnister.pieces.looks import Look, show_the_same
from mnister.pieces.plausible import confidence, implausible
from mnister.pieces.rotation import likelihood

# Of what is cut out of pictures to be looked at; who says that each has one digit is believed.
DIGIT_SHARE = {"multi_digit": 0.8, "single_digit": 0.9}
WHOLE = 0.95  # with so much of a page's ink read, nothing is left to look for
_SURE = 0.97  # of a page's only digit, and that it is no shadow
_MANY, _SAMPLE = 500, 200  # pieces of ink: of more than that, so many show first what they are
_MOSTLY_DIGITS = 0.75  # mean probability of these from which on they are digits
_MOST_OF_TEXTURE = 1000  # pieces that are looked at
_GRAIN = 0.02  # of a picture's longer side: no picture of one digit is taken from so far away


@dataclass(frozen=True)
class Found:
    """What one look at a picture found.

    Attributes:
        ink: What was taken for ink.
        verdicts: Of the network, on each piece of it.
        reasons: Why each is no digit; None for a digit.
        find_ms: Milliseconds to find and cut the ink.
        classify_ms: Milliseconds in the network.
        look: What the page was taken for.
        cut_short: So many pieces were looked at, the largest; 0: all.
        success: How well the look reads, 0 to 1.
    """

    ink: Ink
    verdicts: list[Verdict]
    reasons: list[str | None]
    find_ms: float
    classify_ms: float
    look: str
    cut_short: int
    success: float = 0.0

    @property
    def digits(self) -> list[Verdict]:
        """What is taken for digits."""
        pairs = zip(self.verdicts, self.reasons, strict=True)
        return [verdict for verdict, reason in pairs if reason is None]

    @property
    def count(self) -> int:
        """How many digits there are."""
        return self.reasons.count(None)

    @cached_property
    def areas(self) -> np.ndarray:
        """Pixels of ink of each candidate: float (N,)."""
        return np.array([verdict.candidate.area for verdict in self.verdicts], float)

    @property
    def share_read(self) -> float:
        """How much of the ink reads as digits, 0 to 1."""
        are_digits = np.array([reason is None for reason in self.reasons], bool)
        return float(self.areas[are_digits].sum() / max(1.0, self.areas.sum()))


class Finder:
    """Finds the digits that a look at a picture shows.

    Args:
        digits: The network.
        digit_share: Part of the network's training pictures that were digits, the others "none".
        mode: "multi_digit" finds everything, "single_digit" one digit.
        threshold: "auto", "otsu", "sauvola", or a grey level from 0 to 255 (ink is at most this).

    Attributes:
        none: The class "no digit", or None when the network has none.
    """

    def __init__(
        self,
        digits: DigitNetwork,
        digit_share: float,
        mode: str,
        threshold: str | float,
    ) -> None:
        self.digits, self.none, self.threshold = digits, digits.none, threshold
        self.is_page = mode == "multi_digit"
        # A network whose training says nothing of how often "none" comes is taken at its word.
        self.digit_share = digit_share
        self.met_share = DIGIT_SHARE[mode] if 0 < digit_share < 1 else digit_share
        self.stick = digits.class_names.index("1") if "1" in digits.class_names else None
        self.limits = UNJUDGED if self.none is None else JUDGED

    def find(self, look: Look, seen: Sequence[np.ndarray] = ()) -> Found | None:
        """Find the digits that a look shows.

        Args:
            look: A grey picture, and what to take for granted of it.
            seen: Masks of the ink of earlier looks.

        Returns:
            What was found; None where the look shows the same ink as one before.
        """
        started = time.perf_counter()
        # 1. Find the ink, 2. cut it into candidates.
        ink = find_ink(look.grey, self.threshold, look.assumption)
        if any(show_the_same(ink.mask, mask) for mask in seen):
            return None
        atoms, cut_short = self._atoms(ink, look)
        candidates = find_candidates(atoms, ink.height, self.limits)
        images = [normalize_digit(candidate.piece.mask) for candidate in candidates]
        find_ms = 1000 * (time.perf_counter() - started)
        # 3. Classify.
        probabilities = self.predict(images)
        classify_ms = 1000 * (time.perf_counter() - started) - find_ms
        # 4. Choose, 5. drop what does not fit the page.
        if self.is_page:
            verdicts = choose(candidates, probabilities, self.none, ink.height)
        else:
            depth = depth_of(ink.even, ink.paper_level)
            verdicts = choose_one(candidates, probabilities, self.none, depth)
        reasons = implausible(verdicts, ink, self.none, self.met_share, self.stick, self.is_page)
        name = look.assumption.name
        found = Found(ink, verdicts, reasons, find_ms, classify_ms, name, cut_short)
        return replace(found, success=self._success(found))

    def predict(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Classify 28 × 28 pictures: float32 (N, classes)."""
        probabilities = self.digits.classify(images)
        if self.none is None or self.met_share == self.digit_share:
            return probabilities
        trained, met = 1 - self.digit_share, 1 - self.met_share
        return with_class_share(probabilities, self.none, trained, met)

    def _atoms(self, ink: Ink, look: Look) -> tuple[list[Piece], int]:
        """Cut ink into atoms, and return how many of the largest were kept; 0: all.

        Where there are very many pieces, a sample shows whether they are digits. Of a texture only
        the largest are looked at, and none where an unusual look has not made the page plainer.
        """
        pieces, most = find_pieces(ink), MOST_PIECES
        if len(pieces) > _MANY:
            sample = pieces[:: len(pieces) // _SAMPLE]
            probabilities = self.predict([normalize_digit(piece.mask) for piece in sample])
            if likelihood(probabilities, self.none) < _MOSTLY_DIGITS:
                most = _MOST_OF_TEXTURE
                if look.assumption is not USUAL:
                    return [], 0
        atoms = find_atoms(pieces, ink, self.limits, most)
        return atoms, most if len(atoms) == most else 0

    def _success(self, found: Found) -> float:
        """Return how well a picture was read, 0 to 1.

        Of a page, how much of its ink reads as digits, each as probably as it does; one alone is
        no evidence unless it is sure and all there is, a shadow can look like one. Of a picture of
        one digit, how probable that is, unless it is but a grain.
        """
        if not found.count:
            return 0.0
        if self.is_page:
            if found.count == 1 and not self._is_plain(found):
                return 0.0
            pairs = zip(found.verdicts, found.reasons, strict=True)
            sure = [confidence(v, self.none) if reason is None else 0.0 for v, reason in pairs]
            return float(np.average(sure, weights=found.areas))
        digit = found.verdicts[0]
        size = max(digit.candidate.box[2:]) / max(found.ink.mask.shape)
        return confidence(digit, self.none) if size > _GRAIN else 0.0

    def _is_plain(self, found: Found) -> bool:
        """Tell whether the only digit of a page is surely one, and there is hardly other ink."""
        (digit,) = found.digits
        return found.share_read >= WHOLE and confidence(digit, self.none) >= _SURE
