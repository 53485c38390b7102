"""Whether a statement holds, does not hold, or cannot be decided by the runs that there are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from saddle.metrics.shared.student import student_interval


class Verdict(StrEnum):
    """What becomes of a statement."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Claim:
    """A statement of a report, what was measured, and the verdict; None if it was not measured."""

    statement: str
    measured: str
    verdict: Verdict | None


# A figure of each run, by the run's seed. A run that diverged, or never fitted, has an infinite one.
BySeed = dict[int, float]


def larger(first: BySeed, second: BySeed) -> Verdict:
    """Whether positive figures of `first` are larger than those of `second`, pairs of runs with the same seed compared.

    Student's 95 % interval of the mean logarithm of their ratio decides: runs of one seed have their data order in
    common, and ratios have a mean on the logarithmic scale. Undecided if 0 is in it, or with fewer than two pairs.
    Infinite figures have no mean: then all pairs must agree.
    """
    logs = [_log_ratio(first[seed], second[seed]) for seed in first if seed in second]
    known = [ratio for ratio in logs if not math.isnan(ratio)]
    return _sign(known)


def smaller(first: BySeed, second: BySeed) -> Verdict:
    """`larger`, the other way round."""
    return larger(second, first)


def in_all_runs(holds: Sequence[bool]) -> Verdict:
    """Yes if it holds in all runs, no if it holds in fewer than half of them, else undecided."""
    if holds and all(holds):
        return Verdict.YES
    return Verdict.NO if 2 * sum(holds) < len(holds) else Verdict.UNDECIDED


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether all parts of a statement hold: no if one does not, else undecided if one is."""
    found = set(verdicts)
    return next((verdict for verdict in (Verdict.NO, Verdict.UNDECIDED) if verdict in found), Verdict.YES)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _log_ratio(first: float, second: float) -> float:
    """log(first / second), NaN where both are infinite or both are 0: neither is larger then."""
    return _log(first) - _log(second)


def _sign(differences: Sequence[float]) -> Verdict:
    """Whether the mean of `differences` is above 0."""
    if len(differences) < 2:
        return Verdict.UNDECIDED
    if not all(map(math.isfinite, differences)):
        if all(difference > 0 for difference in differences):
            return Verdict.YES
        return Verdict.NO if all(difference < 0 for difference in differences) else Verdict.UNDECIDED
    interval = student_interval(differences)
    if interval.low > 0:
        return Verdict.YES
    return Verdict.NO if interval.high < 0 else Verdict.UNDECIDED
