"""Measure the runs that stage train_optimizers trained, and compare the optimizers."""

from saddle.comparison.cells import optimizer_cells
from saddle.comparison.runs import load_runs
from saddle.config import load_settings
from saddle.files import read_arrays, read_metrics, write_json, write_table
from saddle.metrics.points.comparison import CURVE_COLUMNS, RUN_COLUMNS, measured_runs, summarize
from saddle.metrics.points.measuring import PointsProtocol
from stages import layouts, paths


def main() -> None:
    """Read the runs, the points and W2's floor; write W2 over time, a table of all runs, and the statistics."""
    settings = load_settings()
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    test = read_arrays(paths.PREPARED_POINTS, layouts.TEST)["test"]
    floor = read_metrics(paths.metrics(paths.POINTS, "floor"), ("w2",))["w2"]
    trained = load_runs(*paths.runs(paths.OPTIMIZERS), optimizer_cells(settings))
    runs = measured_runs(trained, test, protocol, floor, settings.comparison)
    folder = paths.PLOTS / paths.OPTIMIZERS
    write_table(folder / "w2.csv", CURVE_COLUMNS, (row for run in runs for row in run.curve()))
    write_table(folder / "runs.csv", RUN_COLUMNS, (run.row(floor) for run in runs))
    write_json(paths.METRICS / "optimizers.json", summarize(runs))
