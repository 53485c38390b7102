"""Measure the runs that stage train_optimizers trained, and compare the optimizers."""

from functools import partial

import pandas as pd

from saddle.comparison.cells import cells
from saddle.comparison.cluster import results
from saddle.comparison.runs import load_run
from saddle.config import load_settings
from saddle.files import read_arrays, write_json, write_table
from saddle.metrics.points.comparison import MeasuredRun, measured, summarize
from saddle.metrics.points.measuring import PointsProtocol, w2_floor
from saddle.progress import progress_bar
from stages import paths


def main() -> None:
    """Read the runs and the prepared points; write W2 over time, a table of all runs, and the statistics."""
    settings = load_settings()
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    points = read_arrays(paths.PREPARED_POINTS, ("train", "test"))
    floor = w2_floor(points["train"], points["test"], protocol, settings.seed)
    trained = [
        load_run(paths.model(paths.OPTIMIZERS, cell.name), paths.samples(paths.OPTIMIZERS, cell.name), cell)
        for cell in cells(settings)
    ]
    runs = []
    with progress_bar("measuring", len(trained), "run") as bar:
        work = partial(measured, points["test"], protocol)
        for run in results(work, trained, settings.comparison):
            runs.append(run)
            bar.update()
    runs.sort(key=lambda run: (run.variant, run.optimizer, run.seed))
    folder, threshold = paths.PLOTS / paths.OPTIMIZERS, protocol.fit_threshold
    write_table(folder / "w2.csv", pd.concat([curve(run) for run in runs]))
    write_table(folder / "runs.csv", pd.DataFrame([run.row(floor, threshold) for run in runs]))
    write_json(paths.METRICS / "optimizers.json", summarize(runs, floor, threshold))


def curve(run: MeasuredRun) -> pd.DataFrame:
    """W2 over the epochs of one run, a row a snapshot."""
    which = {"variant": run.variant, "optimizer": run.optimizer, "seed": run.seed}
    return pd.DataFrame({**which, "epoch": run.epoch, "w2": run.w2_over_time})
