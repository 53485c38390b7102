"""Whether a statement holds, does not hold, or cannot be decided by the runs that there are."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy import stats

from saddle.metrics.shared.student import CONFIDENCE, student_interval

# All ways to divide the runs are tried where these are no more, as with up to seven and seven runs: nothing about the
# test is random. With more runs the normal approximation is as good.
MOST_DIVISIONS = 10_000


class Verdict(StrEnum):
    """What becomes of a statement."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"
    DEPENDS_ON_FIT = "depends on where fit begins"
    DEPENDS_ON_DIGITS = "depends on how many must be digits"


@dataclass(frozen=True)
class Claim:
    """A statement of a report, what was measured, and the verdict; None if there is none.

    judged_by: which settings, how many seeds and how many epochs.
    """

    statement: str
    measured: str = "not measured"
    verdict: Verdict | None = None
    judged_by: str = ""


# What pictures and tables call a variant or an optimizer.
Titles = Callable[[str], str]
# A figure of each run, by the run's seed. A run that diverged, or never fitted, has an infinite one.
BySeed = dict[int, float]


def larger(first: BySeed, second: BySeed, *, times: float = 1.0, resolution: float = 0.0) -> Verdict:
    """Whether positive figures of `first` are more than `times` those of `second`, runs of one seed compared in pairs.

    Student's 95 % interval of the mean logarithm of their ratio decides: runs of one seed begin alike, and ratios have
    a mean on the logarithmic scale. Undecided if the interval holds the logarithm of `times`, and with fewer than two
    pairs. resolution: figures that differ by no more are equal.

    Infinite figures (a run that diverged, or never fitted) have no mean. Then all pairs must agree (but for those in
    which both are infinite), and all runs must be so divided that chance would do it in 5 % of the cases at most (Mann
    and Whitney, On a Test of Whether One of Two Random Variables Is Stochastically Larger than the Other, 1947).
    """
    pairs = [(first[seed], second[seed]) for seed in first if seed in second]
    logs = [(0.0 if abs(a - b) <= resolution else _log(a) - _log(b)) - math.log(times) for a, b in pairs]
    if all(map(math.isfinite, logs)):
        return _sign_of_mean(logs)
    known = [log for log in logs if not math.isnan(log)]
    scaled = [times * value for value in second.values()]
    if rank_test(list(first.values()), scaled) > 1 - CONFIDENCE:
        return Verdict.UNDECIDED
    if all(difference > 0 for difference in known):
        return Verdict.YES
    return Verdict.NO if all(difference < 0 for difference in known) else Verdict.UNDECIDED


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """The p of Mann and Whitney's test, exact for few figures, whatever ties there are."""
    few = math.comb(len(first) + len(second), len(first)) <= MOST_DIVISIONS
    exact = stats.PermutationMethod(n_resamples=MOST_DIVISIONS)
    return float(stats.mannwhitneyu(first, second, method=exact if few else "asymptotic").pvalue)


def smaller(first: BySeed, second: BySeed) -> Verdict:
    """`larger`, the other way round."""
    return larger(second, first)


def in_all_runs(holds: Sequence[bool]) -> Verdict:
    """Yes if it holds in all runs, no if it fails in more than half of them, else undecided."""
    if holds and all(holds):
        return Verdict.YES
    return Verdict.NO if 2 * sum(holds) < len(holds) else Verdict.UNDECIDED


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether all parts of a statement hold: no if one does not, else undecided if one is."""
    found = set(verdicts)
    return next((verdict for verdict in (Verdict.NO, Verdict.UNDECIDED) if verdict in found), Verdict.YES)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _sign_of_mean(differences: Sequence[float]) -> Verdict:
    """Whether the mean of `differences` is above 0."""
    # Two that are equal to the last digit tell of no spread at all: they are steps of a coarse scale.
    if len(differences) < 2 or (len(differences) == 2 and differences[0] == differences[1]):
        return Verdict.UNDECIDED
    interval = student_interval(differences)
    if interval.low > 0:
        return Verdict.YES
    return Verdict.NO if interval.high < 0 else Verdict.UNDECIDED
