"""Draw all points variants side by side in motion."""

from saddle.config import load_settings
from saddle.core.files import read_arrays
from saddle.rendering.points.film import Shot, together
from saddle.rendering.shared.figures import write_gif
from saddle.rendering.shared.style import step_titles, time_titles
from stages import layouts, paths


def main() -> None:
    """Read the snapshots of all variants and the real points; write a GIF."""
    settings = load_settings()
    points = settings.points
    recipe = points.chosen_recipe()
    by_step = recipe.picture.time == "step"
    shots = []
    for variant in points.variants:
        snapshots = read_arrays(paths.samples(paths.POINTS, variant), layouts.CLOUDS)
        steps = snapshots["step"].tolist()
        times = step_titles(steps) if by_step else time_titles(snapshots["epoch"].tolist(), steps)
        shots.append(Shot(settings.title(variant), snapshots["samples"], times))
    real = read_arrays(paths.PREPARED_POINTS, layouts.TEST)["test"][: points.max_points]
    real_name = "held out" if recipe.hold_out else "real"
    write_gif(paths.PLOTS / paths.POINTS / "variants.gif", together(shots, real, real_name))
