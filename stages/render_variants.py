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
    shots = []
    for variant in points.variants:
        snapshots = read_arrays(paths.samples(paths.POINTS, variant), {"epoch": 1, "step": 1, "samples": 3})
        epochs, steps = snapshots["epoch"].tolist(), snapshots["step"].tolist()
        times = time_titles(epochs, steps, by_step=recipe.picture.time == "step")
        shots.append(Shot(settings.title(variant), snapshots["samples"], times))
    real = read_arrays(paths.prepared(), {"test": 2})["test"][: points.max_points]
    real_name = "held out" if recipe.hold_out else "real"
    write_gif(paths.PLOTS / paths.POINTS / "variants.gif", together(shots, real, real_name))
