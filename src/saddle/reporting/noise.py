"""Whether chance explains a difference of two metrics: judged by runs that differ in their seed only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

# What chance alone does in no more than this share of the cases is not put down to it.
BY_CHANCE = 0.05
# Metrics that are sizes or ratios: a seed moves them by a factor, so their logarithms are compared. Not stability:
# of five runs that leaves a range of one to seventy, and hides what anybody sees.
FACTORS = {"w2", "w2_ratio", "sliced_w2", "mmd", "energy", "width_ratio", "epochs_to_fit", "fid", "kid"}


@dataclass(frozen=True)
class Chance:
    """Whether it explains a difference, and by what that was judged, in a few words."""

    explains: bool
    words: str


def one_more_seed(metric: str, runs: Sequence[float], before: float, after: float, step: float = 0) -> Chance | None:
    """Whether another seed of the base's settings could have given `after`; None if that is not known.

    runs: the metric in runs at the base's settings. It could if one run more lies there in 95 % of the cases (Student's
    prediction interval), or if `after` lies between two of the runs. A run that never got there is infinite; beside one
    there is no interval. None too where `before` is outside, since the runs are then not of its settings.
    step: how finely the metric is known; a difference of no more is none.
    """
    if abs(after - before) <= step:
        return Chance(explains=True, words=f"known to ±{step:g}")
    if len(runs) < 2:
        return None
    low, high = min(runs), max(runs)
    if low <= after <= high:
        return Chance(explains=True, words=f"seeds: {_range(low, high)}")
    if math.isinf(high) or (low == high and not step):
        return None
    values, is_log = _comparable(metric, runs)
    # Runs that are all equal, of a metric that is known to a step only, differ by anything less than that.
    deviation = float(np.std(values, ddof=1)) if low < high else step / math.sqrt(12)
    if low == high:
        values, is_log = np.array(runs), False
    half = float(stats.t.ppf(1 - BY_CHANCE / 2, len(runs) - 1)) * deviation * math.sqrt(1 + 1 / len(runs))
    first, last = (float(np.mean(values)) + side * half for side in (-1, 1))
    if is_log:
        first, last = math.exp(first), math.exp(last)
    if low >= 0:
        first = max(first, 0.0)
    if not first <= before <= last:
        return None
    return Chance(explains=first <= after <= last, words=f"seeds: {_range(first, last)}")


def seeds_differ(metric: str, before: Sequence[float], after: Sequence[float]) -> Chance | None:
    """Whether chance explains the difference of two sets of runs; None if they cannot tell.

    By Welch's t test; where a run never got there and is infinite, by their ranks (Mann and Whitney's test). Runs that
    are too few for ranks ever to tell (three on each side) tell nothing where they lie wholly apart.
    """
    if min(len(before), len(after)) < 2:
        return None
    if math.isinf(max(*before, *after)):
        # Exact for few, whatever ties there are; the formula for many would take three on each side for enough.
        few = math.comb(len(before) + len(after), len(before)) < 9999
        tested = stats.mannwhitneyu(before, after, method=stats.PermutationMethod() if few else "asymptotic")
        chance = float(tested.pvalue)
        if chance > BY_CHANCE and (max(before) < min(after) or max(after) < min(before)):
            return None
    else:
        values, _ = _comparable(metric, [*before, *after])
        old, new = values[: len(before)], values[len(before) :]
        if np.ptp(old) == np.ptp(new) == 0:
            return None
        chance = float(stats.ttest_ind(old, new, equal_var=False).pvalue)
    return Chance(explains=chance > BY_CHANCE, words=f"p = {chance:.2g}, {len(before)} and {len(after)} seeds")


def _comparable(metric: str, values: Sequence[float]) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", bool]:
    """The values or their logarithms, and whether it is these."""
    is_log = metric in FACTORS and min(values) > 0
    return np.log(values) if is_log else np.array(values), is_log


def _range(low: float, high: float) -> str:
    return f"{low:.3g} to {'never' if math.isinf(high) else f'{high:.3g}'}"
