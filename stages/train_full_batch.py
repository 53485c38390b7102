"""Train every points variant as R1 did, over several seeds."""

import shutil

from saddle.comparison.cells import full_batch_cells
from saddle.comparison.resuming import trained_runs
from saddle.comparison.runs import save_runs
from saddle.config import load_settings
from saddle.files import read_arrays
from stages import layouts, paths


def main() -> None:
    """Read the prepared points; write a model and snapshots for each run."""
    settings = load_settings().under("full_batch")
    points = read_arrays(paths.FULL_BATCH_POINTS, {**layouts.TRAIN, **layouts.TEST})
    waiting = paths.unfinished(paths.FULL_BATCH)
    runs = trained_runs(settings, full_batch_cells(settings), points["train"], len(points["test"]), waiting)
    save_runs(*paths.runs(paths.FULL_BATCH), runs)
    shutil.rmtree(waiting, ignore_errors=True)
