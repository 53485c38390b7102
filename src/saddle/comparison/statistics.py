"""From runs to means with intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from saddle.comparison.runs import Run
from saddle.metrics.points.convergence import epochs_to_fit, stability

CONFIDENCE = 0.95


def interval(values: Sequence[float]) -> dict[str, float | int | None]:
    """Mean, standard deviation (n - 1), and the 95 % confidence interval of the mean by Student's t.

    With a single value there is no deviation and no interval, with none no mean: those are None.
    """
    n = len(values)
    if n == 0:
        return {"mean": None, "std": None, "low": None, "high": None, "n": 0}
    mean = float(np.mean(values))
    if n == 1:
        return {"mean": _rounded(mean), "std": None, "low": None, "high": None, "n": 1}
    std = float(np.std(values, ddof=1))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * std / np.sqrt(n)
    return {
        "mean": _rounded(mean),
        "std": _rounded(std),
        "low": _rounded(mean - half),
        "high": _rounded(mean + half),
        "n": n,
    }


def summarize(runs: Sequence[Run], floor: float, threshold: float) -> dict[str, Any]:
    """Variant -> optimizer -> metric -> `interval`, with how many runs diverged and how many never fitted.

    w2, w2_ratio, stability: over the runs that did not diverge. epochs_to_fit: over those that fitted; `n` says how
    many did.
    """
    table: dict[str, Any] = {}
    for variant, optimizer in sorted({(run.cell.variant, run.cell.optimizer) for run in runs}):
        here = [run for run in runs if (run.cell.variant, run.cell.optimizer) == (variant, optimizer)]
        sound = [run for run in here if not run.diverged]
        fitted = [epochs_to_fit(run.epoch.tolist(), (run.w2_over_time / floor).tolist(), threshold) for run in sound]
        table.setdefault(variant, {})[optimizer] = {
            "w2": interval([run.w2 for run in sound]),
            "w2_ratio": interval([run.w2 / floor for run in sound]),
            "epochs_to_fit": interval([epoch for epoch in fitted if epoch is not None]),
            "stability": interval([stability(run.w2_over_time.tolist()) for run in sound]),
            "diverged": len(here) - len(sound),
            "never_fitted": fitted.count(None),
        }
    return table


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
