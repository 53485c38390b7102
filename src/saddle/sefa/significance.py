"""Whether a direction does more to an attribute than directions do anyway."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95
SIGNIFICANCE = 1 - CONFIDENCE


@dataclass(frozen=True)
class Effect:
    """The mean change of an attribute per unit of distance, with its 95 % confidence interval.

    samples: how many the attribute could be measured on. All three figures are NaN for fewer than two.
    """

    change: float
    low: float
    high: float
    samples: int


@dataclass(frozen=True)
class Reference:
    """What random directions of the same length do to an attribute.

    expected: their mean change; 0 for a signed attribute, by symmetry. spread: the standard deviation of their
    changes about `expected`. rms: their typical size, the root mean square. low, high: where 95 % of
    random directions lie. freedom: degrees of freedom of `spread`.
    """

    expected: float
    spread: float
    rms: float
    low: float
    high: float
    freedom: int
    signed: bool


def mean_effect(changes: NDArray[np.floating]) -> Effect:
    """The effect from one change for each sample (n,); NaN where it could not be measured.

    Each change is a difference within one sample, so what the samples have in common with themselves cancels
    out; the interval is Student's for the mean of those differences.
    """
    known = changes[np.isfinite(changes)]
    if len(known) < 2:
        return Effect(np.nan, np.nan, np.nan, len(known))
    mean = float(known.mean())
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return Effect(mean, mean - margin, mean + margin, len(known))


def reference(changes: Sequence[float], signed: bool) -> Reference:
    """What the mean changes of random directions say; at least two must be finite (`ValueError`).

    A direction is as likely as its opposite, so signed changes have mean 0 exactly, which need not be
    estimated. Changes are close to normal over random directions: nearly linear in the direction, and a linear
    function of a random direction is close to normal in many dimensions (in few it has shorter tails, which
    makes the test below err on the safe side).
    """
    known = np.array([change for change in changes if np.isfinite(change)])
    if len(known) < 2:
        raise ValueError(f"{len(known)} random directions could be measured; at least 2 are needed")
    rms = float(np.sqrt(np.mean(known**2)))
    expected, spread, freedom = (0.0, rms, len(known)) if signed else (known.mean(), known.std(ddof=1), len(known) - 1)
    margin = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * _scatter(spread, freedom, signed)
    return Reference(
        float(expected), float(spread), rms, float(expected - margin), float(expected + margin), freedom, signed
    )


def p_value(change: float, against: Reference) -> float:
    """How probable so large a change is for one more random direction; 1 if it could not be measured.

    Two-sided for a signed attribute; for a frequency, which is only of interest where it is higher than
    usual, one-sided. Student's t, since the spread is estimated.
    """
    if not np.isfinite(change):
        return 1.0
    scatter = _scatter(against.spread, against.freedom, against.signed)
    excess = abs(change - against.expected) if against.signed else change - against.expected
    if scatter == 0:
        return float(excess <= 0)
    tail = float(stats.t.sf(excess / scatter, against.freedom))
    return 2 * tail if against.signed else tail


def adjusted(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted for their number (Benjamini and Hochberg, Controlling the False Discovery Rate, 1995).

    Of all that is called significant for staying below a level, at most that share is so by chance, on
    average; where nothing is there to be found, the probability of calling anything significant is below
    that level.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values)[order] * count / np.arange(1, count + 1)
    smallest = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty(count)
    result[order] = np.minimum(smallest, 1.0)
    return [float(value) for value in result]


def _scatter(spread: float, freedom: int, signed: bool) -> float:
    """The standard deviation of a new direction's change about `expected`, which has an error if estimated."""
    return spread if signed else float(spread * np.sqrt(1 + 1 / (freedom + 1)))
