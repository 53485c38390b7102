"""Student's interval of a mean."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean, the standard deviation of the values (n - 1), and the 95 % confidence interval of the mean.

    With a single value there is no deviation and no interval, with none no mean: those are NaN. n: how many values.
    """

    mean: float
    std: float
    low: float
    high: float
    n: int


def student_interval(values: Sequence[float] | NDArray[np.floating]) -> Interval:
    """The mean of independent `values` (n,) and how well it is known, by Student's t distribution.

    Student, The Probable Error of a Mean, 1908. The interval is exact for normally distributed values.
    """
    known = np.asarray(values, np.float64)
    n = len(known)
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, np.nan, 0)
    mean = float(known.mean())
    if n == 1:
        return Interval(mean, np.nan, np.nan, np.nan, 1)
    std = float(known.std(ddof=1))
    # The quantile of Student's t: scipy.stats has it too, but takes half as long to import as PyTorch.
    margin = float(special.stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * std / float(np.sqrt(n))
    return Interval(mean, std, mean - margin, mean + margin, n)
