"""What people write with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pen:
    """What one writes with.

    Attributes:
        width: Of its line, least and most, in heights of a digit.
        tone: How much darker than the paper it is, least and most; 1: black on white.
        grain: How unevenly it takes, 0 to 1.
        is_light: It writes light on dark.
        share: How often it is chosen.
    """

    width: tuple[float, float]
    tone: tuple[float, float]
    grain: float
    is_light: bool
    share: float


PENS = {
    "hair line": Pen((0.022, 0.045), (0.3, 0.85), 0.1, False, 0.12),
    "ballpoint": Pen((0.04, 0.08), (0.3, 0.9), 0.3, False, 0.30),
    "pencil": Pen((0.035, 0.09), (0.18, 0.6), 0.6, False, 0.15),
    "ink": Pen((0.05, 0.11), (0.5, 0.97), 0.1, False, 0.16),
    "marker": Pen((0.1, 0.24), (0.4, 0.98), 0.05, False, 0.12),
    "chalk": Pen((0.06, 0.16), (0.4, 0.9), 0.9, True, 0.06),
    "tablet": Pen((0.03, 0.16), (0.6, 1.0), 0.0, False, 0.06),
    "tablet, light": Pen((0.03, 0.16), (0.6, 1.0), 0.0, True, 0.03),
}
