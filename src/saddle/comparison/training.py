"""Training one run of a comparison."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.comparison.cells import Cell
from saddle.comparison.runs import TrainedRun
from saddle.config import Settings
from saddle.experiments.points.training import train_points, training_mark
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import DivergenceError


def train_cell(
    settings: Settings, train: NDArray[np.float64], held_out: int, waiting: Path | None, cell: Cell
) -> TrainedRun:
    """Train one cell: the same loop and the same bytes as a single run.

    train: (n, 2). held_out: how many points the fit will be judged on. waiting: the folder of its checkpoints; None for
    none.
    """
    own = _seeded(settings, cell)
    checkpoints = None
    if waiting is not None:
        mark = run_mark(settings, train, held_out, cell)
        checkpoints = Checkpoints(waiting, cell.name, mark, settings.checkpoint_seconds)
    try:
        run = train_points(own, cell.variant, cell.optimizer, train, held_out, checkpoints=checkpoints, quiet=True)
        result = TrainedRun(cell, run.generator.cpu(), np.array(run.snapshots.epoch), np.stack(run.snapshots.samples))
    except DivergenceError:
        result = TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))
    # Not where anything else stopped it, such as a full disk: from there it goes on.
    if checkpoints is not None:
        checkpoints.remove()
    return result


def run_mark(settings: Settings, train: NDArray[np.float64], held_out: int, cell: Cell) -> str:
    """What stands for all that `train_cell` depends on. Raises `UserError` as `choose_device`."""
    return training_mark(_seeded(settings, cell), cell.variant, cell.optimizer, train, held_out)


def _seeded(settings: Settings, cell: Cell) -> Settings:
    return settings.model_copy(update={"seed": cell.seed})
