"""The metrics of two states, each pair judged: better, worse, or no more than chance explains."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from saddle.reporting.directions import direction_of, own_name, word_for_null
from saddle.reporting.noise import Chance, one_more_seed, seeds_differ
from saddle.reporting.states import METRICS, PLOTS, State, Value

ABSENT = "–"
FLOOR = "/floor.json"  # what real data reach, which is neither good nor bad
ROUNDING = 1.01e-5  # figures are written with six digits, and computed with about as many: the last one is rounding


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
    direction = None if file.endswith(FLOOR) else direction_of(metric)
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
    run of a points variant is held against those with the optimizer that trained it before the change.
    """
    folder, _, name = file.removeprefix(METRICS).removesuffix(".json").rpartition("/")
    optimizer, step = _settings(before.params, name)
    step = step if own_name(metric) == "epochs_to_fit" else 0
    if folder == "points":
        return one_more_seed(metric, _runs(before, "optimizers", name, optimizer, metric), old, new, step)
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
