"""A comparison in figures: each run measured, and what the seeds of a cell have in common."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saddle.core.files import rounded
from saddle.metrics.points.measuring import Points, PointsProtocol, measure_generator, measure_run, w2_over_time
from saddle.sweep.runs import TrainedRun

# Of the metrics of a single run, those that runs are compared by.
COMPARED = ("w2", "density", "coverage", "width_ratio")
FIGURES = ("w2", "w2_ratio", "width_ratio", "density", "coverage", "stability", "progress", "relapse_rate")
# Lower is better: what a change is judged by in a metrics file.
SUMMARY = ("w2_ratio", "epochs_to_fit", "stability")
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


def summarize(runs: Sequence[MeasuredRun]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Variant -> optimizer -> the median over its runs of each of `SUMMARY`, with six digits.

    A run that diverged has the worst value of each, and one that never fits a later epoch than any; the median is None
    where it would be such a value. All figures of each run are in the table of the runs.
    """
    table: dict[str, dict[str, dict[str, float | None]]] = {}
    for variant, optimizer in sorted({(run.variant, run.optimizer) for run in runs}):
        here = [run.figures for run in runs if (run.variant, run.optimizer) == (variant, optimizer)]
        table.setdefault(variant, {})[optimizer] = {
            name: rounded(
                float(np.median([math.inf if (value := figures[name]) is None else value for figures in here]))
            )
            for name in SUMMARY
        }
    return table
