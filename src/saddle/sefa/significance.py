"""Whether a direction does more to an attribute than directions do anyway."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Effect:
    """The mean change of an attribute per unit of distance, with its 95 % confidence interval.

    samples: how many the attribute could be measured on. The other three are NaN for fewer than two.
    """

    change: float
    low: float
    high: float
    samples: int


@dataclass(frozen=True)
class Reference:
    """What random directions do to an attribute.

    expected: their mean change; 0 for a signed attribute. rms: the typical size of their changes, the root mean
    square. low, high: where 95 % of them lie.
    """

    expected: float
    rms: float
    low: float
    high: float


def mean_effect(changes: NDArray[np.floating]) -> Effect:
    """The effect, given one change for each sample (n,); NaN where it could not be measured.

    Each change is a difference within one sample, so that how much the samples differ from each other does not
    matter; the interval is Student's for the mean of those differences.
    """
    known = changes[np.isfinite(changes)]
    if len(known) < 2:
        return Effect(np.nan, np.nan, np.nan, len(known))
    mean = float(known.mean())
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return Effect(mean, mean - margin, mean + margin, len(known))


def reference(changes: NDArray[np.floating], signed: bool) -> Reference:
    """What the changes of random directions (n,) say of an attribute; at least two must be finite (`ValueError`).

    A direction is as likely as its opposite, so signed changes lie symmetrically about 0.
    """
    known = changes[np.isfinite(changes)]
    if len(known) < 2:
        raise ValueError(f"{len(known)} random directions could be measured; at least 2 are needed")
    rms = float(np.sqrt(np.mean(known**2)))
    if signed:
        reach = float(np.quantile(np.abs(known), CONFIDENCE))
        return Reference(0.0, rms, -reach, reach)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return Reference(float(known.mean()), rms, float(low), float(high))


def p_values(changes: NDArray[np.floating], random: NDArray[np.floating], signed: Sequence[bool]) -> list[float]:
    """For each attribute, how probable it is that a random direction stands out as much, in whichever attribute.

    changes: (attributes,) of the direction in question; random: (directions, attributes); NaN is never
    remarkable. Signed attributes stand out either way, frequencies upwards only.

    A direction's score in an attribute is how many standard deviations it is away from what is expected; a
    score is compared with the largest that each random direction has in any attribute. If the direction is
    itself a random one, all are alike but for chance, so the probability that any of its p values is
    below a level is at most that level: nothing is assumed of how changes are distributed or of how
    attributes depend on each other. This is the single-step maxT test of Westfall and Young,
    Resampling-Based Multiple Testing, 1993. The smallest possible p is 1 / (directions + 1).
    """
    # The scores' scale comes from all directions together, or the one in question would be treated unlike the others.
    together = np.concatenate([changes[None], random])
    scores = np.stack([_scores(column, sign) for column, sign in zip(together.T, signed, strict=True)], axis=1)
    largest = scores.max(1)
    return [float((largest >= score).mean()) for score in scores[0]]


def _scores(changes: NDArray[np.floating], signed: bool) -> NDArray[np.float64]:
    """Standard deviations away from what is expected; 0 where all changes are equal, and for NaN."""
    known = np.isfinite(changes)
    if known.sum() < 2:
        return np.zeros(len(changes))
    centred = np.abs(changes) if signed else changes - changes[known].mean()
    spread = np.sqrt(np.mean(centred[known] ** 2))
    return np.asarray(np.where(known & (spread > 0), centred, 0) / (spread if spread > 0 else 1))
