"""How much the seed alone moves the metrics of a single run, as far as the comparison of optimizers tells."""

from saddle.reporting.metrics import AllMetrics, FileMetrics, Summary, noise_of
from saddle.reporting.states import METRICS

COMPARISON = f"{METRICS}optimizers.json"
POINTS = f"{METRICS}points/"


def noise_of_points(
    before: AllMetrics, after: AllMetrics, optimizers: tuple[object, object]
) -> dict[tuple[str, str], float]:
    """The largest difference that noise explains, by path and metric, for the points variants' single runs.

    COMPARISON holds a summary over seeds for each metric under VARIANT.OPTIMIZER. optimizers: which one trained the
    variants before and after. Each end takes the spread from its own comparison, or from the other end's if its own has
    none. Metrics whose spread is not known on both sides are left out.
    """
    old, new = before.get(COMPARISON, {}), after.get(COMPARISON, {})
    noise = {}
    for path in {*before} & {*after}:
        variant = path.removeprefix(POINTS).removesuffix(".json")
        for metric in after[path] if path.startswith(POINTS) else ():
            names = [f"{variant}.{optimizer}.{metric}" for optimizer in optimizers]
            known = noise_of(_deviation(names[0], old, new), _deviation(names[1], new, old))
            if known is not None:
                noise[path, metric] = known
    return noise


def _deviation(name: str, own: FileMetrics, other: FileMetrics) -> float | None:
    """The runs' standard deviation; None if fewer than two tell it."""
    for summaries in (own, other):
        summary = summaries.get(name)
        if isinstance(summary, Summary) and summary.n > 1 and summary.std is not None:
            return summary.std
    return None
