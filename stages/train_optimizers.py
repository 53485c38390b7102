"""Train every points variant with every optimizer over several seeds."""

import shutil

from saddle.comparison.cells import optimizer_cells
from saddle.comparison.resuming import trained_runs
from saddle.comparison.runs import save_runs
from saddle.config import load_settings
from saddle.files import read_arrays
from stages import layouts, paths


def main() -> None:
    """Read the prepared points; write a model and snapshots for each run."""
    settings = load_settings()
    points = read_arrays(paths.PREPARED_POINTS, {**layouts.TRAIN, **layouts.TEST})
    waiting = paths.unfinished(paths.OPTIMIZERS)
    runs = trained_runs(settings, optimizer_cells(settings), points["train"], len(points["test"]), waiting)
    save_runs(*paths.runs(paths.OPTIMIZERS), runs)
    shutil.rmtree(waiting, ignore_errors=True)
