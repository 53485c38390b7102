"""How much the seed alone moves the metrics of a single run, as far as the comparison of optimizers tells."""

from collections.abc import Callable, Mapping
from typing import Any

from saddle.reporting.metrics import AllMetrics, FileMetrics, Summary, noise_of
from saddle.reporting.states import METRICS

COMPARISON = f"{METRICS}optimizers.json"
POINTS = f"{METRICS}points/"
FULL_BATCH = f"{METRICS}full_batch.json"


def noise_of_points(
    before: AllMetrics, after: AllMetrics, params: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> dict[tuple[str, str], float]:
    """The largest difference that noise explains, by path and metric, for the points variants' single runs.

    COMPARISON holds a summary over seeds for each metric under VARIANT.OPTIMIZER. params: by their dotted names, before
    and after; they tell which optimizer trained a variant. Each end takes the spread from its own comparison, or from
    the other end's if its own has none. Metrics whose spread is not known on both sides are left out.
    """
    old, new = before.get(COMPARISON, {}), after.get(COMPARISON, {})
    noise = {}
    for path in {*before} & {*after}:
        variant = path.removeprefix(POINTS).removesuffix(".json")
        for metric in after[path] if path.startswith(POINTS) else ():
            names = [f"{variant}.{_optimizer(state, variant)}.{metric}" for state in params]
            ends = _summary(names[0], old, new), _summary(names[1], new, old)
            spreads = [None if summary is None else summary.of_one_run for summary in ends]
            known = noise_of(*spreads, one_estimate=ends[0] == ends[1])
            if known is not None:
                noise[path, metric] = known
    return noise


def snapshot_epochs(params: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Callable[[str], float]:
    """How many epochs lie between two snapshots of the points variants, by metrics file; of the two states, the more.

    0 if the parameters do not say.
    """

    def of_file(file: str) -> float:
        return max(_snapshot_every(state, file) for state in params)

    return of_file


def _snapshot_every(params: Mapping[str, Any], file: str) -> float:
    recipe = "full_batch" if file == FULL_BATCH else params.get("points.recipe")
    every = params.get(f"points.recipes.{recipe}.snapshot_every")
    return float(every) if isinstance(every, int | float) else 0.0


def _optimizer(params: Mapping[str, Any], variant: str) -> object:
    """What trained a points variant: its own optimizer, or the one that all share."""
    own = params.get(f"points.recipes.{params.get('points.recipe')}.variants.{variant}.optimizer")
    return own or params.get("optimizer")


def _summary(name: str, own: FileMetrics, other: FileMetrics) -> Summary | None:
    """The first of two comparisons that tells how much the seed moves this metric."""
    for summaries in (own, other):
        summary = summaries.get(name)
        if isinstance(summary, Summary) and summary.of_one_run is not None:
            return summary
    return None
