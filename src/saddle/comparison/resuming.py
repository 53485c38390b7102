"""Training all runs of a comparison, from where an interrupted one left them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from saddle.comparison.cells import Cell
from saddle.comparison.cluster import results, tell
from saddle.comparison.runs import TrainedRun, find_run, run_files, save_run
from saddle.comparison.training import run_mark, train_cell
from saddle.config import Settings
from saddle.experiments.points.training import Points, training_steps
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
    # On the machines of a scheduler this folder is another one, or none.
    checkpoints = waiting.absolute() if settings.comparison.scheduler is None else None
    # A scheduler may serve several comparisons at once.
    topic = f"saddle-{uuid.uuid4()}"
    work = partial(train_cell, settings, train, held_out, checkpoints, tell=partial(tell, topic))
    steps = training_steps(settings, len(train))
    with progress_bar("comparison", len(cells) * steps, "step", done=len(runs) * steps) as bar:
        progress = _Progress(bar, steps)
        trained = results(
            work,
            missing,
            settings.comparison,
            device=settings.device,
            threads=settings.points.threads,
            hear=(topic, progress.hear),
        )
        for run in trained:
            save_run(*places[run.cell], run)
            runs[run.cell] = run
            note_how_to_go_on(f"{len(runs)} of {len(cells)} runs are kept; started again, it goes on with the others")
            ended = run.cell.name + (" diverged" if run.diverged else "")
            bar.set_postfix_str(f"{len(runs)} of {len(cells)} runs, {ended}", refresh=False)
            progress.hear([run.cell.name, steps])
    return [runs[cell] for cell in cells]


@dataclass
class _Progress:
    """The bar of all runs together, as their messages come in: from the first seconds, not from the first whole run."""

    bar: "tqdm[NoReturn]"
    steps: int
    at: dict[str, int] = field(default_factory=dict)

    def hear(self, message: Any) -> None:
        """A message of `train_cell`; the last ones of a run may come after its result."""
        name, step = message
        if (new := step - self.at.get(name, 0)) > 0:
            self.at[name] = step
            self.bar.update(new)
