"""Shuffle the point set and split it into training and held-out points."""

from saddle.config import load_settings
from saddle.data.points.reading import read_points, split_points
from saddle.files import write_arrays
from stages import paths


def main() -> None:
    """Read points.mat; write the two parts."""
    settings = load_settings()
    points = read_points(settings.points.file, settings.points.variable)
    train, test = split_points(points, settings.points.train_size, settings.seed, settings.points.file)
    write_arrays(paths.PREPARED_POINTS, {"train": train, "test": test})
    print(f"{settings.points.file}: {len(points)} points, {len(train)} to train on, {len(test)} held out")
