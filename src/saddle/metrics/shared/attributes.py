"""What meaning consists of: attributes of an image, and the judges that measure how much a change does to them."""

from decimal import Decimal
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


class Attribute(NamedTuple):
    """Something to measure.

    ways: what directions are called that make it rise, and that make it fall, such as "wider" and "narrower"; of a
    frequency the one thing that it counts, such as "another digit".
    """

    name: str
    unit: str
    description: str
    ways: tuple[str, str] | tuple[str]

    @property
    def signed(self) -> bool:
        """Whether it can rise and fall; what is not signed is a frequency, 0 or more."""
        return len(self.ways) == 2

    def in_words(self, change: float) -> str:
        """What a direction with this change does, such as "turns the head left"."""
        return self.ways[-1 if change < 0 else 0]

    def with_size(self, change: float) -> str:
        """A change in two significant digits, such as "width −2.2 px" or "slant +7.9°"."""
        unit = "°" if self.unit == "degrees" else f" {self.unit}"
        return f"{self.name} {'+' if change > 0 else ''}{_two_digits(change)}{unit}"


class Judge(Protocol):
    """Measures what tells two images of the same sample apart: one kind of judge for digits, for faces, for avatars.

    subject: what it measures, in the plural, such as "digits". note: in which units it measures, and what it can see,
    in one or more sentences. failure: why an attribute could hardly ever be measured, if that is so.
    """

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What it measures of them."""

    @property
    def channels(self) -> int:
        """How many its images have."""

    subject: ClassVar[str]
    note: ClassVar[str]
    failure: ClassVar[str]

    def changes(self, starts: Tensor, stops: Tensor) -> NDArray[np.float64]:
        """How much each attribute differs from start to stop, (n, attributes), NaN where it could not be measured.

        starts, stops: images (n, channels, side, side) of the same samples, in about [-1, 1]. A pair of which nothing
        could be measured is NaN in all attributes; it is left out and counted.
        """


def _two_digits(value: float) -> str:
    """A number in two significant digits, without an exponent and with a real minus sign."""
    return f"{Decimal(f'{value:.1e}'):f}".replace("-", "−")
