"""Shuffle the point set; choose which points train and which judge the fit."""

from saddle.config import Settings, load_settings
from saddle.config.points import FULL_BATCH
from saddle.core.files import write_arrays
from saddle.core.units import units_of
from saddle.data.points.dataset import Points, Split, held_out, none_held_out, read_points
from saddle.errors import UserError
from stages import paths


def main() -> None:
    """Read points.mat; write the split of the chosen recipe, and that of R1."""
    settings = load_settings()
    points = read_points(settings.points.file, settings.points.variable)
    split = _split(points, settings, settings.points.recipe)
    for_report_1 = _split(points, settings, FULL_BATCH)
    # In two files: what only the floor is measured with must not retrain anything.
    for group, part in ((paths.POINTS, split), (paths.FULL_BATCH, for_report_1)):
        write_arrays(paths.prepared(group), {"train": part.train, "test": part.test})
        write_arrays(paths.others(group), {"others": part.others})
    units = units_of(split.train, settings.points.standardize)
    if units is not None:
        print(
            f"{settings.points.file}: the networks see the points shifted and divided by {units.scale:.3g}, as "
            "large as the recipes expect them (points.standardize)"
        )
    print(
        f"{settings.points.file}: {len(points)} points, {len(split.train)} to train on, {len(split.test)} to judge by"
    )


def _split(points: Points, settings: Settings, recipe: str) -> Split:
    own, seed = settings.points, settings.seed
    if settings.under(recipe).points.chosen_recipe().hold_out:
        split = held_out(points, own.variable, own.train_size, seed, own.file)
    else:
        split = none_held_out(points, own.variable, own.max_points, seed, own.file)
    # Found here, before anything is trained that could not be measured.
    fewest, neighbours = min(len(split.test), len(split.others), own.max_points), own.evaluation.neighbours
    if fewest <= max(neighbours, 2):
        raise UserError(
            f"points.evaluation.neighbours is {neighbours}, but of the {len(points)} points only {fewest} can be "
            "measured with; lower it, give more points, or divide them otherwise (points.train_size, points.max_points)"
        )
    return split
