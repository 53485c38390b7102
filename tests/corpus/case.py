"""One bad input: how it is made, who meets it, and what must be told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# What a pickle that is run makes in the folder of its case.
RAN = "ran"


@dataclass(frozen=True)
class Case:
    """A bad input.

    make: writes it into an empty folder, which is the current one, and returns what `meet` takes. meet: reads it as the
    project does, and must raise `UserError`. told: what the message must hold. heavy: takes memory or seconds to make.
    """

    name: str
    make: Callable[[Path], object]
    meet: Callable[..., object]
    told: str
    heavy: bool = False
