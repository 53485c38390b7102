"""The metrics of two states, each pair judged: better, worse, or no more than noise."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from scipy import stats

from saddle.errors import UserError, reason
from saddle.reporting.directions import direction_of, own_name, word_for_null
from saddle.reporting.states import METRICS, State

# What differs by no more than this share of pairs would by chance alone is noise.
BY_CHANCE = 0.05
# The standard error of a normal sample's median is this many times that of its mean: the root of pi / 2.
MEDIANS_ERROR = 1.2533


@dataclass(frozen=True)
class Spread:
    """How much chance moves a value: its standard deviation, and with how many degrees of freedom that is known."""

    error: float
    degrees: int


@dataclass(frozen=True)
class Summary:
    """Runs that differ in their seed only: a value for all of them, their standard deviation, and how many they are.

    middle: the mean; of times that some runs never reach, the median, which is None if half of the runs do not.
    is_median: which of the two it is.
    """

    middle: float | None
    std: float | None
    n: int
    is_median: bool = False

    @property
    def of_one_run(self) -> Spread | None:
        """How much the seed moves a single run; None if there are too few to tell, or all of them are equal.

        Equal figures (a recall of 0, say) do not tell that the next seed's would be the same.
        """
        return None if not self.std or self.n < 2 else Spread(self.std, self.n - 1)

    @property
    def of_middle(self) -> Spread | None:
        """How much it moves the value for all runs."""
        one = self.of_one_run
        if one is None:
            return None
        return Spread((MEDIANS_ERROR if self.is_median else 1.0) * one.error / math.sqrt(self.n), one.degrees)


Value = float | str | Summary | None
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
    try:
        content = json.loads(state.read(path), parse_constant=_refused)
    except ValueError as error:
        raise UserError(f"{path} in {state}: not JSON ({reason(error)})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} in {state}: holds {type(content).__name__}; expected an object of metrics")
    return content


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no value of JSON")


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
    """`content` as a summary over seeds, as the comparisons write it; None if it is something else."""
    median, mean, std, n = (content.get(key) for key in ("median", "mean", "std", "n"))
    numbers = all(value is None or isinstance(value, int | float) for value in (median, mean, std))
    if not ({"mean", "std"} <= set(content) and numbers and isinstance(n, int)):
        return None
    return Summary(median, std, n, is_median=True) if mean is None else Summary(mean, std, n)


def compare_metrics(
    before: AllMetrics,
    after: AllMetrics,
    noise: Mapping[tuple[str, str], float],
    snapshot_epochs: Callable[[str], float] = lambda file: 0.0,
) -> list[Change]:
    """Every metric of either state, in the order of the files.

    noise: the largest difference that noise explains, by path and metric, where it is known. Summaries need no entry:
    they bring their own spread. snapshot_epochs: how finely the epoch of a fit is known in a file.
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
                least = snapshot_epochs(file) if own_name(metric) == "epochs_to_fit" else 0.0
                change = _judge(file, metric, old[metric], new[metric], noise.get((file, metric)), least)
            changes.append(change)
    return changes


def _judge(file: str, metric: str, before: Value, after: Value, noise: float | None, least: float) -> Change:
    if isinstance(before, Summary) and isinstance(after, Summary):
        noise = noise_of(before.of_middle, after.of_middle)
    if least > 0:
        noise = max(noise or 0.0, least)
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
    if noise is None:
        return Verdict.SEEMS_BETTER if became < was else Verdict.SEEMS_WORSE
    return Verdict.BETTER if became < was else Verdict.WORSE


def number(value: Value) -> float | None:
    """A metric's value as one number, of a summary the middle; None if it is none."""
    if isinstance(value, Summary):
        return value.middle
    return value if isinstance(value, float) else None


def noise_of(before: Spread | None, after: Spread | None, *, one_estimate: bool = False) -> float | None:
    """The largest difference that noise explains between two values with these spreads; None if one is unknown.

    Exceeded by chance in 5 % of the cases: Student's quantile for the degrees of freedom that Welch, The Generalization
    of Student's Problem, 1947, gives to a difference. one_estimate: both spreads are one and the same, known from the
    same runs, and its degrees of freedom count once.
    """
    if before is None or after is None:
        return None
    deviation = math.hypot(before.error, after.error)
    if one_estimate:
        return float(stats.t.ppf(1 - BY_CHANCE / 2, before.degrees)) * deviation
    degrees = deviation**4 / (before.error**4 / before.degrees + after.error**4 / after.degrees)
    return float(stats.t.ppf(1 - BY_CHANCE / 2, degrees)) * deviation
