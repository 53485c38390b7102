"""Measure real points as if they were generated, what a perfect generator would reach: for each recipe."""

from saddle.config import load_settings
from saddle.core.files import read_arrays, write_metrics
from saddle.metrics.points.measuring import PointsProtocol, measure_floor
from stages import paths


def main() -> None:
    """Read the prepared points; write the floor of the chosen recipe, and that of R1."""
    settings = load_settings()
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    for group in (paths.POINTS, paths.FULL_BATCH):
        test = read_arrays(paths.prepared(group), {"test": 2})["test"]
        others = read_arrays(paths.others(group), {"others": 2})["others"]
        write_metrics(paths.metrics(group, "floor"), measure_floor(others, test, protocol, settings.seed))
