"""Train every points variant with every optimizer over several seeds."""

import shutil
from functools import partial
from pathlib import Path

from saddle.comparison.cells import Cell, cells
from saddle.comparison.cluster import results
from saddle.comparison.runs import TrainedRun, find_run, save_run
from saddle.comparison.training import run_mark, train_cell
from saddle.config import Settings, load_settings
from saddle.experiments.points.training import Points
from saddle.files import read_arrays
from saddle.progress import progress_bar
from stages import paths


def main() -> None:
    """Read the prepared points; write a model and snapshots for each run."""
    settings = load_settings()
    points = read_arrays(paths.PREPARED_POINTS, ("train", "test"))
    runs = trained_runs(settings, points["train"], len(points["test"]))
    # DVC expects both folders, and runs that diverged leave no model.
    paths.model(paths.OPTIMIZERS, "").parent.mkdir(parents=True, exist_ok=True)
    for run in runs:
        name = run.cell.name
        save_run(paths.model(paths.OPTIMIZERS, name), paths.samples(paths.OPTIMIZERS, name), run)
    shutil.rmtree(paths.UNFINISHED, ignore_errors=True)


def trained_runs(settings: Settings, train: Points, held_out: int) -> list[TrainedRun]:
    """Every cell's run: where an interrupted comparison left it, taken from there, else trained."""
    wanted = cells(settings)
    waiting = {cell: _waiting(cell, run_mark(settings, train, held_out, cell)) for cell in wanted}
    runs = {cell: run for cell in wanted if (run := find_run(*waiting[cell], cell)) is not None}
    missing = [cell for cell in wanted if cell not in runs]
    with progress_bar("comparison", len(wanted), "run", done=len(runs)) as bar:
        work = partial(train_cell, settings, train, held_out)
        threads = settings.points.threads
        for run in results(work, missing, settings.comparison, device=settings.device, threads=threads):
            save_run(*waiting[run.cell], run)
            runs[run.cell] = run
            bar.set_postfix_str(run.cell.name + (" diverged" if run.diverged else ""))
            bar.update()
    return [runs[cell] for cell in wanted]


def _waiting(cell: Cell, mark: str) -> tuple[Path, Path]:
    """Where the two files of a run wait for the other runs."""
    return tuple(paths.UNFINISHED / f"{cell.name}-{mark}.{suffix}" for suffix in ("safetensors", "npz"))  # type: ignore[return-value]
