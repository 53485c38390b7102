"""A cost as a fixed part and one in proportion to the work."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fit:
    """cost = fixed + each * work. error: the largest relative difference to what was measured."""

    fixed: float
    each: float
    error: float

    def at(self, work: float) -> float:
        """The cost of so much work."""
        return self.fixed + self.each * work


def fit_of(work: Sequence[float], cost: Sequence[float]) -> Fit:
    """The least squares of relative differences; neither part is below 0. At least two measurements."""
    x, y = np.asarray(work, np.float64), np.asarray(cost, np.float64)
    terms = np.stack([np.ones_like(x), x], 1) / y[:, None]
    fixed, each = (float(value) for value in np.linalg.lstsq(terms, np.ones_like(y))[0])
    if fixed < 0:
        fixed, each = 0.0, float((x / y).sum() / ((x / y) ** 2).sum())
    elif each < 0:
        fixed, each = float((1 / y).sum() / (1 / y**2).sum()), 0.0
    error = float(np.abs((fixed + each * x) / y - 1).max())
    return Fit(fixed, each, error)
