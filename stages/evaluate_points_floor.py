"""Measure real points as if they were generated: what a perfect generator would reach."""

from saddle.config import load_settings
from saddle.files import read_arrays
from saddle.metrics.points.measuring import PointsProtocol, measure_floor
from saddle.metrics.shared.writing import write_metrics
from stages import paths


def main() -> None:
    """Read the prepared points; write the floor's metrics."""
    settings = load_settings()
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    points = read_arrays(paths.PREPARED_POINTS, ("test", "others"))
    write_metrics(paths.POINTS_FLOOR, measure_floor(points["others"], points["test"], protocol, settings.seed))
