"""The reader: from a picture to a page with lines of digits.

The steps, each in a module of its own: load (images.files), find the ink (images.ink), list
candidates (find), classify them (classify), choose (choose), drop what does not fit the page
(plausible), put the rest in lines (layout). What reads badly is looked at in other ways (looks)
and turned (rotation).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path

import numpy as np

from mnister.errors import UserError
from mnister.images.components import Piece, connected_pieces
from mnister.images.files import Picture, load_picture, picture_from_array
from mnister.images.ink import USUAL, Assumption, Ink, depth_of, find_ink
from mnister.images.normalize import normalize_digit
from mnister.reading import layout, looks, notes
from mnister.reading.choose import Verdict, choose, choose_one
from mnister.reading.classify import Classifier, predict_in_sizes, with_class_share
from mnister.reading.find import (
    JUDGED,
    MOST_PIECES,
    UNJUDGED,
    find_atoms,
    find_candidates,
    find_pieces,
)
from mnister.reading.many import read_many
from mnister.reading.page import Digit, Guess, Page, Rejected
from mnister.reading.plausible import confidence, implausible
from mnister.reading.rotation import guess_rotation, likelihood

MODES = ("multi_digit", "single_digit")
ROTATIONS = ("auto", 0, 90, 180, 270)
THRESHOLDS = ("auto", "otsu", "sauvola")
DIGIT_NAMES = tuple("0123456789")
NONE_NAME = "none"
# Of what is cut out of pictures to be looked at; who says that each has one digit is believed.
DIGIT_SHARE = {"multi_digit": 0.8, "single_digit": 0.9}
_WELL_READ = 0.8  # of a page's ink, or so probable: with less, it is looked at again
_FAIRLY_READ, _SEVERAL = 0.5, 3  # with so much, and so many digits, a turn may be right
_CONVINCING = 0.65  # with so much, another look may be right
_WHOLE = 0.95  # with so much, nothing is left to look for
_SURE = 0.97  # of a page's only digit, and that it is no shadow
_CLEARLY = 0.15  # by how much more another look or way up must read
_MANY, _SAMPLE = 500, 200  # pieces of ink: of more than that, so many show first what they are
_MOSTLY_DIGITS = 0.75  # mean probability of these from which on they are digits
_MOST_OF_TEXTURE = 1000  # pieces that are looked at
_GRAIN = 0.02  # of a picture's longer side: no picture of one digit is taken from so far away


@dataclass(frozen=True)
class _Found:
    """What one pass over a picture found."""

    ink: Ink
    verdicts: list[Verdict]
    reasons: list[str | None]  # why each is no digit
    find_ms: float
    classify_ms: float
    look: str  # what the page was taken for
    cut_short: int  # so many pieces were looked at, the largest; 0: all

    @property
    def count(self) -> int:
        """How many digits there are."""
        return self.reasons.count(None)

    @cached_property
    def areas(self) -> np.ndarray:
        """Pixels of ink of each candidate: float (N,)."""
        return np.array([verdict.candidate.area for verdict in self.verdicts], float)

    @cached_property
    def share_read(self) -> float:
        """How much of the ink reads as digits, 0 to 1."""
        are_digits = np.array([reason is None for reason in self.reasons], bool)
        return float(self.areas[are_digits].sum() / max(1.0, self.areas.sum()))


class Reader:
    """Reads pictures of handwritten digits. Loads once, reads many.

    Args:
        classifier: The network.
        class_names: Its classes in order; "none" is the class of what is no digit. Default: 0 to
            9, and "none" where the network has an eleventh class.
        digit_share: Part of the network's training pictures that were digits, the others "none".
        mode: "multi_digit" reads everything on a page, "single_digit" one digit a picture.
        threshold: "auto", "otsu", "sauvola", or a grey level from 0 to 255 (ink is at most this).
        reading_order: Of the lines: "top_to_bottom" or "bottom_to_top".
        rotation: Degrees counter-clockwise to turn a picture: 0, 90, 180, 270, or "auto", which
            turns a page only on strong evidence.
        min_confidence: 0 to 1; a digit less probable than this is read as "?".
        debug_images: Keep every stage of the pipeline in the page.

    Raises:
        UserError: When an option is not one of those, or class names do not fit the network.
    """

    def __init__(
        self,
        classifier: Classifier,
        class_names: Sequence[str] | None = None,
        *,
        digit_share: float = DIGIT_SHARE["multi_digit"],
        mode: str = "multi_digit",
        threshold: str | float = "auto",
        reading_order: str = "top_to_bottom",
        rotation: str | int = "auto",
        min_confidence: float = 0.0,
        debug_images: bool = False,
    ) -> None:
        _check("mode", mode, mode in MODES, MODES)
        _check("reading_order", reading_order, reading_order in layout.ORDERS, layout.ORDERS)
        _check("rotation", rotation, rotation in ROTATIONS, ROTATIONS)
        _check("min_confidence", min_confidence, 0 <= min_confidence <= 1, ("0 to 1",))
        by_name = isinstance(threshold, str)
        known = threshold in THRESHOLDS if by_name else 0 <= threshold <= 255
        _check("threshold", threshold, known, (*THRESHOLDS, "0 to 255"))
        self.classifier = classifier
        # A network whose training says nothing of how often "none" comes is taken at its word.
        self.digit_share = digit_share
        self.met_share = DIGIT_SHARE[mode] if 0 < digit_share < 1 else digit_share
        self.mode, self.threshold, self.reading_order = mode, threshold, reading_order
        self.rotation, self.min_confidence = rotation, min_confidence
        self.debug_images = debug_images
        started = time.perf_counter()
        classes = classifier.predict(np.zeros((1, 28, 28, 1), np.uint8)).shape[1]
        self.first_batch_ms = 1000 * (time.perf_counter() - started)
        self.class_names = _class_names(class_names, classes)
        self.none, self.stick = (
            self.class_names.index(name) if name in self.class_names else None
            for name in (NONE_NAME, "1")
        )
        self.limits = UNJUDGED if self.none is None else JUDGED

    def read(self, picture: str | Path | np.ndarray) -> Page:
        """Read one picture.

        Args:
            picture: A file, or an array as `images.files.picture_from_array` takes it.

        Returns:
            The page; without digits where none is found, and then `note` says why.

        Raises:
            UserError: When the file cannot be read, or `single_digit` finds no digit.
        """
        started = time.perf_counter()
        is_array = isinstance(picture, np.ndarray)
        loaded = picture_from_array(picture) if is_array else load_picture(picture)
        load_ms = _since(started)
        loaded, found, rotation = self._upright(loaded)
        page = self._page(loaded, found)
        milliseconds = {
            "load": load_ms,
            "find": found.find_ms,
            "classify": found.classify_ms,
            "total": _since(started),
        }
        file = None if is_array else str(picture)
        return replace(page, file=file, rotation=rotation, milliseconds=milliseconds)

    def read_many(
        self, pictures: Sequence[str | Path], workers: int | None = None
    ) -> Iterator[Page]:
        """Read many pictures on all cores; at most a few are in memory at a time.

        Args:
            pictures: Files.
            workers: Processes; default one for each core. As always with processes, a script
                that calls this needs its `if __name__ == "__main__":`.

        Yields:
            A page for each picture, in order. One that cannot be read has its `error`.
        """
        yield from read_many(self, pictures, workers)

    def _upright(self, loaded: Picture) -> tuple[Picture, _Found, int]:
        """Find the digits of a picture, turned as asked or as the evidence says."""
        asked = 0 if self.rotation == "auto" else int(self.rotation)
        loaded = _turned(loaded, asked)
        found = self._find_otherwise(loaded, self._find(looks.in_grey(loaded)))
        success = self._success(found)
        may_turn = self.rotation == "auto" and self.mode == "multi_digit"
        rotation = self._rotation(found) if may_turn and success < _WELL_READ else 0
        if rotation != 0:
            turned = _turned(loaded, rotation)
            found_turned = self._find(looks.in_grey(turned))
            if self._success(found_turned) > success:
                found_turned = self._find_otherwise(turned, found_turned)
            enough = max(_FAIRLY_READ, success + _CLEARLY)
            if found_turned.count >= _SEVERAL and self._success(found_turned) >= enough:
                return turned, found_turned, rotation
        return loaded, found, asked

    def _rotation(self, found: _Found) -> int:
        """Guess how to turn a picture so that what was found on it stands upright; degrees."""
        pieces = connected_pieces(found.ink.mask, int(found.ink.stroke**2) + 1)
        return guess_rotation(pieces, found.ink.height, self._predict, self.none)

    def _find_otherwise(self, picture: Picture, found: _Found) -> _Found:
        """Where a picture is not well read, see whether it is as an unusual one.

        The network is the judge: of looks that read clearly better, the one that reads best is
        right.
        """
        success = self._success(found)
        if self.none is None or self.threshold != "auto" or success >= _WELL_READ:
            return found
        enough = max(_CONVINCING, success + _CLEARLY)
        convincing, seen = [], [found.ink.mask]
        for grey, assumption in looks.other_looks(picture):
            started = time.perf_counter()
            ink = find_ink(grey, self.threshold, assumption)
            if any(looks.show_the_same(ink.mask, mask) for mask in seen):
                continue
            seen.append(ink.mask)
            other = self._find_digits(ink, assumption, started)
            success = self._success(other)
            if success >= enough:
                convincing.append((success, other))
                if success >= _WHOLE and other.count >= found.count:
                    break
        return max(convincing, key=itemgetter(0), default=(success, found))[1]

    def _success(self, found: _Found) -> float:
        """Return how well a picture was read, 0 to 1.

        Of a page, how much of its ink reads as digits, each as probably as it does; one alone is
        no evidence unless it is sure and all there is, a shadow can look like one. Of a picture of
        one digit, how probable that is, unless it is but a grain.
        """
        if not found.count:
            return 0.0
        if self.mode == "multi_digit":
            if found.count == 1 and not self._is_plain(found):
                return 0.0
            pairs = zip(found.verdicts, found.reasons, strict=True)
            sure = [confidence(v, self.none) if reason is None else 0.0 for v, reason in pairs]
            return float(np.average(sure, weights=found.areas))
        digit = found.verdicts[0]
        size = max(digit.candidate.box[2:]) / max(found.ink.mask.shape)
        return confidence(digit, self.none) if size > _GRAIN else 0.0

    def _is_plain(self, found: _Found) -> bool:
        """Tell whether the only digit of a page is surely one, and there is hardly other ink."""
        digit = found.verdicts[found.reasons.index(None)]
        return found.share_read >= _WHOLE and confidence(digit, self.none) >= _SURE

    def _find(self, grey: np.ndarray, assumption: Assumption = USUAL) -> _Found:
        """Find ink on a grey picture and digits in it."""
        started = time.perf_counter()
        return self._find_digits(find_ink(grey, self.threshold, assumption), assumption, started)

    def _find_digits(self, ink: Ink, assumption: Assumption, started: float) -> _Found:
        """List candidates, classify, choose."""
        atoms, cut_short = self._atoms(ink, assumption)
        candidates = find_candidates(atoms, ink.height, self.limits)
        images = [normalize_digit(candidate.piece.mask) for candidate in candidates]
        find_ms = _since(started)
        probabilities = self._predict(images)
        classify_ms = _since(started) - find_ms
        if self.mode == "single_digit":
            depth = depth_of(ink.even, ink.paper_level)
            verdicts = choose_one(candidates, probabilities, self.none, depth)
        else:
            verdicts = choose(candidates, probabilities, self.none, ink.height)
        is_page = self.mode == "multi_digit"
        reasons = implausible(verdicts, ink, self.none, self.met_share, self.stick, is_page)
        return _Found(ink, verdicts, reasons, find_ms, classify_ms, assumption.name, cut_short)

    def _atoms(self, ink: Ink, assumption: Assumption) -> tuple[list[Piece], int]:
        """Cut ink into atoms, and return how many of the largest were kept; 0: all.

        Where there are very many pieces, a sample shows whether they are digits. Of a texture only
        the largest are looked at, and none where an unusual look has not made the page plainer.
        """
        pieces, most = find_pieces(ink), MOST_PIECES
        if len(pieces) > _MANY:
            sample = pieces[:: len(pieces) // _SAMPLE]
            probabilities = self._predict([normalize_digit(piece.mask) for piece in sample])
            if likelihood(probabilities, self.none) < _MOSTLY_DIGITS:
                most = _MOST_OF_TEXTURE
                if assumption is not USUAL:
                    return [], 0
        atoms = find_atoms(pieces, ink, self.limits, most)
        return atoms, most if len(atoms) == most else 0

    def _predict(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Classify 28 × 28 pictures: float32 (N, classes)."""
        if not len(images):
            return np.zeros((0, len(self.class_names)), np.float32)
        probabilities = predict_in_sizes(self.classifier, np.stack(images)[..., None])
        if self.none is None or self.met_share == self.digit_share:
            return probabilities
        trained, met = 1 - self.digit_share, 1 - self.met_share
        return with_class_share(probabilities, self.none, trained, met)

    def _page(self, picture: Picture, found: _Found) -> Page:
        """Put what was found on a page, in the picture's own pixels and in reading order."""
        ink, scale = found.ink, picture.scale / found.ink.scale
        reasons = found.reasons
        kept = [v for v, reason in zip(found.verdicts, reasons, strict=True) if reason is None]
        if self.mode == "single_digit" and not kept:
            raise notes.no_digit(picture, ink, has_ink=bool(found.verdicts))
        boxes = np.array([verdict.candidate.box for verdict in kept])
        lines = layout.order_in_lines(boxes, self.reading_order)
        digits = tuple(
            self._digit(kept[i], n, scale) for n, line in enumerate(lines) for i in line
        )
        rejected = tuple(
            self._rejected(verdict, reason, scale)
            for verdict, reason in zip(found.verdicts, reasons, strict=True)
            if reason is not None and verdict.candidate.box[3] > 0.3 * ink.height
        )
        names = [[digit.name for digit in digits if digit.line == n] for n in range(len(lines))]
        said = []
        if not digits:
            said.append(notes.no_digit(picture, ink, has_ink=bool(found.verdicts)))
        elif found.cut_short:
            said.append(notes.only_the_largest(found.cut_short))
        if picture.pages > 1:
            said.append(notes.other_pages(picture.pages))
        return Page(
            None,
            picture.width,
            picture.height,
            tuple("".join(line) for line in names),
            digits,
            rejected,
            threshold=ink.threshold,
            polarity="light_on_dark" if ink.is_light_on_dark else "dark_on_light",
            look=found.look,
            picture=picture.pixels,
            stages=tuple(ink.stages) if self.debug_images else (),
            note="\n".join(map(str, said)) or None,
        )

    def _digit(self, verdict: Verdict, line: int, scale: float) -> Digit:
        first, second = self._guesses(verdict.probabilities)
        sure = first.probability >= self.min_confidence
        return Digit(
            box=_scaled(verdict.candidate.box, scale),
            line=line,
            name=first.name if sure else "?",
            best=first,
            second=second,
            image=normalize_digit(verdict.candidate.piece.mask),
        )

    def _rejected(self, verdict: Verdict, reason: str, scale: float) -> Rejected:
        first, _ = self._guesses(verdict.probabilities)
        box = _scaled(verdict.candidate.box, scale)
        return Rejected(box, reason, first.name, first.probability)

    def _guesses(self, probabilities: np.ndarray) -> tuple[Guess, Guess]:
        """Return the two likeliest digits."""
        order = [int(i) for i in np.argsort(-probabilities, kind="stable") if i != self.none]
        guesses = [Guess(self.class_names[i], float(probabilities[i])) for i in order[:2]]
        return guesses[0], guesses[1]


def _turned(picture: Picture, rotation: int) -> Picture:
    """Turn a picture counter-clockwise by quarter turns."""
    if rotation == 0:
        return picture
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, rotation // 90))
    width, height = (picture.width, picture.height)[:: -1 if rotation in (90, 270) else 1]
    return replace(picture, pixels=pixels, width=width, height=height)


def _scaled(box: tuple[int, int, int, int], scale: float) -> tuple[int, int, int, int]:
    x, y, width, height = (round(value * scale) for value in box)
    return x, y, width, height


def _class_names(names: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    """Return the names of a network's classes, checked against how many it has."""
    default = DIGIT_NAMES if classes == 10 else (*DIGIT_NAMES, NONE_NAME)
    chosen = tuple(str(name) for name in names) if names else default
    if len(chosen) != classes:
        raise UserError(
            "The class names do not fit the network",
            expected=f"{classes} names",
            received=f"{len(chosen)}: {', '.join(chosen)}",
        )
    return chosen


def _check(name: str, value: object, is_right: bool, allowed: Sequence[object]) -> None:
    """Refuse an option that is not allowed."""
    if not is_right:
        expected = ", ".join(str(choice) for choice in allowed)
        raise UserError(f"{name} cannot be {value!r}", expected=expected, received=repr(value))


def _since(started: float) -> float:
    """Return the milliseconds since `started`."""
    return 1000 * (time.perf_counter() - started)
