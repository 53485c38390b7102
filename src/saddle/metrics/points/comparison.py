"""A comparison in figures: each run measured, and what the seeds of a cell have in common."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from saddle.comparison.cluster import results
from saddle.comparison.runs import TrainedRun
from saddle.config import ComparisonSettings
from saddle.metrics.points.measuring import Points, PointsProtocol, measure_generator, measure_run, w2_over_time
from saddle.metrics.shared.writing import rounded
from saddle.progress import progress_bar

# Of the metrics of a single run, those that runs are compared by.
COMPARED = ("w2", "density", "coverage", "width_ratio")
FIGURES = ("w2", "w2_ratio", "width_ratio", "density", "coverage", "stability", "progress", "relapse_rate")
# Of the table of all runs, and of that of W2 over the epochs.
CELL_COLUMNS = ("variant", "optimizer", "seed")
RUN_COLUMNS = (*CELL_COLUMNS, "w2_floor", *FIGURES, "epochs_to_fit", "diverged")
CURVE_COLUMNS = (*CELL_COLUMNS, "epoch", "sample_w2")


@dataclass(frozen=True)
class MeasuredRun:
    """A run in figures.

    epoch, w2_over_time: one a snapshot; empty for a run that diverged. figures: `FIGURES` and epochs_to_fit; all None
    for a run that diverged.
    """

    variant: str
    optimizer: str
    seed: int
    epoch: list[float]
    w2_over_time: list[float]
    figures: dict[str, float | None]
    diverged: bool

    def row(self, floor: float) -> dict[str, object]:
        """The run in the table of all runs, by `RUN_COLUMNS`."""
        return {**self._cell(), "w2_floor": floor, **self.figures, "diverged": self.diverged}

    def curve(self) -> list[dict[str, object]]:
        """W2 over the epochs, a row a snapshot, by `CURVE_COLUMNS`."""
        times = zip(self.epoch, self.w2_over_time, strict=True)
        return [{**self._cell(), "epoch": epoch, "sample_w2": w2} for epoch, w2 in times]

    def _cell(self) -> dict[str, object]:
        return {"variant": self.variant, "optimizer": self.optimizer, "seed": self.seed}


def measured_runs(
    runs: Sequence[TrainedRun], test: Points, protocol: PointsProtocol, floor: float, comparison: ComparisonSettings
) -> list[MeasuredRun]:
    """Every run `measured`, on the workers that the settings ask for; in the order of variant, optimizer and seed."""
    done = []
    with progress_bar("measuring", len(runs), "run") as bar:
        for run in results(partial(measured, test, protocol, floor), runs, comparison):
            done.append(run)
            bar.update()
    return sorted(done, key=lambda run: (run.variant, run.optimizer, run.seed))


def measured(test: Points, protocol: PointsProtocol, floor: float, run: TrainedRun) -> MeasuredRun:
    """Measure one run: its snapshots, and its final generator by `protocol`, against held-out points; floor: of W2."""
    cell = run.cell
    if run.generator is None:
        none: dict[str, float | None] = dict.fromkeys((*FIGURES, "epochs_to_fit"))
        return MeasuredRun(cell.variant, cell.optimizer, cell.seed, [], [], none, True)
    epochs, over_time = run.epoch.tolist(), w2_over_time(list(run.samples), test, protocol)
    final = measure_generator(run.generator, test, protocol, cell.seed)
    w2 = float(final["w2"] or 0.0)
    course = measure_run(epochs, over_time, w2, floor, protocol.fit_threshold)
    figures = {**{name: final[name] for name in COMPARED}, "w2_ratio": w2 / floor, **course}
    ordered = {name: figures[name] for name in (*FIGURES, "epochs_to_fit")}
    return MeasuredRun(cell.variant, cell.optimizer, cell.seed, epochs, over_time, ordered, False)


def summary(values: Sequence[float | None]) -> dict[str, Any]:
    """What the runs of a cell have in common, for a metrics file: six digits, None where something is not known.

    values: a figure of each run, None where it has none. median, mean, std (n - 1): of the others. n: how many these
    are. runs: all values, in the order of the seeds.
    """
    known = np.array([value for value in values if value is not None], np.float64)
    return {
        "median": rounded(float(np.median(known))) if len(known) else None,
        "mean": rounded(float(known.mean())) if len(known) else None,
        "std": rounded(float(known.std(ddof=1))) if len(known) > 1 else None,
        "n": len(known),
        "runs": [None if value is None else rounded(value) for value in values],
    }


def censored_summary(values: Sequence[float | None]) -> dict[str, Any]:
    """As `summary`, for times of which None means "not until the end": later than all others, and not left out.

    So the median counts them, and is None if half of the runs or more are of them. A mean would need to know when they
    would have come, so there is none, and a deviation only if there are none of them.
    """
    middle = float(np.median([math.inf if value is None else value for value in values]))
    result = summary(values)
    complete = result["n"] == len(values)
    return {**result, "median": rounded(middle), "mean": None, "std": result["std"] if complete else None}


def summarize(runs: Sequence[MeasuredRun]) -> dict[str, Any]:
    """Variant -> optimizer -> the seeds, the `summary` of each figure, and how many runs diverged or never fitted.

    epochs_to_fit has a `censored_summary`: a run that diverged does not fit either.
    """
    table: dict[str, Any] = {}
    for variant, optimizer in sorted({(run.variant, run.optimizer) for run in runs}):
        here = sorted((run for run in runs if (run.variant, run.optimizer) == (variant, optimizer)), key=_by_seed)
        fits = [run.figures["epochs_to_fit"] for run in here]
        table.setdefault(variant, {})[optimizer] = {
            "seeds": [run.seed for run in here],
            **{name: summary([run.figures[name] for run in here]) for name in FIGURES},
            "epochs_to_fit": censored_summary(fits),
            "diverged": sum(run.diverged for run in here),
            "never_fitted": fits.count(None) - sum(run.diverged for run in here),
        }
    return table


def _by_seed(run: MeasuredRun) -> int:
    return run.seed
