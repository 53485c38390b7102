"""Shuffle the point set; choose which points train and which judge the fit."""

from saddle.config import Recipe, Settings, load_settings
from saddle.data.points.reading import Points, read_points
from saddle.data.points.splitting import Split, held_out, none_held_out
from saddle.files import write_arrays
from stages import paths


def main() -> None:
    """Read points.mat; write the split of the chosen recipe, and that of R1."""
    settings = load_settings()
    points = read_points(settings.points.file, settings.points.variable)
    split = _split(points, settings, settings.points.recipe)
    for_report_1 = _split(points, settings, "full_batch")
    write_arrays(paths.PREPARED_POINTS, split.arrays())
    write_arrays(paths.FULL_BATCH_POINTS, for_report_1.arrays())
    print(
        f"{settings.points.file}: {len(points)} points, {len(split.train)} to train on, {len(split.test)} to judge by"
    )


def _split(points: Points, settings: Settings, recipe: Recipe) -> Split:
    own = settings.points
    if settings.under(recipe).points.chosen_recipe().hold_out:
        return held_out(points, own.train_size, settings.seed, own.file)
    return none_held_out(points, own.variable, own.max_points, settings.seed, own.file)
