"""The metrics of two states, each pair judged: better, worse, or no more than noise."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from saddle.errors import UserError
from saddle.reporting.directions import direction_of, word_for_null
from saddle.reporting.states import METRICS, State

# A difference of normal variables exceeds two of its standard deviations in 5 % of the cases.
NOISE_DEVIATIONS = 2.0


@dataclass(frozen=True)
class Summary:
    """A mean over runs that differ in their seed only. std: the runs' standard deviation. n: how many runs."""

    mean: float | None
    std: float | None
    n: int

    @property
    def error(self) -> float | None:
        """The standard deviation of the mean; None if there are too few runs to tell."""
        return None if self.std is None or self.n < 2 else self.std / math.sqrt(self.n)


Value = float | str | Summary | None
# The metrics of a file by their dotted names, of all files by their paths.
FileMetrics = Mapping[str, Value]
AllMetrics = Mapping[str, FileMetrics]


class Verdict(StrEnum):
    """What became of a metric."""

    BETTER = "better"
    WORSE = "worse"
    NOISE = "within noise"
    CHANGED = "changed"  # where neither way is better
    NEW = "new"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """One metric, before and after. noise: the largest difference that noise explains, where it is known."""

    file: str
    metric: str
    before: Value
    after: Value
    verdict: Verdict
    noise: float | None = None


def read_metrics(state: State) -> dict[str, dict[str, Value]]:
    """The metrics in all JSON files of `state`, by path and dotted name.

    Raises `UserError` if a file is not JSON or holds no object.
    """
    return {path: dict(_leaves(read_object(state, path))) for path in sorted(state.within(METRICS, ".json"))}


def read_object(state: State, path: str) -> dict[str, Any]:
    """The object in a JSON file of `state`; raises `UserError` if there is none."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no value of JSON")

    try:
        content = json.loads(state.read(path), parse_constant=refuse)
    except ValueError as error:
        raise UserError(f"{path} in {state}: not JSON ({error})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} in {state}: holds {type(content).__name__}; expected an object of metrics")
    return content


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            summary = _summary(value)
            if summary:
                yield name, summary
            else:
                yield from _leaves(value, f"{name}.")
        elif value is None or isinstance(value, str):
            yield name, value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield name, float(value)
        else:
            yield name, json.dumps(value)


def _summary(content: Mapping[str, Any]) -> Summary | None:
    """`content` as a summary over seeds, as compare_optimizers writes it; None if it is something else."""
    mean, std, n = (content.get(key) for key in ("mean", "std", "n"))
    numbers = all(value is None or isinstance(value, int | float) for value in (mean, std))
    return Summary(mean, std, n) if {"mean", "std"} <= set(content) and numbers and isinstance(n, int) else None


def compare_metrics(before: AllMetrics, after: AllMetrics, noise: Mapping[tuple[str, str], float]) -> list[Change]:
    """Every metric of either state, in the order of the files.

    noise: the largest difference that noise explains, by path and metric, where it is known. Summaries need no entry:
    they bring their own spread.
    """
    changes = []
    for file in sorted({*before, *after}):
        old, new = before.get(file, {}), after.get(file, {})
        for metric in dict.fromkeys([*new, *old]):
            if metric not in old:
                change = Change(file, metric, None, new[metric], Verdict.NEW)
            elif metric not in new:
                change = Change(file, metric, old[metric], None, Verdict.REMOVED)
            else:
                change = _judge(file, metric, old[metric], new[metric], noise.get((file, metric)))
            changes.append(change)
    return changes


def _judge(file: str, metric: str, before: Value, after: Value, noise: float | None) -> Change:
    if isinstance(before, Summary) and isinstance(after, Summary):
        noise = noise_of(before.error, after.error)
    return Change(file, metric, before, after, _verdict(metric, before, after, noise), noise)


def _verdict(metric: str, before: Value, after: Value, noise: float | None) -> Verdict:
    if before == after:
        return Verdict.UNCHANGED
    old, new = number(before), number(after)
    if old is not None and new is not None and noise is not None and abs(new - old) <= noise:
        return Verdict.NOISE
    direction = direction_of(metric)
    if direction is None or isinstance(before, str) or isinstance(after, str):
        return Verdict.CHANGED
    if (old is None or new is None) and word_for_null(metric) is None:
        return Verdict.CHANGED
    was, became = (math.inf if value is None else direction.badness(value) for value in (old, new))
    if was == became:
        return Verdict.CHANGED
    return Verdict.BETTER if became < was else Verdict.WORSE


def number(value: Value) -> float | None:
    """A metric's value as one number, of a summary the mean; None if it is none."""
    if isinstance(value, Summary):
        return value.mean
    return value if isinstance(value, float) else None


def noise_of(before: float | None, after: float | None) -> float | None:
    """The largest difference that noise explains between two values with these standard deviations, None if unknown."""
    return None if before is None or after is None else NOISE_DEVIATIONS * math.hypot(before, after)
