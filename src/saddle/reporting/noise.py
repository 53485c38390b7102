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
    """Whether another seed of the settings before a change could have given `after`; None if that is not known.

    runs: the metric in runs at these settings, infinite where it was never reached. Another seed could if one run more
    lies there in 95 % of the cases (Student's prediction interval), or if `after` is between two of the runs. There is
    no interval beside an infinite run, nor where `before` is outside, since the runs are then not of its settings.
    step: how finely the metric is known; a difference of no more is none.
    """
    if abs(after - before) <= step:
        return Chance(explains=True, words=f"known to ±{step:g}")
    low, high = min(runs, default=math.nan), max(runs, default=math.nan)
    if not low <= after <= high:
        if len(runs) < 2 or math.isinf(high) or low == high == high + step:
            return None
        is_log = metric in FACTORS and 0 < low < high
        values = np.log(runs) if is_log else np.array(runs)
        # Runs that are all equal, of a metric that is known to a step only, differ by anything less than that.
        deviation = np.std(values, ddof=1) if low < high else step / math.sqrt(12)
        half = stats.t.ppf(1 - BY_CHANCE / 2, len(runs) - 1) * deviation * math.sqrt(1 + 1 / len(runs))
        low, high = (float(np.exp(end) if is_log else end) for end in (values.mean() - half, values.mean() + half))
        low = max(low, 0.0) if min(runs) >= 0 else low
        if not low <= before <= high:
            return None
    return Chance(explains=low <= after <= high, words=f"seeds: {low:.3g} to {high:.3g}".replace("inf", "never"))


def seeds_differ(metric: str, before: Sequence[float], after: Sequence[float]) -> Chance | None:
    """Whether chance explains the difference of two sets of runs; None if they cannot tell.

    By Welch's t test; where a run never got there and is infinite, by their ranks (Mann and Whitney's test). Runs that
    are too few for ranks ever to tell (three on each side) tell nothing where they lie wholly apart.
    """
    runs = [*before, *after]
    if min(len(before), len(after)) < 2:
        return None
    if math.isinf(max(runs)):
        # Exact for few, whatever ties there are; the formula for many would take three on each side for enough.
        few = math.comb(len(runs), len(before)) < 9999
        chance = stats.mannwhitneyu(before, after, method=stats.PermutationMethod() if few else "asymptotic").pvalue
        if chance > BY_CHANCE and (max(before) < min(after) or max(after) < min(before)):
            return None
    elif min(before) == max(before) and min(after) == max(after):
        return None
    else:
        values = np.log(runs) if metric in FACTORS and min(runs) > 0 else np.array(runs)
        chance = stats.ttest_ind(values[: len(before)], values[len(before) :], equal_var=False).pvalue
    return Chance(explains=bool(chance > BY_CHANCE), words=f"p = {chance:.2g}, {len(before)} and {len(after)} seeds")
