"""The metrics of two states, each pair judged: better, worse, or no more than noise."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from saddle.errors import UserError
from saddle.json_text import JsonError, parse_json
from saddle.reporting.directions import direction_of, word_for_null
from saddle.reporting.noise import Chance
from saddle.reporting.states import METRICS, State

Value = float | str | None
# Figures are written with six digits, and computed with about as many: the last one is rounding.
ROUNDING = 1.01e-5
# The metrics of real data.
FLOOR = "/floor.json"
# The metrics of a file by their dotted names, of all files by their paths.
FileMetrics = Mapping[str, Value]
AllMetrics = Mapping[str, FileMetrics]


class Verdict(StrEnum):
    """What became of a metric."""

    BETTER = "better"
    WORSE = "worse"
    NOISE = "within noise"
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


# Of a file's metric, whether chance explains that it was the one value and is the other; None if that is not known. A
# null that is a metric's worst value is infinite.
Judge = Callable[[str, str, float, float], Chance | None]


def read_metrics(state: State) -> dict[str, dict[str, Value]]:
    """The metrics in all JSON files of `state`, by path and dotted name.

    Raises `UserError` if a file is not JSON or holds no object.
    """
    return {path: dict(_leaves(read_object(state, path))) for path in sorted(state.within(METRICS, ".json"))}


def read_object(state: State, path: str) -> dict[str, Any]:
    """The object in a JSON file of `state`; raises `UserError` if there is none."""
    try:
        content = parse_json(state.read(path))
    except JsonError as error:
        raise UserError(f"{path} in {state}: {error}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} in {state}: holds {type(content).__name__}; expected an object of metrics")
    return content


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and {"median", "runs"} <= value.keys():
            yield from _leaves({key: value["median"]}, prefix)  # the runs themselves are in plots/
        elif isinstance(value, dict):
            yield from _leaves(value, f"{name}.")
        elif value is None or isinstance(value, str):
            yield name, value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield name, float(value)
        elif key != "seeds":
            yield name, json.dumps(value)


def compare_metrics(before: AllMetrics, after: AllMetrics, judge: Judge) -> list[Change]:
    """Every metric of either state, in the order of the files."""
    changes = []
    for file in sorted({*before, *after}):
        old, new = before.get(file, {}), after.get(file, {})
        for metric in dict.fromkeys([*new, *old]):
            if metric not in old:
                change = Change(file, metric, None, new[metric], Verdict.NEW)
            elif metric not in new:
                change = Change(file, metric, old[metric], None, Verdict.REMOVED)
            else:
                change = _judged(file, metric, old[metric], new[metric], judge)
            changes.append(change)
    return changes


def _judged(file: str, metric: str, before: Value, after: Value, judge: Judge) -> Change:
    old, new = _number(metric, before), _number(metric, after)
    if before == after or (old is not None and new is not None and math.isclose(old, new, rel_tol=ROUNDING)):
        return Change(file, metric, before, after, Verdict.UNCHANGED)
    # What real data reach is neither good nor bad.
    direction = None if file.endswith(FLOOR) else direction_of(metric)
    if direction is None or old is None or new is None:
        return Change(file, metric, before, after, Verdict.CHANGED)
    chance = judge(file, metric, old, new)
    was, became = direction.badness(old), direction.badness(new)
    if chance is not None and chance.explains:
        verdict = Verdict.NOISE
    elif was == became:
        verdict = Verdict.CHANGED
    elif chance is None:
        verdict = Verdict.SEEMS_BETTER if became < was else Verdict.SEEMS_WORSE
    else:
        verdict = Verdict.BETTER if became < was else Verdict.WORSE
    return Change(file, metric, before, after, verdict, chance)


def _number(metric: str, value: Value) -> float | None:
    """A metric's value as a number, infinite for a null that is its worst value; None if it is none."""
    if value is None and word_for_null(metric) is not None:
        return math.inf
    return value if isinstance(value, float) else None
