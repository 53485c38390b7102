"""Training one run of a comparison."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saddle.comparison.cells import Cell
from saddle.comparison.runs import TrainedRun
from saddle.config import Settings
from saddle.experiments.points.training import train_points, training_mark
from saddle.training.checkpoints import Checkpoints
from saddle.training.fit import DivergenceError, Watcher

# Seconds between two messages of how far a run is.
NEWS_INTERVAL = 2.0


def train_cell(
    settings: Settings,
    train: NDArray[np.float64],
    held_out: int,
    waiting: Path | None,
    cell: Cell,
    *,
    tell: Callable[[object], None] | None = None,
) -> TrainedRun:
    """Train one cell: the same loop and the same bytes as a single run.

    train: (n, 2). held_out: how many points the fit will be judged on. waiting: the folder of its checkpoints; None for
    none. tell: called every few seconds with [the cell's name, the step that it is at].
    """
    own = _seeded(settings, cell)
    checkpoints = None
    if waiting is not None:
        mark = run_mark(settings, train, held_out, cell)
        checkpoints = Checkpoints(waiting, cell.name, mark, settings.checkpoint_seconds)
    watcher = None if tell is None else _teller(tell, cell)
    try:
        run = train_points(
            own,
            cell.variant,
            cell.optimizer,
            train,
            held_out,
            checkpoints=checkpoints,
            watcher=watcher,
            quiet=True,
        )
        result = TrainedRun(cell, run.generator.cpu(), np.array(run.snapshots.epoch), np.stack(run.snapshots.samples))
    except DivergenceError:
        result = TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))
    # Not where anything else stopped it, such as a full disk: from there it goes on.
    if checkpoints is not None:
        checkpoints.remove()
    return result


def _teller(tell: Callable[[object], None], cell: Cell) -> Watcher:
    due = 0.0

    def watch(log: Sequence[Mapping[str, float]], newest: NDArray[np.floating], step: int, steps: int) -> None:
        nonlocal due
        if (now := time.monotonic()) >= due or step == steps:
            tell([cell.name, step])
            due = now + NEWS_INTERVAL

    return watch


def run_mark(settings: Settings, train: NDArray[np.float64], held_out: int, cell: Cell) -> str:
    """What stands for all that `train_cell` depends on. Raises `UserError` as `choose_device`."""
    return training_mark(_seeded(settings, cell), cell.variant, cell.optimizer, train, held_out)


def _seeded(settings: Settings, cell: Cell) -> Settings:
    return settings.model_copy(update={"seed": cell.seed, "draw_ahead": False})
