"""How a made page looks: its paper, its pen, its writing, its picture."""

from dataclasses import dataclass

Color = tuple[int, int, int]

SHEETS: dict[str, Color] = {  # blue, green, red
    "white": (250, 251, 250),
    "cream": (228, 242, 248),
    "grey": (236, 234, 232),
    "blackboard": (30, 30, 28),
}
RULES: dict[str, Color] = {
    "white": (236, 222, 208),
    "cream": (212, 216, 220),
    "grey": (222, 214, 206),
    "blackboard": (44, 44, 42),
}
INKS: dict[str, Color] = {
    "blue": (150, 62, 30),
    "black": (38, 34, 32),
    "dark_green": (52, 88, 24),
    "pencil_grey": (98, 94, 92),
    "chalk": (236, 240, 242),
}
PAPERS = ("plain", "ruled", "squared")


@dataclass(frozen=True)
class PageStyle:
    """How a page looks; the defaults give a neat, clean page.

    Args:
        paper: `plain`, `ruled` or `squared`.
        sheet: The colour of the paper, a key of `SHEETS`.
        ink: The colour of the pen, a key of `INKS`.
        digit_height: How tall a digit is written, in pixels.
        size_variation: Standard deviation of the height from digit to digit, a fraction of it.
        rotation: Standard deviation of a digit's slant from upright, in degrees.
        gap: Free space between neighbouring digits, a fraction of the digit height; below 0 they
            may touch.
        gap_variation: The most that is randomly added to a gap, a fraction of the digit height.
        line_spacing: From one baseline to the next, a fraction of the digit height.
        line_jitter: The most that a line is off its baseline, a fraction of the digit height.
        digit_jitter: The most that a digit is off its line, a fraction of the digit height.
        edge: Where a stroke ends, as a grey value between 0 for where there is no ink near and
            255 for the strongest ink near; higher gives a thinner pen.
        shading: How much darker the darkest corner is than the brightest, 0 to 1.
        blur: Standard deviation of the lens blur, in pixels; 0 for none.
        grain: Standard deviation of the camera's grain, in grey levels; 0 for none.

    Raises:
        ValueError: There is no such paper, sheet or ink.
    """

    paper: str = "plain"
    sheet: str = "white"
    ink: str = "blue"
    digit_height: int = 40
    size_variation: float = 0.05
    rotation: float = 2.0
    gap: float = 0.35
    gap_variation: float = 0.2
    line_spacing: float = 1.9
    line_jitter: float = 0.05
    digit_jitter: float = 0.04
    edge: int = 112
    shading: float = 0.12
    blur: float = 0.6
    grain: float = 1.0

    def __post_init__(self) -> None:
        """Refuse names that are not on the menu."""
        for name, known in (("paper", PAPERS), ("sheet", SHEETS), ("ink", INKS)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}. Received: {getattr(self, name)!r}"
                )
