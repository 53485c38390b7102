"""The units in which networks see points: those of the data, or ones in which the data are about as large as R3's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Centre and spread of R3's set. The recipes are chosen for points of this size: learning rates, clipping and penalties
# are about differences of 1. The spread is the root mean square distance to the centre, a coordinate.
USUAL_CENTRE, USUAL_SPREAD = (0.66, 0.47), 0.26
# With "auto" points stay as they are if their spread is within this factor of the usual one, and their centre no more
# than so many usual spreads from the usual one.
CLOSE = 2.5


@dataclass(frozen=True)
class Units:
    """What a network sees as u is the point offset + scale u of the data.

    There is one scale for all coordinates: a circle stays a circle, and all distances are multiplied by one number.
    """

    offset: Sequence[float]
    scale: float

    def settings(self) -> dict[str, Any]:
        """Itself, JSON-able, for the settings of a network: `Units(**settings)` is the same."""
        return {"offset": list(self.offset), "scale": self.scale}

    def to_data(self, seen: Tensor) -> Tensor:
        """The points (n, d) of the data that networks see as `seen`; float64 on the CPU.

        An offset may be so much larger than a scale that float32 could not tell neighbours apart.
        """
        return seen.cpu().double() * self.scale + torch.tensor(self.offset, dtype=torch.float64)

    def to_networks(self, points: Tensor) -> Tensor:
        """What networks see of the points (n, d) of the data; float32 on the CPU."""
        return ((points.cpu().double() - torch.tensor(self.offset, dtype=torch.float64)) / self.scale).float()


def units_of(points: NDArray[np.float64], standardize: str) -> Units | None:
    """The units in which networks should see `points` (n, 2); None for those of the data.

    standardize: "never"; "always": the points then have the usual centre and spread; "auto": only where they are not
    close to both as they are.
    """
    centre = points.mean(axis=0)
    spread = float(np.sqrt(((points - centre) ** 2).mean()))
    away = float(np.abs(centre - USUAL_CENTRE).max())
    close = 1 / CLOSE <= spread / USUAL_SPREAD <= CLOSE and away <= CLOSE * USUAL_SPREAD
    if standardize == "never" or (standardize == "auto" and close):
        return None
    scale = spread / USUAL_SPREAD
    return Units(tuple((centre - scale * np.array(USUAL_CENTRE)).tolist()), scale)
