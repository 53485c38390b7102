"""Measure real points as if they were generated, what a perfect generator would reach: for each recipe."""

from pathlib import Path

from saddle.config import Settings, load_settings
from saddle.core.files import read_arrays, write_metrics
from saddle.metrics.points.measuring import PointsProtocol, measure_floor
from stages import paths


def main() -> None:
    """Read the prepared points; write the floor of the chosen recipe, and that of R1."""
    settings = load_settings()
    _measure(settings, paths.PREPARED_POINTS, paths.OTHER_POINTS, paths.POINTS)
    _measure(settings, paths.FULL_BATCH_POINTS, paths.FULL_BATCH_OTHERS, paths.FULL_BATCH)


def _measure(settings: Settings, points: Path, others: Path, group: str) -> None:
    protocol = PointsProtocol(max_points=settings.points.max_points, **settings.points.evaluation.model_dump())
    test = read_arrays(points, {"test": 2})["test"]
    rest = read_arrays(others, {"others": 2})["others"]
    write_metrics(paths.metrics(group, "floor"), measure_floor(rest, test, protocol, settings.seed))
