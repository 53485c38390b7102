"""Training all runs of a comparison, from where an interrupted one left them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from saddle.comparison.cells import Cell
from saddle.comparison.cluster import results
from saddle.comparison.runs import TrainedRun, find_run, run_files, save_run
from saddle.comparison.training import run_mark, train_cell
from saddle.config import Settings
from saddle.experiments.points.training import Points
from saddle.interruption import note_how_to_go_on
from saddle.progress import progress_bar


def trained_runs(
    settings: Settings, cells: Sequence[Cell], train: Points, held_out: int, waiting: Path
) -> list[TrainedRun]:
    """The run of each cell: taken from the folder `waiting` where an interrupted comparison left it, else trained.

    train: (n, 2). held_out: how many points the fit will be judged on. Runs are kept in `waiting` as they end; the
    caller empties it once it has written them where they belong.
    """
    marks = {cell: run_mark(settings, train, held_out, cell) for cell in cells}
    places = {cell: run_files(waiting, waiting, f"{cell.name}-{mark}") for cell, mark in marks.items()}
    runs = {cell: run for cell in cells if (run := find_run(*places[cell], cell)) is not None}
    missing = [cell for cell in cells if cell not in runs]
    with progress_bar("comparison", len(cells), "run", done=len(runs)) as bar:
        # On the machines of a scheduler this folder is another one, or none.
        checkpoints = waiting.absolute() if settings.comparison.scheduler is None else None
        work = partial(train_cell, settings, train, held_out, checkpoints)
        threads = settings.points.threads
        for run in results(work, missing, settings.comparison, device=settings.device, threads=threads):
            save_run(*places[run.cell], run)
            runs[run.cell] = run
            note_how_to_go_on(f"{len(runs)} of {len(cells)} runs are kept; started again, it goes on with the others")
            bar.set_postfix_str(run.cell.name + (" diverged" if run.diverged else ""))
            bar.update()
    return [runs[cell] for cell in cells]
