"""Whether a direction changes an attribute more than random directions do."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddle.metrics.shared.student import CONFIDENCE, Interval, student_interval

SIGNIFICANCE = 0.05


class Reference(NamedTuple):
    """What random directions do to an attribute.

    expected: their mean change, 0 for a signed attribute. rms: the root mean square of their changes, which is their
    typical size. low, high: 95 % of the changes lie between these.
    """

    expected: float
    rms: float
    low: float
    high: float


def mean_effect(changes: NDArray[np.floating]) -> Interval:
    """The mean change of an attribute, given the change in each sample (n,), which is NaN where it was not measured.

    The interval is Student's. As each change is a difference within one sample, the differences between samples do
    not widen it. If fewer than two could be measured, all but their number is NaN.
    """
    known = changes[np.isfinite(changes)]
    return student_interval(known if len(known) > 1 else [])._replace(n=len(known))


def reference(changes: NDArray[np.floating], signed: bool) -> Reference:
    """The reference for an attribute, given how much each random direction changes it (n,).

    A direction is as likely as its opposite, so signed changes are spread symmetrically about 0. Raises `ValueError`
    if fewer than two changes are finite.
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
    """For each attribute, the probability that a random direction stands out as much in any of the attributes.

    changes: (attributes,), of the direction to test. random: (directions, attributes), of the random ones. NaN never
    stands out. A signed attribute stands out by a large change of either sign, a frequency only by a high value.

    This is the single-step maxT test of Westfall and Young, Resampling-Based Multiple Testing, 1993. The score of a
    direction in an attribute is its distance from the expected change, in standard deviations. The p value is the share
    of directions, the tested one included, whose largest score in any attribute is at least this score. If the tested
    direction is itself random, chance alone tells it from the others. The probability that any of its p values is at
    or below a level is then at most that level. Neither the distribution of the changes nor how the attributes depend
    on each other matters. The smallest possible p is 1 / (directions + 1).
    """
    # All directions together set the scale: the test needs the tested one to be treated like the others.
    together = np.concatenate([changes[None], random])
    scores = np.stack([_scores(column, sign) for column, sign in zip(together.T, signed, strict=True)], axis=1)
    largest = scores.max(1)
    return [float((largest >= score).mean()) for score in scores[0]]


def _scores(changes: NDArray[np.floating], signed: bool) -> NDArray[np.float64]:
    """How many standard deviations each change is away from the expected one; 0 for NaN, or if all are as expected."""
    known = np.isfinite(changes)
    if known.sum() < 2:
        return np.zeros(len(changes))
    centred = np.abs(changes) if signed else changes - changes[known].mean()
    spread = np.sqrt(np.mean(centred[known] ** 2))
    return np.asarray(np.where(known & (spread > 0), centred, 0) / (spread if spread > 0 else 1))
