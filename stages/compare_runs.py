"""Measure the runs of a comparison, and sum them up: `python -m stages compare_runs optimizers`."""

from functools import partial

from saddle.config import load_settings
from saddle.core.files import read_arrays, read_object, write_json, write_table
from saddle.metrics.points.measuring import PointsProtocol
from saddle.rendering.live.progress import progress_bar
from saddle.sweep.cluster import results
from saddle.sweep.measuring import CURVE_COLUMNS, RUN_COLUMNS, measured, summarize
from saddle.sweep.runs import cells_of, load_runs, settings_of_comparison
from stages import paths


def main(comparison: str) -> None:
    """Read the runs, the points and W2's floor; write W2 over time, a table of all runs, and their medians."""
    settings, group = settings_of_comparison(load_settings(), comparison), paths.points_of(comparison)
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    test = read_arrays(paths.prepared(group), {"test": 2})["test"]
    floor = read_object(paths.metrics(group, "floor"))["w2"]
    trained = load_runs(*paths.runs(comparison), cells_of(settings, comparison))
    runs = []
    with progress_bar("measuring", len(trained), "run") as bar:
        for run in results(partial(measured, test, protocol, floor), trained, settings.comparison):
            runs.append(run)
            bar.update()
    runs.sort(key=lambda run: (run.variant, run.optimizer, run.seed))
    folder = paths.PLOTS / comparison
    write_table(folder / "w2.csv", CURVE_COLUMNS, (row for run in runs for row in run.curve()))
    write_table(folder / "runs.csv", RUN_COLUMNS, (run.row(floor) for run in runs))
    write_json(paths.METRICS / f"{comparison}.json", summarize(runs))
