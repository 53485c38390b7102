"""Measure the runs that stage train_full_batch trained: R1's three variants over seeds."""

from saddle.comparison.cells import full_batch_cells
from saddle.comparison.runs import load_runs
from saddle.config import load_settings
from saddle.files import read_arrays, read_metrics, write_json, write_table
from saddle.metrics.points.comparison import CURVE_COLUMNS, RUN_COLUMNS, measured_runs, summarize
from saddle.metrics.points.measuring import PointsProtocol
from stages import layouts, paths


def main() -> None:
    """Read the runs and the points prepared for R1; write W2 over time, a table of all runs, and the statistics."""
    settings = load_settings().under("full_batch")
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    test = read_arrays(paths.FULL_BATCH_POINTS, layouts.TEST)["test"]
    floor = read_metrics(paths.metrics(paths.FULL_BATCH, "floor"), ("w2",))["w2"]
    trained = load_runs(*paths.runs(paths.FULL_BATCH), full_batch_cells(settings))
    runs = measured_runs(trained, test, protocol, floor, settings.comparison)
    folder = paths.PLOTS / paths.FULL_BATCH
    write_table(folder / "w2.csv", CURVE_COLUMNS, (row for run in runs for row in run.curve()))
    write_table(folder / "runs.csv", RUN_COLUMNS, (run.row(floor) for run in runs))
    write_json(paths.METRICS / "full_batch.json", summarize(runs))
