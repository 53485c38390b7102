"""Draw all points variants side by side in motion."""

from saddle.config import load_settings
from saddle.core.files import read_arrays
from saddle.rendering.points import Shot, together
from saddle.rendering.shared.figures import write_gif
from saddle.rendering.shared.style import time_titles
from stages import paths


def main() -> None:
    """Read the snapshots of all variants and the real points; write a GIF."""
    settings = load_settings()
    points = settings.points
    recipe = points.chosen_recipe()
    runs = {
        variant: read_arrays(paths.samples(paths.POINTS, variant), {"epoch": 1, "step": 1, "samples": 3})
        for variant in points.variants
    }
    # In one picture all are called by epochs, or all by steps.
    by_step = recipe.picture.time == "step" or any((run["epoch"] % 1).any() for run in runs.values())
    shots = []
    for variant, run in runs.items():
        optimizer = points.variant(variant).optimizer or settings.optimizer
        times = time_titles(run["epoch"].tolist(), run["step"].tolist(), by_step=by_step)
        shots.append(Shot(f"{settings.title(variant)}, {settings.title(optimizer)}", run["samples"], times))
    real = read_arrays(paths.prepared(), {"test": 2})["test"][: points.max_points]
    real_name = "held out" if recipe.hold_out else "real"
    write_gif(paths.PLOTS / paths.POINTS / "variants.gif", together(shots, real, real_name))
