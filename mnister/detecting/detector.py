"""A page network and how its answer is read."""

from dataclasses import dataclass
from typing import Any

from mnister.detecting.calibration import AS_IT_IS
from mnister.detecting.second_look import SecondLook
from mnister.models.runtimes import PageNetwork


@dataclass(frozen=True)
class Detector:
    """What finds digits on a picture.

    Attributes:
        network: The page network.
        threshold: Least probability of a digit, 0 to 1.
        calibration: How likely what the network says is right, see `calibration.py`.
        second_look: The crop network that looks again at what was found; None: there is none.
    """

    network: PageNetwork
    threshold: float
    calibration: tuple[float, float] = AS_IT_IS
    second_look: SecondLook | None = None

    @property
    def networks(self) -> list[Any]:
        """Return the page network and, if there is one, the crop network."""
        return [self.network, *([self.second_look.network] if self.second_look else [])]
