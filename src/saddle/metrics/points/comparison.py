"""The comparison of optimizers in figures: each run measured, and means over seeds with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saddle.comparison.runs import TrainedRun
from saddle.metrics.points.convergence import epochs_to_fit, stability
from saddle.metrics.points.measuring import Points, PointsProtocol, w2_of_draws, w2_over_time
from saddle.metrics.shared.student import student_interval
from saddle.metrics.shared.writing import rounded


@dataclass(frozen=True)
class MeasuredRun:
    """A run in figures; its w2 is NaN, and the two lists are empty, if it diverged.

    epoch, w2_over_time: one a snapshot. w2: mean over the protocol's draws of the final generator.
    """

    variant: str
    optimizer: str
    seed: int
    epoch: list[float]
    w2_over_time: list[float]
    w2: float
    diverged: bool

    def epochs_to_fit(self, floor: float, threshold: float) -> float | None:
        """As `saddle.metrics.points.convergence`; None too for a run that diverged."""
        return epochs_to_fit(self.epoch, [distance / floor for distance in self.w2_over_time], threshold)

    def stability(self) -> float | None:
        """As `saddle.metrics.points.convergence`; None for a run that diverged."""
        return None if self.diverged else stability(self.w2_over_time)

    def row(self, floor: float, threshold: float) -> dict[str, object]:
        """The run in the table of all runs."""
        return {
            "variant": self.variant,
            "optimizer": self.optimizer,
            "seed": self.seed,
            "w2": self.w2,
            "w2_floor": floor,
            "w2_ratio": self.w2 / floor,
            "epochs_to_fit": self.epochs_to_fit(floor, threshold),
            "stability": self.stability(),
            "diverged": self.diverged,
        }


def measured(test: Points, protocol: PointsProtocol, run: TrainedRun) -> MeasuredRun:
    """Measure one run: W2 to the held-out points of its snapshots and of its final generator."""
    over_time, w2 = [], float("nan")
    if run.generator is not None:
        over_time = w2_over_time(list(run.samples), test, protocol)
        w2 = float(np.mean(w2_of_draws(run.generator, test, protocol, run.cell.seed)))
    cell = run.cell
    return MeasuredRun(cell.variant, cell.optimizer, cell.seed, run.epoch.tolist(), over_time, w2, run.diverged)


def interval(values: Sequence[float]) -> dict[str, float | int | None]:
    """`student_interval` for a metrics file: six digits, None where it is not known."""
    result = student_interval(values)
    return {name: value if name == "n" else rounded(value) for name, value in result._asdict().items()}


def summarize(runs: Sequence[MeasuredRun], floor: float, threshold: float) -> dict[str, Any]:
    """Variant -> optimizer -> metric -> `interval`, with how many runs diverged and how many never fitted.

    w2, w2_ratio, stability: over the runs that did not diverge. epochs_to_fit: over those that fitted; `n` says how
    many did.
    """
    table: dict[str, Any] = {}
    for variant, optimizer in sorted({(run.variant, run.optimizer) for run in runs}):
        here = [run for run in runs if (run.variant, run.optimizer) == (variant, optimizer)]
        sound = [run for run in here if not run.diverged]
        fitted = [run.epochs_to_fit(floor, threshold) for run in sound]
        table.setdefault(variant, {})[optimizer] = {
            "w2": interval([run.w2 for run in sound]),
            "w2_ratio": interval([run.w2 / floor for run in sound]),
            "epochs_to_fit": interval([epoch for epoch in fitted if epoch is not None]),
            "stability": interval([swing for run in sound if (swing := run.stability()) is not None]),
            "diverged": len(here) - len(sound),
            "never_fitted": fitted.count(None),
        }
    return table
