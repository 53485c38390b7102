"""Train all runs of a comparison: `python -m stages train_runs optimizers`."""

import shutil

from saddle.config import load_settings
from saddle.core.files import read_arrays
from saddle.sweep.runs import cells_of, save_runs, settings_of_comparison
from saddle.sweep.training import trained_runs
from stages import layouts, paths


def main(comparison: str) -> None:
    """Read the prepared points; write a model and snapshots for each run."""
    settings = settings_of_comparison(load_settings(), paths.checked_comparison(comparison))
    points = read_arrays(paths.prepared(comparison), (*layouts.TRAIN, *layouts.TEST))
    waiting = paths.unfinished(comparison)
    runs = trained_runs(settings, cells_of(settings, comparison), points["train"], len(points["test"]), waiting)
    save_runs(*paths.runs(comparison), runs)
    shutil.rmtree(waiting, ignore_errors=True)
