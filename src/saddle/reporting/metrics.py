"""The metrics of two states, each pair judged: better, worse, or no more than chance explains."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy import stats

from saddle.reporting.claims.verdicts import rank_test
from saddle.reporting.directions import direction_of, own_name, word_for_null
from saddle.reporting.markdown import ABSENT
from saddle.reporting.states import METRICS, PLOTS, State, Value

ROUNDING = 1.01e-5  # figures are written with six digits, and computed with about as many: the last one is rounding
# What chance alone does in no more than this share of the cases is not put down to it.
BY_CHANCE = 0.05
# Metrics that are sizes or ratios: a seed moves them by a factor, so their logarithms are compared. Not stability:
# of five runs that leaves a range of one to seventy, and hides what anybody sees.
FACTORS = {"w2", "w2_ratio", "sliced_w2", "mmd", "energy", "width_ratio", "epochs_to_fit", "fid", "kid"}


class Verdict(StrEnum):
    """What became of a metric. Blue and orange can be told apart with any kind of colour vision."""

    BETTER = "🔵 better"
    WORSE = "🟠 worse"
    NOISE = "⚪ within noise"
    SEEMS_BETTER = "seems better"  # where it is not known how far chance alone moves it
    SEEMS_WORSE = "seems worse"
    CHANGED = "changed"  # where neither way is better
    NEW = "new"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Chance:
    """Whether it explains a difference, and by what that was judged, in a few words."""

    explains: bool
    words: str


@dataclass(frozen=True)
class Change:
    """One metric, before and after. chance: whether it explains the difference, where that is known."""

    file: str
    metric: str
    before: Value
    after: Value
    verdict: Verdict
    chance: Chance | None = None


def compare_metrics(before: State, after: State) -> list[Change]:
    """Every metric of either state, in the order of the files; ABSENT is the value where a state lacks it."""
    changes = []
    for file in sorted({*before.metrics, *after.metrics}):
        old, new = before.metrics.get(file, {}), after.metrics.get(file, {})
        for metric in dict.fromkeys([*new, *old]):
            values = old.get(metric, ABSENT), new.get(metric, ABSENT)
            changes.append(Change(file, metric, *values, *_judged(before, after, file, metric, *values)))
    return changes


def _judged(before: State, after: State, file: str, metric: str, *values: Value) -> tuple[Verdict, Chance | None]:
    if ABSENT in values:
        return Verdict.NEW if values[0] == ABSENT else Verdict.REMOVED, None
    old, new = (_number(metric, value) for value in values)
    if values[0] == values[1] or (old is not None and new is not None and math.isclose(old, new, rel_tol=ROUNDING)):
        return Verdict.UNCHANGED, None
    direction = direction_of(metric)
    if direction is None or old is None or new is None:
        return Verdict.CHANGED, None
    is_worse = direction.badness(new) > direction.badness(old)
    chance = _chance(before, after, file, metric, old, new)
    if chance is None:
        return Verdict.SEEMS_WORSE if is_worse else Verdict.SEEMS_BETTER, None
    if chance.explains:
        return Verdict.NOISE, chance
    return Verdict.WORSE if is_worse else Verdict.BETTER, chance


def _number(metric: str, value: Value) -> float | None:
    """A metric's value as a number, infinite for a null that is its worst value; None if it is none."""
    if value is None and word_for_null(metric):
        return math.inf
    return float(value) if isinstance(value, float | int) and not math.isnan(value) else None


def _chance(before: State, after: State, file: str, metric: str, old: float, new: float) -> Chance | None:
    """Whether chance explains a difference, by the runs of the comparisons of optimizers.

    A comparison, metrics/NAME.json, has its runs in plots/NAME/runs.csv: those of both states are compared. The single
    run of a points variant is held against those with the optimizer that trained it before the change. If that could
    have given it too, as where one of its runs was ruined, but another optimizer trained it, the runs of both decide.
    """
    folder, _, name = file.removeprefix(METRICS).removesuffix(".json").rpartition("/")
    optimizer, step = _settings(before.params, name)
    step = step if own_name(metric) == "epochs_to_fit" else 0
    if folder == "points":
        seeds = _runs(before, "optimizers", name, optimizer, metric)
        chance = one_more_seed(metric, seeds, old, new, step)
        another, _ = _settings(after.params, name)
        if another != optimizer and chance is not None and chance.explains and abs(new - old) > step:
            return seeds_differ(metric, seeds, _runs(after, "optimizers", name, another, metric)) or chance
        return chance
    if metric.count(".") != 2 or abs(new - old) <= step:
        return one_more_seed(metric, [], old, new, step)
    return seeds_differ(own_name(metric), *(_runs(state, name, *metric.split(".")) for state in (before, after)))


def _settings(params: Mapping[str, Any], name: str) -> tuple[object, float]:
    """By params.yaml: what optimizer trained a points variant, and the epochs between two snapshots of it or of R1."""
    recipe = "full_batch" if name == "full_batch" else params.get("points.recipe")
    own = params.get(f"points.recipes.{recipe}.variants.{name}.optimizer")
    return own or params.get("optimizer"), params.get(f"points.recipes.{recipe}.snapshot_every", 0)


def _runs(state: State, comparison: str, variant: str, optimizer: object, metric: str) -> list[float]:
    """A metric in all runs of a variant with an optimizer, infinite where it was never reached."""
    table = state.table(f"{PLOTS}{comparison}/runs.csv")
    if table is None or metric not in table.select_dtypes("number"):
        return []
    values = table[metric][(table["variant"] == variant) & (table["optimizer"] == optimizer)]
    return (values.fillna(math.inf) if word_for_null(metric) else values.dropna()).tolist()


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
        chance = rank_test(before, after)
        if chance > BY_CHANCE and (max(before) < min(after) or max(after) < min(before)):
            return None
    elif min(before) == max(before) and min(after) == max(after):
        return None
    else:
        values = np.log(runs) if metric in FACTORS and min(runs) > 0 else np.array(runs)
        chance = stats.ttest_ind(values[: len(before)], values[len(before) :], equal_var=False).pvalue
    return Chance(explains=bool(chance > BY_CHANCE), words=f"p = {chance:.2g}, {len(before)} and {len(after)} seeds")
