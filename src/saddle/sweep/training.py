"""Training the runs of a comparison, from where an interrupted one left them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from saddle.config import Settings
from saddle.core.process import note_how_to_go_on
from saddle.errors import UserError
from saddle.experiments.points import Points, train_points, training_mark
from saddle.rendering.live.progress import progress_bar
from saddle.sweep.cluster import results
from saddle.sweep.runs import Cell, TrainedRun, load_run, run_files, save_run
from saddle.training.fit import DivergenceError


def trained_runs(
    settings: Settings, cells: Sequence[Cell], train: Points, held_out: int, waiting: Path
) -> list[TrainedRun]:
    """The run of each cell: taken from the folder `waiting` where an interrupted comparison left it, else trained.

    train: (n, 2). held_out: how many points the fit will be judged on. Runs are kept in `waiting` as they end; the
    caller empties it once it has written them where they belong.
    """
    places = {}
    for cell in cells:
        mark = training_mark(_seeded(settings, cell), cell.variant, cell.optimizer, train, held_out)
        places[cell] = run_files(waiting, waiting, f"{cell.name}-{mark}")
    runs = {cell: run for cell in cells if (run := _kept(*places[cell], cell)) is not None}
    missing = [cell for cell in cells if cell not in runs]
    work = partial(train_cell, settings, train, held_out)
    device, threads = settings.device, settings.points.threads
    with progress_bar("comparison", len(cells), "run", done=len(runs)) as bar:
        for run in results(work, missing, settings.comparison, device=device, threads=threads):
            save_run(*places[run.cell], run)
            runs[run.cell] = run
            note_how_to_go_on(f"{len(runs)} of {len(cells)} runs are kept; started again, it goes on with the others")
            bar.set_postfix_str(run.cell.name + (" diverged" if run.generator is None else ""), refresh=False)
            bar.update()
    return [runs[cell] for cell in cells]


def train_cell(settings: Settings, train: Points, held_out: int, cell: Cell) -> TrainedRun:
    """Train one cell: the same loop as a single run, and the same bytes if that has as many threads."""
    own = _seeded(settings, cell)
    try:
        run = train_points(own, cell.variant, cell.optimizer, train, held_out, quiet=True)
    except DivergenceError:
        return TrainedRun(cell, None, np.empty(0), np.empty((0, 0, 2), np.float32))
    return TrainedRun(cell, run.generator.cpu(), np.array(run.snapshots.epoch), np.stack(run.snapshots.seen["samples"]))


def _seeded(settings: Settings, cell: Cell) -> Settings:
    return settings.model_copy(update={"seed": cell.seed})


def _kept(model: Path, samples: Path, cell: Cell) -> TrainedRun | None:
    """As `load_run`, but None if there is no whole run."""
    try:
        return load_run(model, samples, cell)
    except UserError:
        return None
